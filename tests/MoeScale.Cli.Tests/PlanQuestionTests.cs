using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

namespace MoeScale.Cli.Tests;

/// <summary>
/// What <c>plan</c> answers beside one budget: devices and days, several laws, frontiers, isoFLOP curves, a loss to reach.
/// </summary>
public class PlanQuestionTests
{
    private static IEnumerable<string> Names(JsonElement e) => e.EnumerateObject().Select(p => p.Name);

    private static void FitsEightyColumns(string page) => Assert.All(page.Split('\n'), line => Assert.True(line.Length <= 80, line));

    /// <summary>64 H100 of 989.4 TFLOP/s at 40 % for 30 days; 8 of them hold 640 GB.</summary>
    [Fact]
    public void Plan_OfDevicesAndDays_SpendsThemWhole()
    {
        JsonElement plan = Shell.Json("plan", "--gpus", "64xH100", "--days", "30", "--mfu", "0.4", "--memory", "8xH100");
        double flops = 64 * 989.4e12 * 0.4 * 30 * 86400;
        Assert.Equal(flops, plan.GetProperty("budget").GetProperty("flops").GetDouble(), 1e-12 * flops);
        Assert.Equal(640e9, plan.GetProperty("budget").GetProperty("memory_bytes").GetDouble());
        JsonElement best = plan.GetProperty("best");
        // Whole tokens leave less than one part in 1e11 unspent.
        Assert.Equal(30, best.GetProperty("days").GetDouble(), 1e-9);
        Assert.Equal(30 * 24 * 64, best.GetProperty("device_hours").GetDouble(), 1e-5);
        JsonElement[] serving = [.. best.GetProperty("serving").EnumerateArray()];
        Assert.Equal(
            ["devices", "sequences", "tokens_per_second", "bound_by", "fits", "context_tokens", "kv_cache_bytes"],
            Names(serving[0])
        );
        Assert.Equal([1.0, 64.0], serving.Select(s => s.GetProperty("sequences").GetDouble()));
        // One sequence without a cache reads its active weights, but for the input embedding, norms and router included.
        double active =
            best.GetProperty("active_params").GetDouble()
            - (best.GetProperty("vocab_size").GetDouble() * best.GetProperty("d_model").GetDouble());
        // Norms and router: under 1 %.
        Assert.Equal(8 * 3.35e12 / (2 * active), serving[0].GetProperty("tokens_per_second").GetDouble(), 0.01 * 945);
        Assert.Equal(["device", "devices", "mfu", "server"], Names(plan.GetProperty("hardware")));
    }

    [Fact]
    public void Plan_OfSeveralLaws_ShowsThemSideBySide()
    {
        string[] laws = ["joint-2025", "abnar-2025", "zhao-2025"];
        JsonElement plans = Shell.Json("plan", "--flops", "1e21", "--law", string.Join(',', laws));
        Assert.Equal(laws, plans.GetProperty("plans").EnumerateArray().Select(p => p.GetProperty("law").GetString()));
        Assert.Equal("losses_not_comparable", plans.GetProperty("warnings")[0].GetProperty("kind").GetString());
        Assert.True(
            JsonElement.DeepEquals(
                Shell.Json("plan", "--flops", "1e21", "--law", "abnar-2025").GetProperty("best"),
                plans.GetProperty("plans")[1].GetProperty("best")
            )
        );
        Finished page = Shell.MoeScale("plan", "--flops", "1e21", "--law", string.Join(',', laws));
        Assert.All(laws, law => Assert.Contains($" {law}", page.Output.Split('\n')[0]));
        Assert.Contains("are not comparable with", page.Output);
        FitsEightyColumns(page.Output);
    }

    [Fact]
    public void Frontier_OfMemory_IsATableCsvAndChart()
    {
        using TemporaryFolder folder = new();
        (string csv, string svg) = (folder.In("f.csv"), folder.In("f.svg"));
        string[] question = ["plan", "--flops", "1e22", "--frontier", "memory=16GB..640GB", "--points", "7"];
        Finished run = Shell.MoeScale([.. question, "--csv", csv, "--svg", svg]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        FitsEightyColumns(run.Output);
        Assert.Contains("to 640 GB   E = 32", run.Output);
        string[] lines = File.ReadAllLines(csv);
        Assert.Equal(
            "memory_limit_bytes,experts,granularity,best,active_params,total_params,tokens,loss,train_flops,inference_flops,memory_bytes",
            lines[0]
        );
        Assert.Equal(7 * 6, lines.Length - 1);
        Assert.Equal(7, lines.Count(l => l.Split(',')[3] == "1"));
        XElement chart = XElement.Parse(File.ReadAllText(svg));
        Assert.Contains(chart.Descendants(), e => e.Name.LocalName == "text" && e.Value == "memory (GB)");
        Assert.Contains(chart.Descendants(), e => e.Name.LocalName == "text" && e.Value == "E=16");
        Assert.Contains(chart.Descendants(), e => e.Name.LocalName == "text" && e.Value == "dense");
        JsonElement json = Shell.Json(question);
        Assert.Equal(["law", "family", "axis", "budget", "points", "changes"], Names(json));
        Assert.Equal(
            [4.0, 8, 16, 32],
            json.GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("after").GetProperty("experts").GetDouble())
        );
        Assert.Equal(
            double.Parse(lines.First(l => l.Split(',')[3] == "1").Split(',')[7], CultureInfo.InvariantCulture),
            json.GetProperty("points")[0].GetProperty("best").GetProperty("loss").GetDouble()
        );
    }

    [Theory]
    [InlineData("flops=1e19..1e24")]
    [InlineData("inference-tokens=1B..10T", "--flops", "1e22", "--law", "fine-grained-2024")]
    [InlineData("memory=1xH100..16xH100", "--flops", "1e22", "--points", "3")]
    public void Frontier_OfAnyBudget_FitsEightyColumns(string axis, params string[] options)
    {
        Finished run = Shell.MoeScale(["plan", "--frontier", axis, .. options]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        FitsEightyColumns(run.Output);
    }

    [Fact]
    public void IsoFlop_OfThreeBudgets_IsATableCsvAndChart()
    {
        using TemporaryFolder folder = new();
        (string csv, string svg) = (folder.In("i.csv"), folder.In("i.svg"));
        Finished run = Shell.MoeScale("plan", "--isoflop", "1e19,1e20,1e21", "--csv", csv, "--svg", svg);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        FitsEightyColumns(run.Output);
        Assert.Equal(1 + (18 * 41), File.ReadAllLines(csv).Length);
        XElement.Parse(File.ReadAllText(svg));
        JsonElement json = Shell.Json("plan", "--isoflop", "1e20", "--experts", "1,8");
        Assert.Equal(["law", "family", "curves"], Names(json));
        Assert.Equal(["flops", "experts", "granularity", "minimum", "points"], Names(json.GetProperty("curves")[0]));
        Assert.Equal(2, json.GetProperty("curves").GetArrayLength());
    }

    [Fact]
    public void TargetLoss_WithoutAndWithCompute_AsksForFlopsOrMemory()
    {
        JsonElement cheapest = Shell.Json("plan", "--target-loss", "2.2", "--memory", "80GB");
        Assert.True(cheapest.GetProperty("best").GetProperty("loss").GetDouble() <= 2.2);
        double flops = cheapest.GetProperty("budget").GetProperty("flops").GetDouble();
        Assert.InRange(flops, 1e21, 1e22);
        JsonElement least = Shell.Json("plan", "--target-loss", "2.2", "--flops", (10 * flops).ToString("R", CultureInfo.InvariantCulture));
        Assert.True(least.GetProperty("best").GetProperty("loss").GetDouble() <= 2.2);
        Assert.True(
            least.GetProperty("best").GetProperty("memory_bytes").GetDouble()
                < cheapest.GetProperty("best").GetProperty("memory_bytes").GetDouble()
        );
    }

    [Fact]
    public void Frontier_WhereNothingFits_IsNoAndWritesNothing()
    {
        string svg = Path.Combine(Path.GetTempPath(), $"moescale-{Guid.NewGuid():n}.svg");
        Finished run = Shell.MoeScale("plan", "--flops", "1e22", "--frontier", "memory=1KB..2KB", "--svg", svg);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("moescale: nothing fits 2.00 KB: the smallest candidate (dense, d_model 64,", run.Error);
        Assert.False(File.Exists(svg));
    }

    [Fact]
    public void TargetLoss_Page_SaysWhatEachChoiceNeeds()
    {
        Finished run = Shell.MoeScale("plan", "--target-loss", "2.2");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("Asked          the fewest FLOPs, 1.", run.Output);
        Assert.Contains("needs for that loss; > the least.", run.Output);
        FitsEightyColumns(run.Output);
        JsonElement target = Shell.Json("plan", "--target-loss", "2.2").GetProperty("target");
        Assert.Equal(["loss", "least", "choices"], Names(target));
        Assert.Equal(6, target.GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public void TargetLoss_OutOfReach_IsNoWithTheLowest()
    {
        Finished run = Shell.MoeScale("plan", "--target-loss", "1.2");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(
            "moescale: no model reaches a loss of 1.2: the lowest that joint-2025 predicts within these limits, with up to 1e32 FLOPs, "
                + "is 1.4",
            run.Error
        );
    }

    /// <summary>A program that asks for JSON gets it with the answer no too.</summary>
    [Fact]
    public void Json_WhenTheAnswerIsNo_IsStillPrinted()
    {
        Finished target = Shell.MoeScale("plan", "--target-loss", "1.2", "--json");
        Assert.Equal(1, target.ExitCode);
        JsonElement plan = JsonDocument.Parse(target.Output).RootElement;
        Assert.Equal(JsonValueKind.Null, plan.GetProperty("best").ValueKind);
        Assert.Equal(JsonValueKind.Null, plan.GetProperty("budget").GetProperty("flops").ValueKind);
        Assert.All(
            plan.GetProperty("target").GetProperty("choices").EnumerateArray(),
            c => Assert.Equal(JsonValueKind.Null, c.GetProperty("budget").ValueKind)
        );
        Finished curves = Shell.MoeScale("plan", "--isoflop", "1e20", "--memory", "1KB", "--json");
        Assert.Equal(1, curves.ExitCode);
        Assert.Equal(0, JsonDocument.Parse(curves.Output).RootElement.GetProperty("curves").GetArrayLength());
        Assert.StartsWith("moescale: nothing fits 1.00 KB", curves.Error);
    }

    [Fact]
    public void Plan_WithRepeats_SaysTheEpochsAndTheDoubt()
    {
        Finished run = Shell.MoeScale("plan", "--flops", "1e23", "--allow-repeats", "100B", "--experts", "8");
        Assert.Contains("epochs of 100B)", run.Output);
        Assert.Contains("was never tested together with joint-2025", run.Output);
        FitsEightyColumns(run.Output);
    }

    [Fact]
    public void Plan_WithinTrainingMemory_KeepsIt()
    {
        string[] layout =
        [
            "--training-memory",
            "H100",
            "--tp",
            "8",
            "--pp",
            "2",
            "--dp",
            "8",
            "--ep",
            "8",
            "--zero",
            "1",
            "--recompute",
            "full",
        ];
        JsonElement plan = Shell.Json(["plan", "--flops", "1e23", .. layout]);
        Assert.Equal(80e9, plan.GetProperty("budget").GetProperty("training_memory_bytes").GetDouble());
        Assert.Contains("training_memory", plan.GetProperty("best").GetProperty("binding").EnumerateArray().Select(b => b.GetString()));
        Assert.InRange(
            plan.GetProperty("best").GetProperty("training_memory").GetProperty("most_loaded").GetProperty("total_bytes").GetDouble(),
            40e9,
            72e9
        ); // 10 % stay free
        Finished page = Shell.MoeScale(["plan", "--flops", "1e23", .. layout]);
        Assert.Contains("on the most loaded rank", page.Output);
        Assert.Contains("within 80.0 GB, of which 10 % stays free (--headroom)", page.Output);
        FitsEightyColumns(page.Output);
    }

    [Theory]
    [InlineData("plan --flops 1e20 --tp 2", "--tensor-parallel lays out training, whose memory is limited by --training-memory")]
    [InlineData("plan --flops 1e20 --training-memory 8xH100", "--training-memory '8xH100' names 8 devices; it is the memory of one rank")]
    [InlineData(
        "plan --flops 1e20 --training-memory 80GB --ep 3",
        "no model can be trained so: --expert-parallel 3 times --expert-tensor-parallel 1 does not divide --data-parallel 1"
    )]
    [InlineData("plan --days 3", "--days needs the devices that train")]
    [InlineData("plan --gpus 64xH100", "--gpus 64xH100 is a compute budget only together with --days")]
    [InlineData("plan --gpus 64xH100 --days 3 --flops 1e20", "--days and --flops both give the compute budget")]
    [InlineData(
        "plan --gpus 64xH1000 --days 3",
        "--gpus '64xH1000' names no known device (did you mean 'h100'?). Write the count, an x and the device, as in 64xH100"
    )]
    [InlineData("plan --gpus H100x64 --days 3", "--gpus 'H100x64' names no known device")]
    [InlineData("plan --gpus 64xH100 --days 3d", "--days '3d' is no number of days; write for example --days 30")]
    [InlineData(
        "plan --gpus 64xH100 --days 3 --training-memory 80GB --tp 8 --dp 2",
        "2 data x 8 tensor x 1 pipeline ranks are 16, but --gpus has 64"
    )]
    [InlineData("plan --flops 1e20 --memory 80", "--memory '80' has no unit. Write for example 80GB")]
    [InlineData("plan --flops 1e20 --memory 8GB..80GB", "--memory '8GB..80GB' is a range; --frontier memory=8GB..80GB sweeps one")]
    [InlineData("plan --flops 1e20 --frontier memory=16..640GB", "--frontier '16' has no unit")]
    [InlineData("plan --isoflop 1e19-1e21", "--isoflop '1e19-1e21' is not a number; a list has commas between its numbers")]
    [InlineData("plan --flops 1e20 --law ,", "--law ',' names no law")]
    [InlineData(
        "plan --flops 1e20 --law chinchila",
        "'chinchila' is not in the catalog of laws (did you mean 'chinchilla-2022' or 'chinchilla-2024'?)"
    )]
    [InlineData("plan --gpus 64xH100 --days 3 --mfu 1.2", "--mfu '1.2' is no utilisation")]
    [InlineData("plan --flops 1e20 --memory 0xH100", "--memory '0xH100' has the count '0'")]
    [InlineData("plan --flops 1e20 --frontier memory", "--frontier 'memory' is not AXIS=LOW..HIGH")]
    [InlineData("plan --flops 1e20 --frontier memori=1GB..2GB", "--frontier sweeps no 'memori' (did you mean 'memory'?)")]
    [InlineData("plan --flops 1e20 --frontier memory=2GB..1GB", "--frontier 'memory=2GB..1GB' goes from 2GB to 1GB")]
    [InlineData(
        "plan --flops 1e20 --frontier memory=1GB..2GB --memory 1GB",
        "--frontier memory=1GB..2GB sweeps a budget that is also given"
    )]
    [InlineData("plan --flops 1e20 --frontier memory=1GB..2GB --points 1", "a frontier of 1 points makes no sense")]
    [InlineData("plan --frontier memory=1GB..2GB", "plan needs a compute budget")]
    [InlineData("plan --flops 1e20 --isoflop 1e20", "--isoflop gives the compute budgets itself")]
    [InlineData("plan --isoflop 1e20 --target-loss 2", "--isoflop and --target-loss ask two questions")]
    [InlineData("plan --flops 1e20 --svg a.svg", "--svg keeps the points of --frontier or --isoflop")]
    [InlineData("plan --flops 1e20 --points 5", "--points belongs to --frontier")]
    [InlineData("plan --isoflop 1e20 --law joint-2025,chinchilla-2024", "--isoflop answers by one law; --law names 2")]
    [InlineData("plan --isoflop 1e20 --out m.yaml", "--out writes one model, and --isoflop weighs many")]
    [InlineData("plan --flops 1e20 --law joint-2025,chinchilla-2024 --out m.yaml", "--out writes the model of one law")]
    [InlineData("plan --flops 1e20 --memory 1GB --target-loss 2", "--target-loss with a compute budget asks for the least memory")]
    [InlineData("plan --flops 1e20 --target-loss two", "--target-loss 'two' is not a number")]
    [InlineData("plan --isoflop 1e20 --svg nowhere/a.svg", "--svg 'nowhere/a.svg' cannot be written: there is no such folder")]
    public void Plan_WrongUse_SaysWhatWhyAndCure(string line, string expected)
    {
        Finished run = Shell.MoeScale(line.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"moescale: {expected}", run.Error);
    }
}
