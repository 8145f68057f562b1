using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MoeScale.Cli.Tests;

public partial class FitCommandTests
{
    // Enough to find the one optimum of these problems.
    private static readonly string[] Joint =
    [
        "fit",
        Repository.SampleRuns,
        "--law",
        "joint-2025",
        "--fix",
        "E_start=joint-2025,E_max=joint-2025",
        "--starts",
        "24",
    ];

    private static readonly string[] Powers =
    [
        "fit",
        Repository.SampleRuns,
        "--law",
        "chinchilla-2024",
        "--where",
        "experts = 1",
        "--starts",
        "24",
    ];

    private static IEnumerable<string> Names(JsonElement e) => e.EnumerateObject().Select(p => p.Name);

    private static double Value(JsonElement fit, string coefficient) =>
        fit.GetProperty("coefficients").GetProperty(coefficient).GetProperty("value").GetDouble();

    /// <summary>What was printed, with the breaks of its lines taken out.</summary>
    internal static string Unbroken(Finished run) => Blanks().Replace(run.Output, " ");

    /// <summary>Programs read these names; a change here is a change of a promise.</summary>
    [Fact]
    public void Json_OfAFit_HasTheDocumentedFields()
    {
        JsonElement fit = Shell.Json([.. Joint, "--hold-out", "lowest-loss:10%", "--bootstrap", "20", "--by", "experts"]);
        Assert.Equal(
            [
                "law",
                "formula",
                "predicts",
                "columns",
                "rows",
                "left_out",
                "skipped_rows",
                "digest",
                "status",
                "finished",
                "objective",
                "coefficients",
                "level",
                "intervals_from",
                "starts",
                "gradient_norm",
                "condition",
                "open_directions",
                "error",
                "hold_out",
                "bootstrap",
                "by",
                "isoflop",
                "warnings",
                "out",
                "seconds",
            ],
            Names(fit)
        );
        Assert.Equal(["kind", "delta", "reduce", "ridge", "value"], Names(fit.GetProperty("objective")));
        Assert.Equal(
            ["value", "se", "log_se", "low", "high", "at_bound", "held", "tied_to"],
            Names(fit.GetProperty("coefficients").GetProperty("α"))
        );
        Assert.Equal(["tried", "agreeing", "moved"], Names(fit.GetProperty("starts")));
        Assert.Equal(["text", "rows", "rmse", "mape", "max_abs", "coverage", "folds"], Names(fit.GetProperty("hold_out")));
        Assert.Equal(["draws", "failed", "units"], Names(fit.GetProperty("bootstrap")));
        Assert.Equal(
            ["value", "rows", "status", "reason", "objective", "coefficients", "error", "warnings"],
            Names(fit.GetProperty("by")[0])
        );
        Assert.Equal(
            ("joint-2025", "converged", 36, 4, "bootstrap"),
            (
                fit.GetProperty("law").GetString(),
                fit.GetProperty("status").GetString(),
                fit.GetProperty("rows").GetInt32(),
                fit.GetProperty("hold_out").GetProperty("rows").GetInt32(),
                fit.GetProperty("intervals_from").GetString()
            )
        );
        Assert.True(fit.GetProperty("coefficients").GetProperty("E_max").GetProperty("held").GetBoolean());
        Assert.Equal(290.4521, Value(fit, "E_max"));
    }

    /// <summary>
    /// A scale's error is that of its logarithm, beside an interval that is not symmetric; with a bootstrap both are of the draws.
    /// </summary>
    [Theory]
    [InlineData("profiles of the objective; the standard errors hold whatever the scatter of the rows (sandwich)")]
    [InlineData("percentiles of 200 bootstrap refits of rows, and so are the standard errors", "--bootstrap", "200")]
    [InlineData("standard errors that hold whatever the scatter of the rows (sandwich)", "--no-profile")]
    public void Text_OfStandardErrors_SaysWhereTheyComeFromAndOfWhat(string words, params string[] options)
    {
        JsonElement a = Shell.Json([.. Joint, .. options]).GetProperty("coefficients").GetProperty("a");
        Finished run = Shell.MoeScale([.. Joint, .. options]);
        Assert.Contains($"Intervals {words}; an error in % is that of a scale's logarithm", Unbroken(run));
        double part = a.GetProperty("log_se").GetDouble();
        Assert.Equal(part * a.GetProperty("value").GetDouble(), a.GetProperty("se").GetDouble(), 1e-9); // rounding
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{100 * part:G3} %"), run.Output);
        // Four standard errors on either side for 95 %, as in a normal distribution, and not a multiple of it.
        double width = Math.Log(a.GetProperty("high").GetDouble() / a.GetProperty("low").GetDouble());
        Assert.InRange(width / part, 3, 6);
    }

    /// <summary>A table in billions makes a law of single parameters: a plan with it is that of a table in single ones.</summary>
    [Theory]
    [InlineData("N=billions*1e9")]
    [InlineData("N=1e9*billions")]
    [InlineData("N=billions/1e-9")]
    public void Out_OfATableInBillions_PlansAsOneInSingleParameters(string map)
    {
        using TemporaryFolder folder = new();
        string[] lines = File.ReadAllLines(Repository.SampleRuns);
        int column = Array.IndexOf(lines[0].Split(','), "active_params");
        File.WriteAllLines(
            folder.In("runs.csv"),
            [
                $"{lines[0].Replace("active_params", "billions")}",
                .. lines[1..]
                    .Select(l =>
                    {
                        string[] cells = l.Split(',');
                        double size = double.Parse(cells[column], CultureInfo.InvariantCulture);
                        cells[column] = (size / 1e9).ToString("R", CultureInfo.InvariantCulture);
                        return string.Join(',', cells);
                    }),
            ]
        );
        string[] fit = ["--law", "chinchilla-2024", "--where", "experts = 1", "--starts", "24", "--out", "law.yaml"];
        Assert.Equal((0, ""), Ended(Shell.MoeScaleIn(folder.Path, ["fit", "runs.csv", "--map", map, .. fit])));
        using TemporaryFolder other = new();
        Assert.Equal((0, ""), Ended(Shell.MoeScaleIn(other.Path, ["fit", Repository.SampleRuns, "--map", "N=active_params", .. fit])));
        // A size in billions is rounded in its last place.
        Assert.Equal(1, Size(folder) / Size(other), 1e-6);

        static double Size(TemporaryFolder folder)
        {
            Finished plan = Shell.MoeScaleIn(folder.Path, "plan", "--law", "law.yaml", "--flops", "1e20", "--json");
            return JsonDocument.Parse(plan.Output).RootElement.GetProperty("best").GetProperty("active_params").GetDouble();
        }
        static (int, string) Ended(Finished run) => (run.ExitCode, run.Error);
    }

    [Fact]
    public void Json_OfAComparison_HasTheDocumentedFields()
    {
        JsonElement comparison = Shell.Json(
            "fit",
            Repository.SampleRuns,
            "--compare",
            "chinchilla-2024,kaplan-2020,clark-2022-rlr,step-2025-lr",
            "--map",
            "N=active_params,E=experts",
            "--hold-out",
            "lowest-loss:20%",
            "--starts",
            "24"
        );
        Assert.Equal(["rows", "ranked_by", "finished", "compare", "warnings", "seconds"], Names(comparison));
        JsonElement[] laws = [.. comparison.GetProperty("compare").EnumerateArray()];
        Assert.Equal(
            [
                "law",
                "rank",
                "free_coefficients",
                "status",
                "reason",
                "objective",
                "coefficients",
                "error",
                "hold_out",
                "aic",
                "bic",
                "warnings",
            ],
            Names(laws[0])
        );
        Assert.Equal([1, 2, 3], laws.Take(3).Select(l => l.GetProperty("rank").GetInt32()));
        Assert.Equal("step-2025-lr", laws[3].GetProperty("law").GetString());
        Assert.Contains("'learning_rate'", laws[3].GetProperty("reason").GetString());
    }

    [Fact]
    public void Text_OfAFit_SaysTheImportantFirstWithin80Columns()
    {
        Finished run = Shell.MoeScale([.. Joint, "--hold-out", "rolling:tokens:3", "--by", "experts"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] lines = run.Output.Split('\n');
        Assert.All(lines.Where(l => !l.Contains(Repository.SampleRuns)), l => Assert.True(l.Length <= 80, l));
        Assert.StartsWith("Law            joint-2025: loss = a * Ehat^δ", lines[0]);
        Assert.Contains("Result converged: a minimum, the lowest that was found; on average 0.", Unbroken(run));
        Assert.Matches(@"E_max +290.452 +- +- +-  held", run.Output);
        Assert.Contains("predicted (up) against observed         residual (up, %) against predicted", run.Output);
        Assert.Contains("tokens up to ", run.Output);
        Assert.Contains("too few rows: 9 coefficients need at least 10", run.Output);
    }

    [Fact]
    public void Out_OfAFit_IsALawThatPlansAndFitsRead()
    {
        using TemporaryFolder folder = new();
        Finished run = Shell.MoeScaleIn(folder.Path, [.. Joint, "--out", "my-law.yaml", "--svg", "fit.svg", "--bootstrap", "20"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.EndsWith("Written        my-law.yaml\nNext           moescale plan --law my-law.yaml --flops 1e21\n", run.Output);
        Assert.All(["fit.svg", "fit-residuals.svg"], f => Assert.StartsWith("<svg", File.ReadAllText(folder.In(f))));

        JsonElement law = JsonDocument.Parse(Shell.MoeScaleIn(folder.Path, "laws", "show", "my-law.yaml", "--json").Output).RootElement;
        Assert.Equal("my-law", law.GetProperty("id").GetString());
        Assert.Equal("fitted to runs.csv (40 rows), the form of joint-2025", law.GetProperty("source").GetString());
        Assert.Equal([80e6, 1.2e9], law.GetProperty("range").GetProperty("active_params").EnumerateArray().Select(e => e.GetDouble()));
        Assert.Equal(
            [10.0, 60],
            law.GetProperty("range").GetProperty("tokens_per_active_param").EnumerateArray().Select(e => e.GetDouble())
        );
        JsonElement fitted = law.GetProperty("fitted");
        Assert.Equal((40, 20), (fitted.GetProperty("rows").GetInt32(), fitted.GetProperty("draws").GetInt32()));
        Assert.StartsWith("moescale fit ", fitted.GetProperty("call").GetString());
        Assert.Contains("--fix E_start=joint-2025,E_max=joint-2025", fitted.GetProperty("call").GetString());
        Assert.Equal(11, fitted.GetProperty("checklist").GetArrayLength());

        Finished plan = Shell.MoeScaleIn(folder.Path, "plan", "--law", "my-law.yaml", "--flops", "1e20");
        Assert.Equal((0, ""), (plan.ExitCode, plan.Error));
        // A fit that begins at its own optimum ends there.
        JsonElement again = JsonDocument
            .Parse(
                Shell
                    .MoeScaleIn(
                        folder.Path,
                        "fit",
                        Repository.SampleRuns,
                        "--law",
                        "my-law.yaml",
                        "--fix",
                        "E_start=my-law.yaml,E_max=my-law.yaml",
                        "--starts",
                        "1",
                        "--json"
                    )
                    .Output
            )
            .RootElement;
        Assert.Equal(law.GetProperty("coefficients").GetProperty("c").GetProperty("value").GetDouble(), Value(again, "c"), 1e-6);
    }

    [Fact]
    public void Out_ThatExists_IsNotOverwritten()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.In("fit-residuals.svg"), "mine");
        Finished run = Shell.MoeScaleIn(folder.Path, [.. Powers, "--svg", "fit.svg", "--out", "law.yaml"]);
        Assert.Equal(
            (2, "moescale: --svg fit-residuals.svg exists already. Give another name, or remove it.\n"),
            (run.ExitCode, run.Error)
        );
        Assert.Equal(["fit-residuals.svg"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    /// <summary>
    /// A renamed column keeps the law's own, which a plan knows; cost and family come from the command line for a bare formula.
    /// </summary>
    [Fact]
    public void Formula_WithCostAndFamily_GivesALawThatPlans()
    {
        using TemporaryFolder folder = new();
        string[] fit =
        [
            "fit",
            Repository.SampleRuns,
            "--formula",
            "c + a*N^-α + b*D^-β",
            "--where",
            "experts = 1",
            "--map",
            "N=active_params,D=tokens",
            "--starts",
            "200",
        ];
        Finished bare = Shell.MoeScaleIn(folder.Path, [.. fit, "--out", "bare.yaml"]);
        Assert.Equal((0, ""), (bare.ExitCode, bare.Error));
        Assert.Contains(
            "For a plan the law lacks the FLOPs of training (--cost \"6*active_params*tokens\"), a shape family (--family joint-2025).",
            Unbroken(bare)
        );
        Assert.Equal(2, Shell.MoeScaleIn(folder.Path, "plan", "--law", "bare.yaml", "--flops", "1e20").ExitCode);
        Finished whole = Shell.MoeScaleIn(
            folder.Path,
            [.. fit, "--out", "whole.yaml", "--cost", "6*active_params*tokens", "--family", "joint-2025"]
        );
        Assert.EndsWith("Next           moescale plan --law whole.yaml --flops 1e21\n", whole.Output);
        Assert.Equal(0, Shell.MoeScaleIn(folder.Path, "plan", "--law", "whole.yaml", "--flops", "1e20").ExitCode);
    }

    [Fact]
    public void Formula_WithALetterThatNoColumnHas_SaysThatItIsACoefficient()
    {
        Finished run = Shell.MoeScale(
            "fit",
            Repository.SampleRuns,
            "--formula",
            "c + a*N^-α + b*D^-β",
            "--map",
            "N=active_params",
            "--starts",
            "24"
        );
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(
            "- D is a coefficient here, since no column has that name; to make it a variable, add --map D=COLUMN.",
            Unbroken(run)
        );
        Assert.StartsWith("moescale: the runs do not tell all coefficients apart: ", run.Error);
    }

    [Fact]
    public void Tie_OfTwoCoefficients_MakesThemEqual()
    {
        JsonElement fit = Shell.Json([.. Powers, "--tie", "beta=alpha"]);
        Assert.Equal(Value(fit, "α"), Value(fit, "β"));
        Assert.Equal("α", fit.GetProperty("coefficients").GetProperty("β").GetProperty("tied_to").GetString());
    }

    [Fact]
    public void Threads_OneOrTwo_GiveTheSameDigits()
    {
        string One(string threads) =>
            Seconds().Replace(Shell.MoeScale([.. Joint, "--bootstrap", "40", "--threads", threads, "--json"]).Output, "");
        Assert.Equal(One("1"), One("2"));
    }

    [Fact]
    public void Template_OfNoLaw_IsALawThatFits()
    {
        using TemporaryFolder folder = new();
        Finished template = Shell.MoeScale("fit", "--template");
        Assert.Equal((0, ""), (template.ExitCode, template.Error));
        File.WriteAllText(folder.In("my-law.yaml"), template.Output.Replace("c + a*N^-α + b*D^-β", "c + a*N^-α"));
        Assert.Contains("the formula does not use '", Shell.MoeScaleIn(folder.Path, "laws", "show", "my-law.yaml").Error);
        File.WriteAllText(folder.In("my-law.yaml"), template.Output);
        Assert.Equal(0, Shell.MoeScaleIn(folder.Path, "fit", Repository.SampleRuns, "--law", "my-law.yaml", "--starts", "24").ExitCode);
        File.WriteAllText(folder.In("joint.yaml"), Shell.MoeScale("fit", "--template", "--law", "joint-2025").Output);
        Assert.Equal(0, Shell.MoeScaleIn(folder.Path, "laws", "show", "joint.yaml").ExitCode);
    }

    [Fact]
    public void Approach_Isoflop_ShowsParabolasAndTheirBias()
    {
        string file = Path.GetTempFileName();
        string[] budgets = ["1e19", "1e20", "1e21"];
        File.WriteAllLines(
            file,
            [
                "active_params,tokens,loss",
                .. budgets.SelectMany(b =>
                    new[] { 0.25, 0.5, 1, 2, 4 }.Select(f =>
                    {
                        double flops = double.Parse(b, CultureInfo.InvariantCulture),
                            n = f * 0.1 * Math.Pow(flops, 0.514),
                            d = flops / 6 / n;
                        return FormattableString.Invariant(
                            $"{n:R},{d:R},{1.82 + (482 * Math.Pow(n, -0.348)) + (2085 * Math.Pow(d, -0.366)):R}"
                        );
                    })
                ),
            ]
        );
        JsonElement isoflop = Shell
            .Json("fit", file, "--law", "chinchilla-2024", "--approach", "isoflop", "--starts", "24")
            .GetProperty("isoflop");
        Assert.Equal(["compute", "curves", "size", "tokens", "parametric", "parabolas_of_law", "bias"], Names(isoflop));
        Assert.Equal(0.366 / (0.366 + 0.348), isoflop.GetProperty("parametric").GetProperty("n").GetDouble(), 1e-4);
        Assert.Contains(
            "so their own bias is",
            Shell.MoeScale("fit", file, "--law", "chinchilla-2024", "--approach", "isoflop", "--starts", "24").Output
        );
        File.Delete(file);
    }

    [Fact]
    public void AsPublished_OfChinchilla_TriesItsGrid()
    {
        JsonElement fit = Shell.Json("fit", Repository.SampleRuns, "--law", "chinchilla-2024", "--where", "experts = 1", "--as-published");
        Assert.Equal(4500, fit.GetProperty("starts").GetProperty("tried").GetInt32());
    }

    /// <summary>The first Ctrl-C asks for the best so far; exit code 1, and the law file says that it is unfinished.</summary>
    [Fact]
    public void Interrupt_OfALongSearch_GivesTheBestSoFar()
    {
        Interrupts.SkipWhereIgnored();
        Assert.SkipUnless(Terminal.IsThere, "It needs a terminal, which util-linux's script makes.");
        using TemporaryFolder folder = new();
        using Terminal terminal = new(
            $"{Shell.ProgramLine} fit '{Repository.SampleRuns}' --law joint-2025 --fix E_start=2,E_max=290 --starts 9M --out law.yaml",
            folder.Path
        );
        terminal.WaitFor("moescale: fit 0 %");
        terminal.PressCtrlC();
        (int code, string shown) = terminal.End();
        Assert.Equal(1, code);
        Assert.Contains("Result         unfinished: stopped, the best so far", shown);
        Assert.Contains("moescale: stopped: these are the best coefficients so far.", shown);
        Assert.Contains("finished: false", File.ReadAllText(folder.In("law.yaml")));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex("\"seconds\": [0-9.eE-]+")]
    private static partial Regex Seconds();
}
