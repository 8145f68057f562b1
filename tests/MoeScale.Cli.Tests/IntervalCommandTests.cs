using System.Text.Json;
using MoeScale.Laws;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Warnings;

namespace MoeScale.Cli.Tests;

/// <summary>Plans with a law that holds a sample of its coefficients.</summary>
public sealed class IntervalCommandTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.yaml");

    public IntervalCommandTests()
    {
        Law law = LawCatalog.Open("joint-2025");
        Random random = new(3);
        FittedLaw fitted = new()
        {
            Rows = 250,
            Digest = "sha256:00ff",
            Call = "moescale fit runs.csv --law joint-2025 --bootstrap 50",
            Objective = new Objective(),
            Value = 1e-3,
            Starts = new StartCounts(10, 9, 10),
            Certainties = [new CoefficientCertainty("a", 0.5, 35, 37, 0.014)],
            Warnings = [new FitWarning.Text("E_max is hardly told apart")],
            Sample = new CoefficientTable(
                [.. law.Coefficients.Select(c => c.Name)],
                [
                    .. Enumerable
                        .Range(0, 50)
                        .SelectMany(_ => law.Coefficients.Select(c => c.Value * (1 + (0.02 * (random.NextDouble() - 0.5))))),
                ]
            ),
        };
        File.WriteAllText(_file, LawWriter.Write(law with { Id = "mine", Fitted = fitted }, "By the tests."));
    }

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Plan_AsJson_HasIntervals()
    {
        JsonElement plan = Shell.Json("plan", "--law", _file, "--flops", "1e21");
        JsonElement intervals = plan.GetProperty("intervals");
        Assert.Equal(
            ["level", "draws", "failed", "active_params", "tokens", "loss", "choices", "chosen"],
            intervals.EnumerateObject().Select(p => p.Name)
        );
        Assert.Equal(
            (0.9, 50, 0),
            (
                intervals.GetProperty("level").GetDouble(),
                intervals.GetProperty("draws").GetInt32(),
                intervals.GetProperty("failed").GetInt32()
            )
        );
        double[] loss = [.. intervals.GetProperty("loss").EnumerateArray().Select(x => x.GetDouble())];
        Assert.True(loss[0] < loss[1], string.Join(" to ", loss));
        // The law's own coefficients are the middle of the draws.
        Assert.InRange(plan.GetProperty("best").GetProperty("loss").GetDouble(), loss[0], loss[1]);
        // Rounding of a few shares.
        Assert.Equal(1, intervals.GetProperty("choices").EnumerateArray().Sum(c => c.GetProperty("share").GetDouble()), 12);
        Assert.Equal(["draws", "active_params", "tokens", "loss"], intervals.GetProperty("chosen").EnumerateObject().Select(p => p.Name));
        Assert.Contains(
            "the fit of mine warned: E_max is hardly told apart",
            plan.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("text").GetString())
        );
    }

    [Fact]
    public void Plan_WithoutASample_HasNone()
    {
        Assert.Equal(JsonValueKind.Null, Shell.Json("plan", "--flops", "1e21").GetProperty("intervals").ValueKind);
        Assert.DoesNotContain("How sure", Shell.MoeScale("plan", "--flops", "1e21").Output);
    }

    [Fact]
    public void Plan_InWords_TellsIntervalsInEightyColumns()
    {
        string text = Shell.MoeScale("plan", "--law", _file, "--flops", "1e21", "--memory", "80GB").Output;
        Assert.Matches(@"How sure       N .* D .*loss \d\.\d{4} to", text);
        Assert.Contains("% of 50 draws", text.ReplaceLineEndings(" ").Replace("                ", " "));
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void Plan_SideBySide_TellsIntervalsWhereThereAreSome()
    {
        string[] lines = Shell.MoeScale("plan", "--law", $"{_file},chinchilla-2024", "--flops", "1e21").Output.Split('\n');
        string loss = Assert.Single(lines, l => l.StartsWith("loss, 90 % of draws"));
        Assert.Matches(@"\d\.\d{4} to \d\.\d{4} +-$", loss);
        Assert.DoesNotContain("of draws", Shell.MoeScale("plan", "--law", "joint-2025,chinchilla-2024", "--flops", "1e21").Output);
    }

    [Fact]
    public void LawsShow_FittedLaw_TellsTheFitWithoutTheSample()
    {
        JsonElement fitted = Shell.Json("laws", "show", _file).GetProperty("fitted");
        Assert.Equal(
            [
                "rows",
                "digest",
                "call",
                "finished",
                "objective",
                "starts",
                "gradient_norm",
                "condition",
                "level",
                "coefficients",
                "draws",
                "warnings",
                "checklist",
            ],
            fitted.EnumerateObject().Select(p => p.Name)
        );
        Assert.Equal(50, fitted.GetProperty("draws").GetInt32());
        Assert.Equal(0.5, fitted.GetProperty("coefficients").GetProperty("a").GetProperty("se").GetDouble());
        Assert.Equal(0.014, fitted.GetProperty("coefficients").GetProperty("a").GetProperty("log_se").GetDouble());
        string text = Shell.MoeScale("laws", "show", _file).Output;
        Assert.Contains("a: standard error 1.4 % (of its logarithm), 90 % from 35 to 37", text);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }
}
