using MoeScale.Basics;

namespace MoeScale.Laws.Tests;

public class LawFileTests
{
    private const string Good = """
        id: mine
        predicts: loss
        formula: c + a*N^-alpha + b*Dhat^-β
        where:
          Dhat: D / (1 + D/limit)
        variables:
          N: active_params
          D: { column: tokens, meaning: training tokens }
        coefficients:
          a: { value: 400, sign: positive }
          α: 0.34
          b: 1.1k
          beta: { value: 0.28 }
          c: 1.7
          limit: 1e12
        cost:
          training: 6 * active_params * tokens
        range:
          tokens: [1B, 500B]

        """;

    private static Law Parse(string text) => LawFile.Parse(YamlMap.Parse(text, "law.yaml"));

    [Fact]
    public void Parse_ALawOfOnesOwn_EvaluatesAsWritten()
    {
        Law law = Parse(Good);
        double hat = 1e10 / (1 + (1e10 / 1e12));
        // Rounding of ten operations.
        Assert.Equal(1.7 + (400 * Math.Pow(1e9, -0.34)) + (1100 * Math.Pow(hat, -0.28)), law.Evaluate(1e9, 1e10), 13);
        Assert.Equal(["a", "α", "b", "β", "c", "limit"], law.Coefficients.Select(c => c.Name));
        Assert.Equal(Sign.Positive, law.Coefficients[0].Sign);
        Assert.Equal(("D", "tokens", "training tokens"), (law.Variables[1].Name, law.Variables[1].Column, law.Variables[1].Meaning));
        Assert.Equal(["step-2025-lr", "step-2025-batch"], law.Rates);
        Assert.Null(law.InferenceCost);
        Assert.Equal(new Interval(1e9, 500e9), law.Range["tokens"]);
    }

    [Theory]
    [InlineData("id: mine\n", "", "law.yaml:1: the file needs a value for 'id'.")]
    [InlineData("predicts: loss", "predicts: los", "law.yaml:2:11: 'predicts' is 'los' (did you mean 'loss'?)")]
    [InlineData("predicts: loss", "predict: loss", "'predict' is not known here (did you mean 'predicts'?)")]
    [InlineData("c + a*N^-alpha", "c + a*N^-alpha )", "law.yaml:3:10: at character 16, expected no ')' here: it closes nothing")]
    [InlineData("c + a*N^-alpha", "c + a*M^-alpha", "law.yaml:3:10: the formula uses 'M'")]
    [InlineData("c + a*N^-alpha", "c + a*N^-alpha + log(N)", "ln (natural) or log10")]
    [InlineData("c + a*N^-alpha", "a*N^-alpha", "does not use 'c'")]
    [InlineData("D / (1 + D/limit)", "Dhat + 0*D*limit", "'Dhat' is defined in terms of itself")]
    [InlineData("D / (1 + D/limit)", "D / (1 + D/limit", "law.yaml:5:9: at character")]
    [InlineData(
        "  N: active_params",
        "  N: active params",
        "law.yaml:7:6: at character 8, expected an operator or the end, found 'params'"
    )]
    [InlineData("  N: active_params", "  N: { column: active_params / }", "law.yaml:7:16: at character 16, expected a number, a name")]
    [InlineData("  N: active_params", "  N: 2 * 3", "law.yaml:7:6: '2 * 3' reads no column")]
    [InlineData("  N: active_params", "  exp: active_params", "'exp' cannot be a name")]
    [InlineData("  N: active_params", "  N: { colum: active_params }", "did you mean 'column'")]
    [InlineData(
        "value: 400, sign: positive",
        "value: -400, sign: positive",
        "law.yaml:10:6: 'a' is -400 but its sign is declared positive"
    )]
    [InlineData("value: 400, sign: positive", "value: 400, sign: plus", "'coefficients.a.sign' is 'plus'")]
    [InlineData("α: 0.34", "α: a lot", "law.yaml:11:6: coefficients.α 'a lot' is not a number")]
    [InlineData("  beta: { value: 0.28 }", "  β: 1\n  beta: 2", "'β' is declared more than once")]
    [InlineData("6 * active_params * tokens", "6 * * tokens", "law.yaml:17:13: at character 5")]
    [InlineData("training: 6", "trainning: 6", "did you mean 'training'")]
    [InlineData("[1B, 500B]", "[500B, 1B]", "law.yaml:19:11: the range of 'tokens' needs two numbers, the smaller first")]
    [InlineData("[1B, 500B]", "[1B]", "needs two numbers")]
    [InlineData("[1B, 500B]", "1B", "needs a list")]
    [InlineData(
        "  tokens: [1B, 500B]",
        "  tokens: [1B, 500B]\n  D: [1B, 2B]",
        "law.yaml:19:3: 'D' has two ranges, one by its letter and one by its column"
    )]
    [InlineData("range:", "error: 0\nrange:", "'error' is 0")]
    [InlineData("range:", "candidates: { experts: [0, 1] }\nrange:", "whole numbers from 1 up")]
    [InlineData("range:", "candidates: { experts: [1.5] }\nrange:", "whole numbers from 1 up")]
    [InlineData("range:", "candidates: { expert: [1] }\nrange:", "did you mean 'experts'")]
    [InlineData("range:", "fixed: { context: 512 }\nrange:", "'fixed.context' is not known here")]
    [InlineData("range:", "fixed: { experts: 0 }\nrange:", "'experts' is 0; it needs a whole number from 1 up")]
    [InlineData("range:", "fixed: { topk: 1 }\nrange:", "'fixed.topk' is not known here (did you mean 'top_k'?)")]
    [InlineData("range:", "fixed: { top_k / granularit: 1 }\nrange:", "'fixed.granularit' is not known here (did you mean 'granularity'?)")]
    [InlineData("range:", "fixed: { top_k /: 1 }\nrange:", "at character 8, expected a number, a name")]
    [InlineData("range:", "fixed: { shared_experts: -1 }\nrange:", "'shared_experts' is -1; it needs a whole number from 0 up")]
    [InlineData("  tokens: [1B, 500B]", "  tokens / : [1, 2]", "at character 9, expected a number, a name")]
    public void Parse_Mistake_SaysFileLineAndCure(string line, string instead, string expected)
    {
        string message = Assert.Throws<UserException>(() => Parse(Good.Replace(line, instead))).Message;
        Assert.StartsWith("law.yaml", message);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void Open_PathRelativeToAFolder_IsFound()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.In("mine.yaml"), Good);
        Law law = LawCatalog.Open("mine.yaml", folder.Path);
        Assert.Equal(("mine", folder.Path), (law.Id, law.Folder));
        // A folder that happens to be called catalog is a folder like any other.
        string catalog = Directory.CreateDirectory(folder.In("catalog")).FullName;
        File.WriteAllText(Path.Combine(catalog, "mine.yaml"), Good);
        Assert.Equal(catalog, LawCatalog.Open("catalog/mine.yaml", folder.Path).Folder);
    }

    [Fact]
    public void Open_UnknownId_GuessesAndLists() =>
        Assert.StartsWith(
            "'joint-2052' is not in the catalog of laws (did you mean 'joint-2025'?). Known: abnar-2025, chinchilla-2022, ",
            Assert.Throws<UserException>(() => LawCatalog.Open("joint-2052")).Message
        );

    [Fact]
    public void Outside_PointBeyondTheExperiments_SaysEachColumn()
    {
        Law law = LawCatalog.Open("joint-2025");
        Dictionary<string, double> point = new()
        {
            ["active_params"] = 50e6,
            ["tokens"] = 60e9,
            ["experts"] = 64,
        };
        Assert.Equal(
            [
                new Excess("active_params", 50e6, law.Range["active_params"].Low),
                new Excess("experts", 64, 32),
                new Excess("tokens_per_active_param", 1200, 400),
            ],
            RangeCheck.OutsideColumns(law, column => point.TryGetValue(column, out double value) ? value : null)
        );
    }

    [Fact]
    public void Parse_VariableThatIsAFormula_IsReadFromItsColumns()
    {
        Law law = Parse(
            Good.Replace("  N: active_params", "  N: { column: active_params - 2*d_model*vocab_size, meaning: without embeddings }")
        );
        Variable n = law.Variables[0];
        Dictionary<string, double> columns = new()
        {
            ["active_params"] = 1000,
            ["d_model"] = 3,
            ["vocab_size"] = 100,
        };
        double? Column(string name) => columns.TryGetValue(name, out double value) ? value : null;
        Assert.Equal(400, n.Value(Column));
        Assert.Equal(["active_params", "d_model", "vocab_size"], n.Columns);
        Assert.Equal(n, law.SizeVariable);
        columns.Remove("d_model");
        Assert.Null(n.Value(Column));
        Assert.Null(law.Variables[1].Value(Column));
    }

    /// <summary>A letter for a formula keeps its name; one for a column is the column, which is what plans cap.</summary>
    [Fact]
    public void Outside_RangeByLetter_IsThatOfItsFormula()
    {
        Law law = Parse(
            Good.Replace("  N: active_params", "  N: active_params / 2").Replace("  tokens: [1B, 500B]", "  D: [1B, 500B]\n  N: [10, 20]")
        );
        Assert.Equal(["tokens", "N"], law.Range.Keys);
        IReadOnlyList<Excess> At(double active, double tokens) =>
            RangeCheck.OutsideColumns(law, name => name == "tokens" ? tokens : active);
        Assert.Empty(At(40, 1e9));
        Assert.Equal([new Excess("N", 20.5, 20)], At(41, 1e9));
        Assert.Equal([new Excess("tokens", 1e8, 1e9), new Excess("N", 9.5, 10)], At(19, 1e8));
        Assert.Equal("N 9.50 is below 10", At(19, 1e9)[0].InWords());
        // A point in letters, as 'laws eval' has it.
        Assert.Equal([new Excess("N", 30, 20)], RangeCheck.Outside(law, name => name == "N" ? 30 : null));
    }
}
