using System.Text.Json;

namespace MoeScale.Cli.Tests;

public class PlanCommandTests
{
    private static IEnumerable<string> Names(JsonElement e) => e.EnumerateObject().Select(p => p.Name);

    /// <summary>Programs read these names; a change here is a change of a promise.</summary>
    [Fact]
    public void Json_OfAPlan_HasTheDocumentedFields()
    {
        JsonElement plan = Shell.Json("plan", "--flops", "1e22", "--memory", "80GB", "--kv-tokens", "16k");
        Assert.Equal(
            [
                "law",
                "family",
                "budget",
                "best",
                "candidates",
                "not_fitting",
                "dense_partner",
                "dense_match",
                "target",
                "hardware",
                "intervals",
                "warnings",
            ],
            Names(plan)
        );
        JsonElement budget = plan.GetProperty("budget");
        Assert.Equal(
            [
                "flops",
                "inference_tokens",
                "memory_bytes",
                "kv_tokens",
                "max_total_params",
                "max_tokens",
                "unique_tokens",
                "training_memory_bytes",
                "weights",
                "kv",
                "sequences",
                "context_tokens",
                "memory_headroom_bytes",
                "training_headroom_bytes",
            ],
            Names(budget)
        );
        Assert.Equal(
            (1e22, 80e9, 16e3),
            (
                budget.GetProperty("flops").GetDouble(),
                budget.GetProperty("memory_bytes").GetDouble(),
                budget.GetProperty("kv_tokens").GetDouble()
            )
        );
        Assert.Equal(JsonValueKind.Null, budget.GetProperty("max_tokens").ValueKind);
        string[] configuration =
        [
            "experts",
            "granularity",
            "top_k",
            "expert_count",
            "d_model",
            "n_blocks",
            "n_heads",
            "n_kv_heads",
            "d_ff",
            "d_expert",
            "vocab_size",
            "context",
            "active_params",
            "total_params",
            "active_params_nonembedding",
            "total_params_nonembedding",
            "tokens",
            "loss",
            "train_flops",
            "inference_flops",
            "weights_bytes",
            "kv_cache_bytes",
            "memory_bytes",
            "training_memory",
            "tokens_per_active_param",
            "device_hours",
            "days",
            "serving",
            "rounding_loss",
            "binding",
            "ties",
            "outside_range",
            "rates",
            "allocations",
        ];
        Assert.Equal(configuration, Names(plan.GetProperty("best")));
        Assert.All(plan.GetProperty("candidates").EnumerateArray(), c => Assert.Equal(configuration, Names(c)));
        Assert.Equal(
            ["law", "learning_rate", "batch_tokens", "n", "n_convention", "outside_range"],
            Names(plan.GetProperty("best").GetProperty("rates")[0])
        );
        Assert.Equal(["law", "tokens", "flops_per_token", "outside_range"], Names(plan.GetProperty("best").GetProperty("allocations")[0]));
        Assert.Equal(["experts", "granularity", "loss_difference"], Names(plan.GetProperty("best").GetProperty("ties")[0]));
    }

    [Fact]
    public void Json_OfTheMainJob_IsTheKnownAnswer()
    {
        JsonElement best = Shell.Json("plan", "--flops", "1e22", "--memory", "80GB", "--kv-tokens", "16k").GetProperty("best");
        // E = 16 as in Table 2 of the paper; d_model 2496 is the largest multiple of 64 whose 36.2B parameters and cache fit 80 GB.
        Assert.Equal(
            (16, 2496, 39),
            (best.GetProperty("experts").GetInt32(), best.GetProperty("d_model").GetInt32(), best.GetProperty("n_blocks").GetInt32())
        );
        Assert.Equal((2.0 * 2496 * 50257) + (13.0 * 39 * 2496 * 2496), best.GetProperty("active_params").GetDouble());
        Assert.Equal(["flops", "memory"], best.GetProperty("binding").EnumerateArray().Select(b => b.GetString()));
    }

    [Fact]
    public void Json_WhenNothingFits_HasNoBestAndExitCode1()
    {
        Finished run = Shell.MoeScale("plan", "--flops", "1e20", "--memory", "1MB", "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(
            "moescale: nothing fits 1.00 MB: the smallest candidate (dense, d_model 64, 6.49M active parameters) needs 13.0 MB",
            run.Error
        );
        JsonElement plan = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(JsonValueKind.Null, plan.GetProperty("best").ValueKind);
        Assert.Equal(6, plan.GetProperty("not_fitting").GetArrayLength());
        Assert.Equal("memory", plan.GetProperty("not_fitting")[0].GetProperty("broken")[0].GetString());
    }

    [Theory]
    [InlineData("max_params", "--flops", "1e20", "--max-params", "1M")]
    [InlineData("for one token", "--flops", "1e6")]
    [InlineData("and all inference", "--flops", "1e12", "--inference-tokens", "1T")]
    [InlineData("inside the experiments of joint-2025 within this budget (memory)", "--flops", "1e25", "--in-range", "--memory", "100MB")]
    public void Text_WhenNothingFits_SaysWhatWouldBeNeeded(string reason, params string[] options)
    {
        Finished run = Shell.MoeScale(["plan", .. options]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("moescale: nothing ", run.Error);
        Assert.Contains(reason == "max_params" ? "Raise --max-params" : reason, run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Text_WhenNoSizeCanBeBuilt_SaysHowToGoOn()
    {
        string family = Path.GetTempFileName() + ".yaml";
        File.WriteAllText(
            family,
            "id: halves\nsize: d_model\nn_blocks: d_model/64 + 1/2\nn_heads: d_model/64\nd_ff: 4*d_model\nvocab_size: 50257\ncontext: "
                + "512\nactivation: gelu\nnorm: rmsnorm\npositions: rope\n"
        );
        Finished run = Shell.MoeScale("plan", "--flops", "1e20", "--family", family);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("moescale: nothing can be built: no size of the family halves has whole blocks and heads", run.Error);
        Assert.Equal(0, Shell.MoeScale("plan", "--flops", "1e20", "--family", family, "--continuous").ExitCode);
        File.Delete(family);
    }

    [Theory]
    [InlineData("--flops", "1e22", "--memory", "80GB", "--kv-tokens", "16k")]
    [InlineData("--flops", "1e21", "--law", "fine-grained-2024", "--memory", "80GB", "--max-params", "20B", "--max-tokens", "100B")]
    [InlineData("--flops", "1e25", "--continuous", "--law", "fine-grained-2024-e16", "--inference-tokens", "10T")]
    [InlineData("--flops", "1e12", "--law", "chinchilla-2024")]
    [InlineData("--flops", "1e27", "--law", "kaplan-2020")]
    [InlineData("--flops", "1e23", "--law", "zhao-2025", "--experts", "4")]
    [InlineData("--flops", "1e21", "--law", "abnar-2025", "--inference-tokens", "1T")]
    [InlineData("--flops", "1e30", "--max-tokens", "1k", "--max-params", "1e12")]
    public void Text_PipedAway_FitsEightyColumnsWithoutColour(params string[] options)
    {
        Finished run = Shell.MoeScale(["plan", .. options]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.DoesNotContain('\u001b', run.Output);
        Assert.Contains("> ", run.Output);
    }

    [Fact]
    public void Out_BestModel_IsAModelFileThatNothingOverwrites()
    {
        using TemporaryFolder folder = new();
        string file = folder.In("best.yaml");
        Assert.Equal(0, Shell.MoeScale("plan", "--flops", "1e20", "--out", file).ExitCode);
        Models.Model model = Models.ModelFile.Read(file);
        Assert.Equal(
            Shell.Json("plan", "--flops", "1e20").GetProperty("best").GetProperty("total_params").GetDouble(),
            Models.Census.Of(model).TotalParams
        );
        string text = File.ReadAllText(file);
        Finished again = Shell.MoeScale("plan", "--flops", "1e21", "--out", file);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("exists already", again.Error);
        Assert.Equal(text, File.ReadAllText(file));
    }

    /// <summary>Rates of the main job: 5.01e-4 over 3.99e-5 is 13. The names of columns outside, never a bare "N", follow a yes.</summary>
    [Fact]
    public void Text_OfRates_TellsHowFarTheyDiffer()
    {
        string text = Shell.MoeScale("plan", "--flops", "1e22", "--memory", "80GB", "--kv-tokens", "16k").Output;
        Assert.Contains("The rates differ 13-fold", text);
        Assert.Contains("yes: N, tokens", text);
        string[] rates =
        [
            .. Shell
                .Json("plan", "--flops", "1e22", "--memory", "80GB", "--kv-tokens", "16k")
                .GetProperty("best")
                .GetProperty("rates")
                .EnumerateArray()
                .Where(r => r.GetProperty("learning_rate").ValueKind == JsonValueKind.Number)
                .Select(r => r.GetProperty("learning_rate").GetDouble())
                .Order()
                .Select(r => r.ToString("0.00e0")),
        ];
        Assert.Equal(["3.99e-5", "2.07e-4", "5.01e-4"], rates);
    }

    [Fact]
    public void PreferSimple_AmongTies_IsMarkedAsBest()
    {
        string text = Shell.MoeScale("plan", "--flops", "1e22", "--memory", "80GB", "--kv-tokens", "16k", "--prefer-simple").Output;
        Assert.StartsWith("Train          a Mixture of 8 experts", text);
        Assert.Contains("\n>   8 ", text);
        Assert.Contains("\n=  16 ", text);
    }
}
