using MoeScale.Basics;

namespace MoeScale.Formulas.Tests;

public class ParserTests
{
    private static double Value(string formula) => CompiledFormula.Compile(Parser.ParseNumber(formula, "test"), []).Evaluate([]);

    private static bool Truth(string filter, double x) =>
        CompiledFormula.Compile(Parser.ParseFilter(filter, "test"), ["x"]).Evaluate([x]) == 1;

    [Theory]
    [InlineData("1 + 2 * 3", 7)]
    [InlineData("(1 + 2) * 3", 9)]
    [InlineData("10 - 4 - 3", 3)]
    [InlineData("16 / 4 / 2", 2)]
    [InlineData("2 ^ 3 ^ 2", 512)]
    [InlineData("-2 ^ 2", -4)]
    [InlineData("(-2) ^ 2", 4)]
    [InlineData("2 ^ -1", 0.5)]
    [InlineData("2 ^ -1 ^ 2", 0.5)]
    [InlineData("2 ^ - -1", 2)]
    [InlineData("2 * -3", -6)]
    [InlineData("- - 3", 3)]
    [InlineData("+3", 3)]
    [InlineData("1e3 + 1.5E-1 + .5", 1000.65)]
    [InlineData("exp(0) + ln(1) + log2(8) + log10(1000) + sqrt(9) + abs(-4)", 14)]
    [InlineData("min(3, 1, 2) + max(1, 5)", 6)]
    [InlineData("2·3 × 4 − 1", 23)]
    // Sums of a few terms of order 1 to 1000.
    public void ParseNumber_Arithmetic_HasTheUsualPrecedence(string formula, double expected) => Assert.Equal(expected, Value(formula), 12);

    [Theory]
    [InlineData("x > 1 and x < 3", 2, true)]
    [InlineData("x > 1 and x < 3", 3, false)]
    [InlineData("x < 1 or x >= 3", 3, true)]
    [InlineData("not x = 2", 2, false)]
    [InlineData("not not x = 2", 2, true)]
    [InlineData("x != 2", 2, false)]
    [InlineData("x == 2", 2, true)]
    [InlineData("x <= 2", 2, true)]
    [InlineData("x > 1 or x > 2 and x > 99", 2, true)]
    [InlineData("(x > 1 or x > 2) and x > 99", 2, false)]
    [InlineData("not (x > 1 and x < 3)", 2, false)]
    [InlineData("x + 1 > 2 * x", 0.5, true)]
    public void ParseFilter_Conditions_BindNotThenAndThenOr(string filter, double x, bool expected) =>
        Assert.Equal(expected, Truth(filter, x));

    [Theory]
    [InlineData("alpha + α", 2)]
    [InlineData("µ + mu + μ", 3)]
    [InlineData("epsilon - ϵ", 0)]
    public void ParseNumber_GreekNames_AreOneName(string formula, double expected)
    {
        Expression e = Parser.ParseNumber(formula, "test");
        Assert.Single(e.FreeNames());
        Assert.Equal(expected, CompiledFormula.Compile(e, e.FreeNames()).Evaluate([1]));
    }

    [Fact]
    public void ParseNumber_Case_TellsNamesApart() =>
        Assert.Equal(["n", "N", "E_start", "Ê"], Parser.ParseNumber("n + N*E_start + Ê", "test").FreeNames());

    [Theory]
    [InlineData("a * * b", 5, "expected a number, a name, a function or '(', found '*'")]
    [InlineData("a ** b", 4, "a power is written ^, as in N^-0.3")]
    [InlineData("a +", 4, "expected a number, a name, a function or '(', found the end")]
    [InlineData("", 1, "expected a number")]
    [InlineData("(a", 3, "expected ')' or an operator, found the end")]
    [InlineData("a)", 2, "closes nothing")]
    [InlineData("a b", 3, "expected an operator or the end, found 'b'")]
    [InlineData("log(2)", 1, "ln (natural) or log10")]
    [InlineData("log", 1, "ln (natural) or log10")]
    [InlineData("3N", 2, "3*N")]
    [InlineData("2e", 2, "exponent")]
    [InlineData("1.2.3", 1, "finite number")]
    [InlineData("1e999", 1, "finite number")]
    [InlineData("a # b", 3, "found '#'")]
    [InlineData("sin(1)", 1, "'sin' is not a function")]
    [InlineData("exp 2", 5, "expected '(' after the function exp")]
    [InlineData("exp(1, 2)", 1, "one argument")]
    [InlineData("min(1)", 1, "two or more arguments")]
    [InlineData("1 + (a > 2)", 5, "expected a number, found a comparison")]
    [InlineData("a > 2", 1, "expected a number, found a comparison")]
    [InlineData("-(a > 2)", 2, "expected a number, found a comparison")]
    [InlineData("1 + and", 5, "found 'and'")]
    public void ParseNumber_Mistake_PointsAtTheCharacter(string formula, int character, string expected)
    {
        string message = Assert.Throws<UserException>(() => Parser.ParseNumber(formula, "law.yaml:3")).Message;
        Assert.StartsWith($"law.yaml:3: at character {character}, ", message);
        Assert.Contains(expected, message);
        string[] lines = message.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("  " + formula, lines[1]);
        Assert.Equal('^', lines[2][character + 1]);
    }

    [Theory]
    [InlineData("a", "expected a comparison")]
    [InlineData("a and b > 1", "expected a comparison")]
    [InlineData("not a", "expected a comparison")]
    [InlineData("1 < a < 2", "join two with 'and'")]
    public void ParseFilter_NoComparison_IsRefused(string filter, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserException>(() => Parser.ParseFilter(filter, "--where")).Message);

    [Theory]
    [InlineData("router = 'RL-R'", "router", "RL-R")]
    [InlineData("router == \"RL-R\"", "router", "RL-R")]
    [InlineData("'it is \"x\"' != router", "router", "it is \"x\"")]
    [InlineData("router = ''", "router", "")]
    [InlineData("(router) = (')')", "router", ")")]
    public void ParseFilter_TextInQuotes_IsComparedWithAName(string filter, string name, string text)
    {
        Expression e = Parser.ParseFilter(filter, "--where");
        Expression[] sides = [e.Left!, e.Right!];
        Assert.Equal(name, Assert.Single(e.FreeNames()));
        Assert.Equal(text, Assert.Single(sides, s => s.Operation == Operation.Text).Name);
    }

    [Theory]
    [InlineData("router = 'RL-R", 10, "expected the closing '")]
    [InlineData("router < 'RL-R'", 8, "texts have no order")]
    [InlineData("'a' = 'b'", 7, "expected the name of a column")]
    [InlineData("1 + x = 'b'", 1, "expected the name of a column")]
    [InlineData("'b' = x > 2", 9, "join two with 'and'")]
    [InlineData("x = 'b' + 1", 5, "expected a number, found the text 'b'")]
    [InlineData("x = -'b'", 6, "expected a number, found the text 'b'")]
    [InlineData("x > 1 and 'b'", 11, "expected a comparison, found the text 'b'")]
    [InlineData("'b'", 1, "expected a comparison, found the text 'b'")]
    [InlineData("abs('b') > 1", 5, "expected a number, found the text 'b'")]
    [InlineData("x > 1 'and' y", 7, "expected an operator or the end")]
    public void ParseFilter_TextOutOfPlace_PointsAtTheCharacter(string filter, int character, string expected)
    {
        string message = Assert.Throws<UserException>(() => Parser.ParseFilter(filter, "--where")).Message;
        Assert.StartsWith($"--where: at character {character}, ", message);
        Assert.Contains(expected, message);
    }

    [Theory]
    [InlineData("1 + 'a'", 5)]
    [InlineData("x = 'a'", 5)]
    public void ParseNumber_TextInQuotes_IsRefused(string formula, int character)
    {
        string message = Assert.Throws<UserException>(() => Parser.ParseNumber(formula, "law.yaml:3")).Message;
        Assert.StartsWith($"law.yaml:3: at character {character}, a text has no place in a formula of numbers", message);
    }

    [Fact]
    public void Compile_ComparisonWithText_IsRefused() =>
        Assert.Throws<ArgumentException>(() => CompiledFormula.Compile(Parser.ParseFilter("x = 'a'", "f"), ["x"]));

    [Fact]
    public void ParseNumber_LongFormula_ShowsTheStretchAroundTheMistake()
    {
        string formula = string.Concat(Enumerable.Repeat("a + ", 60)) + "* b";
        string[] lines = Assert.Throws<UserException>(() => Parser.ParseNumber(formula, "f")).Message.Split('\n');
        Assert.True(lines[1].Length <= 80);
        Assert.Equal('*', lines[1][lines[2].IndexOf('^')]);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("-")]
    [InlineData("2^")]
    [InlineData("exp(")]
    public void ParseNumber_NestedThousandfold_IsRefusedNotCrashed(string piece)
    {
        string formula = string.Concat(Enumerable.Repeat(piece, 2000)) + "1";
        if (piece == "-")
        {
            Assert.Equal(1, Value(formula));
            return;
        }
        Assert.Contains("nested", Assert.Throws<UserException>(() => Parser.ParseNumber(formula, "f")).Message);
    }

    [Fact]
    public void ParseNumber_LongChain_IsRefusedNotCrashed() =>
        Assert.Contains(
            "chains more than 2000",
            Assert.Throws<UserException>(() => Parser.ParseNumber(string.Join('+', Enumerable.Repeat("a", 4000)), "f")).Message
        );

    [Fact]
    public void ParseNumber_TooLong_IsRefused() =>
        Assert.Contains("characters", Assert.Throws<UserException>(() => Parser.ParseNumber(new string('a', 10_001), "f")).Message);
}
