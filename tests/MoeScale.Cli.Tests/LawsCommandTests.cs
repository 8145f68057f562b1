using System.Text.Json;

namespace MoeScale.Cli.Tests;

public class LawsCommandTests
{
    private static JsonElement Json(string line)
    {
        Finished run = Shell.MoeScale([.. line.Split(' '), "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static IEnumerable<string> Names(JsonElement e) => e.EnumerateObject().Select(p => p.Name);

    [Fact]
    public void List_AsJson_HasIdPredictsAndSource()
    {
        JsonElement laws = Json("laws");
        Assert.Equal(35, laws.GetArrayLength());
        Assert.All(laws.EnumerateArray(), law => Assert.Equal(["id", "predicts", "source"], Names(law)));
    }

    [Fact]
    public void Show_AsJson_IsTheWholeFile()
    {
        JsonElement law = Json("laws show joint-2025");
        Assert.Equal(
            [
                "id",
                "predicts",
                "formula",
                "where",
                "variables",
                "coefficients",
                "error",
                "cost",
                "family",
                "fixed",
                "candidates",
                "range",
                "dense_partner",
                "rates",
                "allocations",
                "source",
                "reference",
                "note",
                "fit",
                "fitted",
            ],
            Names(law)
        );
        Assert.Equal(-0.1889, law.GetProperty("coefficients").GetProperty("α").GetProperty("value").GetDouble());
        JsonElement fit = law.GetProperty("fit");
        Assert.Equal(["objective", "delta", "reduce", "ridge", "weight", "starts", "fix", "hold_out", "select"], Names(fit));
        Assert.Equal([-0.05, -0.25, -0.5], fit.GetProperty("starts").GetProperty("α").EnumerateArray().Select(x => x.GetDouble()));
        Assert.Equal(JsonValueKind.Null, law.GetProperty("fitted").ValueKind);
        Assert.Equal([0.5e9, 80e9], law.GetProperty("range").GetProperty("tokens").EnumerateArray().Select(x => x.GetDouble()));
    }

    [Theory]
    [InlineData("laws eval joint-2025 N=1e9 D=2e10 E=8", "joint-2025", "loss", 2.5088, 5e-5, 0)]
    [InlineData("laws eval joint-2025 N=1e9 D=2e10 E=8 top_k=1 granularity=1", "joint-2025", "loss", 2.5088, 5e-5, 0)]
    [InlineData("laws eval joint-2025-lr N=500M E=1 tokens=1T", "joint-2025-lr", "learning_rate", 3.79591e-4, 5e-10, 1)]
    [InlineData("laws eval step-2025-lr N=6.5B D=10B", "step-2025-lr", "learning_rate", 2.12e-4, 5e-7, 1)]
    [InlineData("laws eval chinchilla-2024 N=70B D=1.4T", "chinchilla-2024", "loss", 1.9739, 5e-5, 2)]
    [InlineData("laws eval joint-2025 N=100M D=60B E=1", "joint-2025", "loss", 2.843926431488, 1e-11, 1)]
    [InlineData("laws eval ling-2025 A=0.031 G=12 C=1e22", "ling-2025", "efficiency_leverage", 7.24, 5e-3, 1)]
    [InlineData("laws eval abnar-2025 N=18.8B D=110.2B S=0.98", "abnar-2025", "loss", 2.1693, 5e-5, 0)]
    [InlineData("laws eval muennighoff-2023-repeats D=84B U=25B", "muennighoff-2023-repeats", "effective_tokens", 7.970e10, 5e6, 0)]
    public void Eval_AsJson_HasValueAndRange(string line, string id, string predicts, double value, double tolerance, int outside)
    {
        JsonElement result = Json(line);
        Assert.Equal(["law", "predicts", "value", "outside_range"], Names(result));
        Assert.Equal(
            (id, predicts, outside),
            (
                result.GetProperty("law").GetString(),
                result.GetProperty("predicts").GetString(),
                result.GetProperty("outside_range").GetArrayLength()
            )
        );
        Assert.Equal(value, result.GetProperty("value").GetDouble(), tolerance);
    }

    /// <summary>A range by letter is told by its letter, one of a column by the column.</summary>
    [Fact]
    public void Eval_OutsideTheExperiments_NamesLetterOrColumn() =>
        Assert.Equal(
            ["S 0.99 is above 0.98"],
            Json("laws eval abnar-2025 N=1e9 D=2e10 S=0.99").GetProperty("outside_range").EnumerateArray().Select(e => e.GetString())
        );

    [Fact]
    public void Show_VariableThatIsAFormula_ShowsIt() =>
        Assert.Equal(
            "(expert_count - top_k) / expert_count",
            Json("laws show abnar-2025").GetProperty("variables").GetProperty("S").GetProperty("column").GetString()
        );

    [Fact]
    public void Eval_GreekVariable_MayBeSpelt()
    {
        string file = Path.GetTempFileName() + ".yaml";
        File.WriteAllText(file, "id: x\npredicts: loss\nformula: 2*λ\nvariables: { lambda: tokens }\n");
        Assert.StartsWith("loss 6 ", Shell.MoeScale("laws", "eval", file, "lambda=3").Output);
        Assert.StartsWith("loss 6 ", Shell.MoeScale("laws", "eval", file, "λ=3").Output);
        File.Delete(file);
    }

    [Fact]
    public void Show_TextThatWouldSteerTheTerminal_IsDefused()
    {
        string file = Path.GetTempFileName() + ".yaml";
        File.WriteAllText(file, "id: x\npredicts: loss\nformula: 2*D\nvariables: { D: tokens }\nsource: \"\\x1b[31mred\"\n");
        string text = Shell.MoeScale("laws", "show", file).Output;
        Assert.Contains("[31mred", text);
        Assert.DoesNotContain('\u001b', text);
        File.Delete(file);
    }

    [Fact]
    public void Reproduce_AsJson_HasEveryPaperAndItsAgreement()
    {
        JsonElement papers = Json("reproduce all");
        Assert.Equal(["joint", "fine-grained", "step-law"], papers.EnumerateArray().Select(p => p.GetProperty("paper").GetString()));
        JsonElement row = papers[0].GetProperty("tables")[0].GetProperty("rows")[0];
        Assert.Equal(
            ["row", "quantity", "printed", "low", "high", "computed", "difference", "relative_difference", "agrees", "note"],
            Names(row)
        );
        Assert.Equal(1.7e9, row.GetProperty("printed").GetDouble());
    }

    [Theory]
    [InlineData("laws")]
    [InlineData("laws show fine-grained-2024-e16")]
    [InlineData("laws show ling-2025")]
    [InlineData("laws show zhao-2025")]
    [InlineData("laws show joint-2025")]
    [InlineData("reproduce all")]
    public void Text_OfEachVerb_FitsEightyColumns(string line) =>
        Assert.All(Shell.MoeScale(line.Split(' ')).Output.Split('\n'), l => Assert.True(l.Length <= 80, l));
}
