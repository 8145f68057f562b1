using MoeScale.Basics;

namespace MoeScale.Formulas.Tests;

/// <summary>Names with any signs, in backticks.</summary>
public class QuotedNameTests
{
    private static IReadOnlyList<string> FreeNames(string formula) => Parser.ParseNumber(formula, "test").FreeNames();

    private static string Refusal(string formula) => Assert.Throws<UserException>(() => Parser.ParseNumber(formula, "test")).Message;

    [Theory]
    [InlineData("`throughput/total_gflops`*1e9", "throughput/total_gflops")]
    [InlineData("`val loss`", "val loss")]
    [InlineData("`a``b`", "a`b")]
    [InlineData("-`acc,none`^2", "acc,none")]
    [InlineData("exp(`throughput(tps)`)", "throughput(tps)")]
    [InlineData("`-` + 1", "-")]
    [InlineData("1 + `exp`", "exp")]
    [InlineData("1 + `and`", "and")]
    [InlineData("1 + `3`", "3")]
    [InlineData("1 + `alpha`", "α")]
    [InlineData("1 + `N`", "N")]
    public void ParseNumber_NameInBackticks_IsOneName(string formula, string name) => Assert.Equal([name], FreeNames(formula));

    [Fact]
    public void Evaluate_NameInBackticks_IsThatInput() =>
        Assert.Equal(
            12,
            CompiledFormula.Compile(Parser.ParseNumber("2*`val/loss`", "test"), ["val", "loss", "val/loss"]).Evaluate([1, 2, 6])
        );

    [Theory]
    [InlineData("val/loss")]
    [InlineData("a`b")]
    [InlineData("`")]
    [InlineData("``")]
    [InlineData(" x ")]
    [InlineData("min")]
    [InlineData("log")]
    [InlineData("N")]
    [InlineData("1x")]
    public void InFormula_AnyName_IsReadAsThatName(string name)
    {
        Assert.Equal([name], FreeNames(Names.InFormula(name)));
        Assert.Equal(name, Names.Plain(Names.InFormula(name)));
    }

    [Theory]
    [InlineData("`val/loss", "the closing ` of the name")]
    [InlineData("1 + ``", "expected a name between the backticks")]
    [InlineData("` `", "expected a name between the backticks")]
    [InlineData("`a` `b`", "expected an operator or the end")]
    [InlineData("val.loss * 2", "a column of such a name stands in backticks: `val.loss`")]
    [InlineData("2*eval/c4:loss", "backticks: `eval/c4:loss`")]
    [InlineData("layers.0.loss", "backticks: `layers.0.loss`")]
    [InlineData("throughput(tps) * 2", "backticks: `throughput(tps)`")]
    [InlineData("val loss", "`val loss`")]
    [InlineData("'val/loss' * 2", "or in backticks")]
    public void ParseNumber_NameWithoutItsBackticks_SaysHowItIsWritten(string formula, string expected) =>
        Assert.Contains(expected, Refusal(formula), StringComparison.Ordinal);

    [Fact]
    public void ParseFilter_TextInPlaceOfAName_SaysHowItIsWritten() =>
        Assert.Contains(
            "stands in backticks: `val/loss`",
            Assert.Throws<UserException>(() => Parser.ParseFilter("'val/loss' < 6", "test")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void ParseFilter_Letters_StandForWhatTheyMean_ButNotInBackticks()
    {
        Expression meaning = Parser.ParseNumber("1e9*params", "test");
        Expression filter = Parser.ParseFilter("N < 3 and `N` < 4", "test", name => name == "N" ? meaning : null);
        Assert.Equal(["params", "N"], filter.FreeNames());
    }

    [Theory]
    [InlineData("N=a,L=b", new[] { "N=a", "L=b" })]
    [InlineData("N=max(a, b),L=`acc,none`", new[] { "N=max(a, b)", "L=`acc,none`" })]
    [InlineData("", new[] { "" })]
    [InlineData("`open,a", new[] { "`open", "a" })]
    public void Split_List_HoldsParenthesesAndBackticksTogether(string text, string[] parts) => Assert.Equal(parts, Names.Split(text, ','));
}
