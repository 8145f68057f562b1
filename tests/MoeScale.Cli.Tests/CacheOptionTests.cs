using System.Text.Json;

namespace MoeScale.Cli.Tests;

/// <summary>The KV cache of <c>plan</c> and <c>cost</c>: how many sequences, how long, and what of the memory stays free.</summary>
public class CacheOptionTests
{
    private static void FitsEightyColumns(string page) => Assert.All(page.Split('\n'), line => Assert.True(line.Length <= 80, line));

    private static double[] Serving(JsonElement plan, string field) =>
        [.. plan.GetProperty("best").GetProperty("serving").EnumerateArray().Select(s => s.GetProperty(field).GetDouble())];

    [Theory]
    [InlineData("--kv-tokens", "32k*64")]
    [InlineData("--kv-tokens", "32k * 64")]
    [InlineData("--kv-tokens", "2048k", "--sequences", "64")]
    [InlineData("--kv-tokens", "2048k", "--context", "32k")]
    [InlineData("--kv-tokens", "2048k", "--context", "32k", "--sequences", "64")]
    public void Cache_SaidInAnyWay_IsTheSame(params string[] options)
    {
        string[] plain = ["--sequences", "64", "--context", "32k"];
        string[] question = ["plan", "--flops", "1e22", "--memory", "8xH100", "--experts", "8"];
        Assert.True(JsonElement.DeepEquals(Shell.Json([.. question, .. plain]), Shell.Json([.. question, .. options])));
        Assert.True(JsonElement.DeepEquals(Shell.Json(["cost", "gpt-2", .. plain]), Shell.Json(["cost", "gpt-2", .. options])));
    }

    /// <summary>
    /// By hand, for a dense model of the joint family on eight H100s: one sequence reads the weights (of the embedding one row)
    /// and its own 32,000 tokens of 4·d·n bytes; 64 read 64 rows and 64 such caches. All of it is what the memory holds.
    /// </summary>
    [Fact]
    public void Plan_OfManySequences_BoundsOneByItsOwnCache()
    {
        JsonElement plan = Shell.Json(
            "plan",
            "--flops",
            "1e22",
            "--memory",
            "8xH100",
            "--experts",
            "1",
            "--sequences",
            "64",
            "--context",
            "32k"
        );
        JsonElement best = plan.GetProperty("best");
        (double d, double n) = (best.GetProperty("d_model").GetDouble(), best.GetProperty("n_blocks").GetDouble());
        double Weights(double rows) => 2 * ((rows * d) + (50257 * d) + d + (n * ((13 * d * d) + (2 * d))));
        double cache = 32000 * 4 * d * n;
        JsonElement budget = plan.GetProperty("budget");
        double Asked(string field) => budget.GetProperty(field).GetDouble();
        Assert.Equal((64, 32000, 64 * 32000), (Asked("sequences"), Asked("context_tokens"), Asked("kv_tokens")));
        Assert.Equal([1.0, 64], Serving(plan, "sequences"));
        Assert.Equal([cache, 64 * cache], Serving(plan, "kv_cache_bytes"));
        Assert.Equal([32000.0, 32000], Serving(plan, "context_tokens"));
        double[] speeds = Serving(plan, "tokens_per_second");
        Assert.Equal(1, speeds[0] * (Weights(1) + cache) / (8 * 3.35e12), 1e-13); // a dozen sums and products
        Assert.Equal(1, speeds[1] * (Weights(64) + (64 * cache)) / (64 * 8 * 3.35e12), 1e-13);
        Assert.Equal(Weights(50257) + (64 * cache), best.GetProperty("memory_bytes").GetDouble(), 1e-3); // of 6e11
        Assert.True(best.GetProperty("memory_bytes").GetDouble() <= 640e9);
    }

    [Fact]
    public void Page_OfManySequences_SaysWhatEachLineAssumes()
    {
        string[] cache = ["--sequences", "64", "--context", "32k", "--headroom", "10%"];
        Finished run = Shell.MoeScale(["plan", "--flops", "1e22", "--memory", "80GB", .. cache]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        FitsEightyColumns(run.Output);
        string words = string.Join(' ', run.Output.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(" GB of 80.0 GB, of which 10 % stays free: weights ", words);
        Assert.Contains("(bf16, 64 sequences of 32.0K tokens)", words);
        Assert.Contains("tokens/s for 1 sequence of 32.0K tokens, ", words);
        Assert.Contains(" for 64 together", words);
        Assert.Contains("tok/s: at most, for 1 sequence of 32.0K tokens.", words);
        Assert.Contains("% of the memory, which limits the plan: it is smaller with --kv fp8, 2 times:", words);
        string one = Shell.MoeScale("plan", "--flops", "1e22", "--memory", "80GB", "--kv-tokens", "16k").Output;
        Assert.Contains("1 sequence of 16.0K tokens", one);
        Assert.Contains("no second one fits", one);
    }

    [Fact]
    public void Page_WhereTheCacheDoesNotFit_SaysSo()
    {
        Finished run = Shell.MoeScale("plan", "--flops", "1e22", "--memory", "1GB", "--sequences", "64", "--context", "1M");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(
            "of it 16.4 GB for the KV cache of 64 sequences of 1.00M tokens. Raise --memory, or serve fewer or shorter sequences.",
            run.Error
        );
    }

    [Fact]
    public void Cost_OfManySequences_TellsTheirShare()
    {
        string page = Shell.MoeScale("cost", "llama-2-7b", "--sequences", "64", "--context", "4096").Output;
        // 64 · 4,096 tokens of 2 · 32 · 4,096 numbers in bf16: 128 GiB, beside 12.55 of weights.
        Assert.Contains("137 GB = 128.00 GiB for 64 sequences of 4,096 tokens", page);
        Assert.Contains("of which the cache is\n               91.1 %", page);
        Assert.Contains("for attention over 4,096 tokens, causal", page);
        Assert.Contains("but the model has 1,024 learned positions", Shell.MoeScale("cost", "gpt-2", "--context", "32k").Output);
    }

    /// <summary>18 bytes a parameter and the activations, and a tenth of the device free: the total over 0.9.</summary>
    [Theory]
    [InlineData(null, 0.1, 0)]
    [InlineData("0", 0, 0)]
    [InlineData("25%", 0.25, 0)]
    [InlineData("6GB", 0, 6e9)]
    public void Cost_OfTraining_NeedsADeviceWithHeadroom(string? headroom, double share, double bytes)
    {
        string[] question = ["cost", "gpt-2", "--training", .. headroom is null ? Array.Empty<string>() : ["--headroom", headroom]];
        JsonElement training = Shell.Json(question).GetProperty("training");
        double total = training.GetProperty("most_loaded").GetProperty("total_bytes").GetDouble();
        Assert.Equal(1, training.GetProperty("device_bytes").GetDouble() * (1 - share) / (total + bytes), 1e-15); // two roundings
        string page = Shell.MoeScale(question).Output;
        string expected = headroom switch
        {
            null => "10 % stays",
            "0" => "no headroom",
            "25%" => "25 % stays",
            _ => "6.00 GB stays",
        };
        Assert.Contains(expected, page);
    }

    [Theory]
    [InlineData("cost gpt-2 --sequences 64", "--sequences 64 have no length. Give the tokens of each, for example --context 32k.")]
    [InlineData("plan --flops 1e20 --sequences 64", "--sequences 64 have no length. Give the tokens of each, for example --context 32k.")]
    [InlineData("plan --flops 1e20 --sequences 1.5 --context 1k", "--sequences '1.5' must be a whole number")]
    [InlineData("plan --flops 1e20 --sequences 0 --context 1k", "--sequences '0' must be above zero")]
    [InlineData("plan --flops 1e20 --context 0", "--context '0' must be above zero")]
    [InlineData("plan --flops 1e20 --kv-tokens 64*32k", "--kv-tokens '64*32k' would be 32,000 sequences of 64 tokens: the tokens")]
    [InlineData("plan --flops 1e20 --kv-tokens 32k*1.5", "--kv-tokens '1.5' must be a whole number: tokens of a sequence, then sequences")]
    [InlineData("plan --flops 1e20 --context 0.5", "--context '0.5' must be a whole number")]
    [InlineData("plan --flops 1e20 --context 1e30", "--context 1e30 is more than 1e12, the most that makes sense here")]
    [InlineData(
        "plan --flops 1e20 --sequence 64 --context 4k",
        "--sequence lays out training, whose memory is limited by --training-memory"
    )]
    [InlineData("plan --flops 1e20 --kv-tokens 32k*64*2", "--kv-tokens '32k*64*2' is no product of two numbers")]
    [InlineData("plan --flops 1e20 --kv-tokens 32k*", "--kv-tokens '' is not a number")]
    [InlineData("plan --flops 1e20 --kv-tokens 32k*64 --sequences 64", "--kv-tokens '32k*64' says how many sequences there are")]
    [InlineData("cost gpt-2 --kv-tokens 32k --context 4096", "--kv-tokens 32k are the tokens of all sequences together, but that is 7.81")]
    [InlineData(
        "cost gpt-2 --kv-tokens 1M --sequences 7",
        "--kv-tokens 1M are the tokens of all sequences together, but that is 142,857.14 for"
    )]
    [InlineData(
        "cost gpt-2 --kv-tokens 1M --sequences 7 --context 1k",
        "--kv-tokens 1M are the tokens of all sequences together, but --sequences times"
    )]
    [InlineData("cost gpt-2 --headroom 5%", "--headroom is of the memory of training; give --training too")]
    [InlineData("plan --flops 1e20 --headroom 5%", "--headroom keeps a part of --memory or --training-memory free. Give one of them too")]
    [InlineData("plan --frontier flops=1e20..1e21 --headroom 5%", "--headroom keeps a part of --memory or --training-memory free")]
    [InlineData("plan --flops 1e20 --memory 80GB --headroom 90GB", "--headroom 90GB leaves nothing of --memory 80GB")]
    [InlineData("plan --flops 1e20 --memory 80GB --headroom 10", "--headroom '10' has no unit. Write 10% of the memory, or 10GB")]
    public void Cache_WrongUse_SaysWhatWhyAndCure(string line, string expected)
    {
        Finished run = Shell.MoeScale(line.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"moescale: {expected}", run.Error);
    }

    [Theory]
    [InlineData(
        "plan --flops 1e20 --frontier memory=1GB..80GB --points 3 --headroom 10% --context 4k --sequences 4",
        "with a KV cache of 4 sequences of 4.00K tokens; 10 % of the\n               memory stays free"
    )]
    [InlineData("plan --flops 1e20 --frontier memory=1GB..80GB --points 3 --headroom 2GB", "from 1.00 GB  to 2.")]
    [InlineData(
        "plan --flops 1e20 --law joint-2025,zhao-2025 --experts 8 --memory 80GB --context 4k --sequences 4",
        "memory: weights and the KV cache of 4 sequences of 4.00K tokens within 80.0 GB"
    )]
    [InlineData(
        "plan --isoflop 1e20 --memory 80GB --headroom 10% --context 4k --sequences 4",
        "in 80.0 GB, of which 10 % stays free; with a KV cache of 4\n               sequences of 4.00K tokens"
    )]
    [InlineData("plan --frontier flops=1e20..1e21 --points 3 --memory 80GB", "in 80.0 GB, no headroom")]
    [InlineData("plan --target-loss 2.7 --flops 1e20 --headroom 10%", " MB, of which 10 %")]
    public void Pages_OfOtherQuestions_SayWhatTheyAssume(string line, string expected)
    {
        Finished run = Shell.MoeScale(line.Split(' '));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(expected, run.Output);
        FitsEightyColumns(run.Output);
    }
}
