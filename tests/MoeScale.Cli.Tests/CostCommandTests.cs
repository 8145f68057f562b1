using System.Text.Json;

namespace MoeScale.Cli.Tests;

public class CostCommandTests
{
    /// <summary>Programs read these names; a change here is a change of a promise.</summary>
    [Fact]
    public void Json_OfAModel_HasTheDocumentedFields()
    {
        JsonElement cost = Shell.Json("cost", "mixtral-8x7b", "--sequences", "8", "--context", "4096");
        Assert.Equal(
            [
                "model",
                "published_total",
                "published_active",
                "note",
                "left_out",
                "total_params",
                "stored_params",
                "active_params",
                "active_params_no_input_embedding",
                "active_params_no_embeddings",
                "embedding_params",
                "prediction_params",
                "kv_values_per_token",
                "inference_flops_per_token",
                "train_flops_per_token",
                "context",
                "inference_attention_flops_per_token",
                "train_attention_flops_per_token",
                "weights",
                "expert_weights",
                "quantization",
                "weights_bytes",
                "kv",
                "kv_bytes_per_token",
                "kv_tokens",
                "kv_cache_bytes",
                "memory_bytes",
                "shape",
                "parts",
                "training",
                "sequences",
            ],
            cost.EnumerateObject().Select(p => p.Name)
        );
        double Number(string name) => cost.GetProperty(name).GetDouble();
        Assert.Equal(46702792704, Number("total_params"));
        Assert.Equal(2 * 46702792704.0, Number("weights_bytes"));
        Assert.Equal(65536 * 2, Number("kv_bytes_per_token"));
        Assert.Equal((8, 8 * 4096, 65536 * 2 * 8 * 4096.0), (Number("sequences"), Number("kv_tokens"), Number("kv_cache_bytes")));
        Assert.Equal(Number("weights_bytes") + Number("kv_cache_bytes"), Number("memory_bytes"));
        // Every weight that a token meets costs 2, but for norms; the input embedding is looked up.
        Assert.Equal(2 * (Number("active_params_no_input_embedding") - (65 * 4096)), Number("inference_flops_per_token"));
        Assert.Equal(3 * Number("inference_flops_per_token"), Number("train_flops_per_token"));
        // Half of 4·context·width a block, and the token itself.
        Assert.Equal(32 * 4.0 * 4096 * 4097 / 2, Number("inference_attention_flops_per_token"));
        JsonElement[] parts = [.. cost.GetProperty("parts").EnumerateArray()];
        Assert.Equal(46702792704, parts.Sum(p => p.GetProperty("params").GetDouble()));
        Assert.Equal(Number("active_params"), parts.Sum(p => p.GetProperty("active_params").GetDouble()));
    }

    [Fact]
    public void Page_OfAConfiguration_TellsBaseEpsilonNotesAndWhatIsLeftOut()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(
            folder.In("config.json"),
            """
            { "model_type": "mixtral", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 256, "intermediate_size": 96,
              "max_position_embeddings": 50, "num_local_experts": 8, "num_experts_per_tok": 2, "rope_scaling": { "type": "linear", "factor": 2 }, "rope_theta": 5e5, "time": Infinity }
            """
        );
        string page = string.Join(
            ' ',
            Shell.MoeScale("cost", folder.Path).Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );
        JsonElement json = Shell.Json("cost", folder.Path);
        Finished train = Shell.MoeScale(
            "train",
            "--model",
            folder.Path,
            "--text",
            "synthetic",
            "--tokens",
            "1k",
            "--out",
            folder.In("run")
        );
        Assert.Contains("RMSNorm, epsilon 1e-5; positions rotary, base 500,000", page);
        Assert.Contains("and are left out: time", page);
        Assert.Contains(
            "Left out rotary positions scaled by 'linear' (rope_scaling). The counts are the same without; 'train' refuses the model",
            page
        );
        Assert.Equal("rotary positions scaled by 'linear' (rope_scaling)", json.GetProperty("left_out").GetString());
        Assert.Contains("output_router_logits is not true", json.GetProperty("note").GetString());
        Assert.Equal(
            (5e5, 1e-5),
            (
                json.GetProperty("shape").GetProperty("rope_theta").GetDouble(),
                json.GetProperty("shape").GetProperty("norm_epsilon").GetDouble()
            )
        );
        Assert.Equal(2, train.ExitCode);
        Assert.Contains("it has what is not built here: rotary positions scaled by 'linear'", train.Error);
    }

    [Fact]
    public void Page_OfASmallModel_ShowsNoEmptyGiB()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(
            file,
            "{ id: small, d_model: 64, n_blocks: 2, n_heads: 4, d_ff: 192, vocab_size: 256, context: 64, activation: swiglu, norm: "
                + "rmsnorm, positions: rope }"
        );
        string page = Shell.MoeScale("cost", file).Output;
        File.Delete(file);
        Assert.Contains("Weights        279 KB (bf16)", page);
    }

    [Fact]
    public void Page_OfAModel_ShowsPublishedBesideCounted()
    {
        Finished run = Shell.MoeScale("cost", "grok-1");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("315,684,820,992 in total", run.Output);
        Assert.Contains("Published      314B", run.Output);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void Page_OfDeepSeekV3_SplitsLayersAndPredictionModule()
    {
        string page = Shell.MoeScale("cost", "DeepSeek-V3").Output;
        Assert.Contains("11,610,068,224 more in 1 multi-token-prediction module", page);
        foreach (string kind in (string[])["dense", "MoE", "MTP", "ends"])
        {
            Assert.Contains($"\n{kind}", page);
        }
        Assert.All(page.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void Cost_OfTypes_IsTheirBytes()
    {
        double Bytes(params string[] types) => Shell.Json(["cost", "gpt-oss-20b", .. types]).GetProperty("weights_bytes").GetDouble();
        Assert.Equal(4 * 20914757184.0, Bytes("--weights", "fp32"));
        Assert.Equal(17.0 / 32 * 20914757184, Bytes("--weights", "mxfp4"));
        double experts = 24.0 * 32 * 3 * 2880 * 2880;
        Assert.Equal((2 * (20914757184 - experts)) + (17.0 / 32 * experts), Bytes("--expert-weights", "mxfp4"));
    }

    /// <summary>Mixed precision: 18 bytes a parameter on one rank, 6 + 12/8 with the optimizer's states over eight.</summary>
    [Theory]
    [InlineData("--dp 8", 18)]
    [InlineData("--dp 8 --zero 1", 7.5)]
    [InlineData("--dp 8 --zero 3", 2.25)]
    [InlineData("--precision fp32", 16)]
    public void Training_OfLlama_HasTheBytesOfItsStates(string layout, double bytes)
    {
        JsonElement training = Shell
            .Json(["cost", "llama-2-7b", "--training", "--sequence", "4096", .. layout.Split(' ')])
            .GetProperty("training");
        Assert.Equal(["layout", "most_loaded", "stages", "device_bytes"], training.EnumerateObject().Select(p => p.Name));
        JsonElement rank = training.GetProperty("most_loaded");
        double states =
            rank.GetProperty("weights_bytes").GetDouble()
            + rank.GetProperty("gradients_bytes").GetDouble()
            + rank.GetProperty("optimizer_bytes").GetDouble();
        Assert.Equal(bytes * 6738415616, states, 1); // bytes, sums of a dozen numbers of 1e11
        Assert.Equal(states + rank.GetProperty("activations_bytes").GetDouble(), rank.GetProperty("total_bytes").GetDouble(), 1);
    }

    [Fact]
    public void Training_Page_FitsEightyColumns()
    {
        Finished run = Shell.MoeScale(
            "cost",
            "deepseek-v3",
            "--training",
            "--pp",
            "16",
            "--ep",
            "64",
            "--dp",
            "128",
            "--zero",
            "1",
            "--recompute",
            "selective",
            "--sequence",
            "4096"
        );
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Contains("experts over 64 expert x\n               1 tensor x 2 data", run.Output);
    }

    [Fact]
    public void Cost_OfFiles_ReadsConfigsFoldersAndModelFiles()
    {
        using TemporaryFolder folder = new();
        string config = folder.In("config.json");
        File.WriteAllText(
            config,
            """{ "hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 8192, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 128256 }"""
        );
        Assert.Equal(8030261248, Shell.Json("cost", config).GetProperty("total_params").GetDouble());
        Assert.Equal(8030261248, Shell.Json("cost", folder.Path).GetProperty("total_params").GetDouble());
        // What plan writes, cost reads.
        string model = folder.In("best.yaml");
        Finished plan = Shell.MoeScale("plan", "--flops", "1e20", "--out", model, "--json");
        JsonElement best = JsonDocument.Parse(plan.Output).RootElement.GetProperty("best");
        JsonElement cost = Shell.Json("cost", model);
        Assert.Equal(best.GetProperty("total_params").GetDouble(), cost.GetProperty("total_params").GetDouble());
        Assert.Equal(best.GetProperty("weights_bytes").GetDouble(), cost.GetProperty("weights_bytes").GetDouble());
    }

    [Fact]
    public void Cost_WithoutAModel_ListsTheCatalog()
    {
        JsonElement list = Shell.Json("cost");
        Assert.Equal(30, list.GetArrayLength());
        Assert.Contains(
            list.EnumerateArray(),
            m => m.GetProperty("model").GetString() == "Kimi-K2" && m.GetProperty("total_params").GetDouble() == 1026408232448
        );
    }

    [Theory]
    [InlineData("cost nosuch", "'nosuch' is not in the catalog of models")]
    [InlineData("cost llama-3", "'llama-3' may be Llama-3-70B, Llama-3-8B, Llama-3.1-405B. Give one of them.")]
    [InlineData("cost gpt-2 --weights fp5", "--weights 'fp5' is no number type")]
    [InlineData("cost gpt-2 --kv-tokens -3", "--kv-tokens '-3' must not be below zero")]
    [InlineData("cost gpt-2 --tp 2", "--tensor-parallel lays out training; give --training too")]
    [InlineData(
        "cost gpt-2 --training --tp 7",
        "GPT-2 cannot be trained so: --tensor-parallel 7 does not divide the model's context of 1024 tokens; "
            + "give --sequence with a multiple of it."
    )]
    [InlineData("cost gpt-2 --training --zero 4", "--zero '4' is no stage of ZeRO")]
    [InlineData("cost gpt-2 --training --recompute ful", "--recompute 'ful' is not known (did you mean 'full'?)")]
    [InlineData(
        "cost gpt-2 --training --pp 2 --stage-blocks 5,6",
        "GPT-2 cannot be trained so: --stage-blocks add up to 11, but n_blocks is 12"
    )]
    [InlineData("cost gpt-2 --context 0", "--context '0' must be above zero")]
    public void Cost_WrongUse_SaysWhatWhyAndCure(string line, string expected)
    {
        Finished run = Shell.MoeScale(line.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"moescale: {expected}", run.Error);
    }
}
