using System.Text.Json;

namespace MoeScale.Cli.Tests;

/// <summary><c>train</c>, <c>eval</c> and <c>sample</c> of models with experts.</summary>
public sealed class TrainExpertsCommandTests : IDisposable
{
    private const string Joint =
        "train --family joint-2025 --d-model 64 --experts 8 --context 32 --text synthetic --eval-tokens 4096 --batch 4";
    private const string Fine = "train --family fine-grained-2024 --d-model 64 --experts 2 --granularity 4 --context 32 --eval-tokens 4096";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Joint + " --tokens 8k --threads", 8, 1, "token_choice")]
    [InlineData(
        Joint + " --granularity 2 --router-weights selected_sigmoid --capacity-factor none --balance-bias 0.001 --tokens 8k --threads",
        16,
        2,
        "token_choice"
    )]
    [InlineData(Fine + " --text synthetic --tokens 8k --threads", 8, 4, "expert_choice")]
    public void Train_OfExperts_HasTheSameBitsForAnyThreads(string line, int experts, int topK, string routing)
    {
        Finished[] runs = [.. Enumerable.Range(1, 3).Select(threads => Run($"{line} {threads} --out t{threads} --json"))];
        Assert.All(runs, run => Assert.Equal((0, ""), (run.ExitCode, run.Error)));
        JsonElement result = JsonDocument.Parse(runs[0].Output).RootElement;
        Assert.Equal(
            (experts, topK, routing),
            (
                result.GetProperty("expert_count").GetInt32(),
                result.GetProperty("top_k").GetInt32(),
                result.GetProperty("routing").GetString()
            )
        );
        Assert.True(result.GetProperty("total_params").GetDouble() > result.GetProperty("active_params").GetDouble());
        Assert.Equal(Weights("t1"), Weights("t2"));
        Assert.Equal(Weights("t1"), Weights("t3"));
    }

    [Fact]
    public void Train_OfExpertChoiceOnAText_CanBeScoredAndNotSampled()
    {
        string corpus = Directory.CreateDirectory(_folder.In("corpus")).FullName;
        for (int i = 0; i < 300; i++)
        {
            File.WriteAllText(
                Path.Combine(corpus, $"{i}.txt"),
                $"Document {i} says that {i} and {i + 1} make {i + i + 1}, which is odd.\n"
            );
        }
        Finished run = Run($"{Fine} --text corpus --held-out 0.2 --tokens 8k --out a");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("in groups of 8 sequences", Words(run.Output));
        Finished score = Run("eval a --text corpus --held-out 0.2 --json");
        Assert.Equal((0, ""), (score.ExitCode, score.Error));
        // The number of a document is ln 300 nats, over some 60 bytes; knowing nothing is ln 256.
        Assert.InRange(
            JsonDocument.Parse(score.Output).RootElement.GetProperty("loss").GetDouble(),
            Math.Log(300) / 60,
            0.9 * Math.Log(256)
        );
        File.WriteAllLines(
            _folder.In("questions.jsonl"),
            Enumerable.Range(0, 9).Select(i => $"{{\"context\": \"Document {i}\", \"choices\": [\"says\", \"#+~%\"], \"answer\": 0}}")
        );
        Finished choices = Run("eval a --choices questions.jsonl --json");
        Assert.Equal((0, ""), (choices.ExitCode, choices.Error));
        Assert.Equal(9, JsonDocument.Parse(choices.Output).RootElement.GetProperty("questions").GetInt32());
        Finished sample = Run("sample a --prompt Document");
        Assert.Equal((2, ""), (sample.ExitCode, sample.Output));
        Assert.StartsWith(
            "moescale: 'fine-grained-2024-64-e2g4' cannot be sampled: its experts choose among the tokens of 8 sequences at once",
            sample.Error
        );
    }

    [Fact]
    public void DryRun_OfAFamilyWithOtherRouting_SaysWhatIsTrained()
    {
        Finished run = Run($"{Joint} --top-k 2 --capacity-factor 1.25 --router-z-loss 0 --tokens 8k --out a --dry-run");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(
            "8 of width 192; each token takes 2, weighted by softmax, capacity factor 1.25, balance loss 0.01, z-loss 0",
            Words(run.Output)
        );
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void DryRun_OfAModelWithADenseBlock_SaysHowManyHaveExperts()
    {
        File.WriteAllText(
            _folder.In("m.yaml"),
            """
            id: m
            d_model: 64
            n_blocks: 3
            n_heads: 1
            vocab_size: 256
            context: 32
            activation: swiglu
            norm: rmsnorm
            positions: rope
            expert_count: 8
            d_expert: 64
            top_k: 2
            shared_experts: 1
            leading_dense_blocks: 1
            """
        );
        Finished run = Run("train --model m.yaml --text synthetic --tokens 8k --out a --dry-run");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("8 of width 64, and shared ones of width 64 in 2 of 3 blocks; each token takes 2", Words(run.Output));
        Assert.Contains("and 1 shared; 1 block dense with d_ff 192", Words(Run("cost m.yaml").Output));
    }

    [Theory]
    [InlineData(Joint + " --tokens 8k --out a --top-k 9", "--top-k 9: no such model can be built: top_k 9 is above the 8 experts.")]
    [InlineData(
        Joint + " --tokens 8k --out a --routing tokens",
        "--routing tokens: --routing is 'tokens' (did you mean 'token_choice'?); it needs one of token_choice, expert_choice."
    )]
    [InlineData(
        Joint + " --tokens 8k --out a --capacity-factor 0",
        "--capacity-factor 0: a capacity factor is a number above zero, such as 1.25, or 'none': no token is dropped."
    )]
    [InlineData(
        Joint + " --tokens 8k --out a --routing-group 8",
        "--routing-group 8: a group is what experts choose from: --routing-group needs routing expert_choice."
    )]
    [InlineData(
        Joint + " --tokens 8k --out a --routing expert_choice --balance-loss 0.1",
        "--balance-loss 0.1: --balance-loss belongs to routing token_choice;"
    )]
    [InlineData(
        Joint + " --tokens 8k --out a --router-weights selected_softmax",
        "'joint-2025-64-e8' cannot be trained here: with top_k 1 the weight of the one chosen expert would always be 1"
    )]
    [InlineData(
        Joint + " --tokens 8k --out a --granularity 5",
        "'joint-2025' has no model of d_model 64 with experts 8 and granularity 5: d_expert 38.4 is not a whole number."
    )]
    [InlineData(
        Fine + " --text synthetic --tokens 8k --out a --batch 12",
        "--batch '12' is no whole number of routing groups: the experts of 'fine-grained-2024-64-e2g4' choose among 8 sequences. Give a "
            + "multiple of 8"
    )]
    [InlineData(Fine + " --text synthetic --tokens 8k --out a --micro-batch 4", "--micro-batch '4' is no whole number of routing groups:")]
    [InlineData(
        Fine + " --text synthetic --tokens 8k --out a --batch-tokens 128",
        "--batch-tokens '128' is less than one routing group: the experts of 'fine-grained-2024-64-e2g4' choose among 8 sequences of 32 "
            + "tokens, together 256."
    )]
    [InlineData(
        "train --family joint-2025 --d-model 64 --experts 8 --granularity 4 --text synthetic --tokens 1T --out a --batch 10M "
            + "--micro-batch 10M",
        "A micro-batch of 10000000 sequences of 512 tokens is too large: 536870911 tokens are the most that are computed at once."
    )]
    [InlineData(Fine + " --text synthetic --tokens 200 --out a", "--tokens '200' is less than one routing group:")]
    [InlineData(
        Fine + " --text synthetic --tokens 8k --out a --routing-group 1",
        "--routing-group 1: no such model can be built: in a group of 1 sequence an expert has less than one token"
    )]
    [InlineData(
        "train --family joint-2025 --d-model 64 --text synthetic --tokens 8k --out a --balance-loss 0.1",
        "--balance-loss 0.1: 'joint-2025-64' is dense and has nothing to route."
    )]
    [InlineData(
        "train --model olmoe --text synthetic --tokens 8k --out a --granularity 2",
        "--granularity is a size of a --family; what --model names has its own."
    )]
    public void Train_OfExpertsWronglyUsed_SaysWhatWhyAndCure(string line, string expected)
    {
        Finished run = Run(line);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"moescale: {expected}", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    // Terabytes of activations, and at most 10 GB of weights and moments.
    [Theory]
    [InlineData("train --family joint-2025 --d-model 64 --experts 8 --context 64 --batch 8M --micro-batch 8M", "or lower --micro-batch.")]
    [InlineData(
        "train --family fine-grained-2024 --d-model 64 --experts 8 --granularity 4 --context 64 --routing-group 4M --batch 4M "
            + "--eval-tokens 1T",
        "or lower --routing-group or --context."
    )]
    [InlineData("train --family joint-2025 --d-model 1024 --context 1M --batch 1", "or lower --context.")]
    public void Train_BeyondTheMemory_NamesWhatIsComputedAtOnce(string line, string cure)
    {
        Finished run = Run(line + " --text synthetic --tokens 10T --out a --dry-run");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.EndsWith($"GB. Take a smaller model, {cure}", run.Error.TrimEnd());
    }

    [Fact]
    public void Train_WithTooFewHeldOut_SaysHowMany()
    {
        Finished run = Run($"{Fine.Replace("4096", "128")} --text synthetic --tokens 8k --out a");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(
            "moescale: --eval-tokens '128' is less than one routing group: the experts of 'fine-grained-2024-64-e2g4' choose among 8 "
                + "sequences of 32 tokens, together 256.",
            run.Error
        );
        // Nothing has begun, so another number is no other run.
        Assert.Equal(0, Run($"{Fine} --text synthetic --tokens 8k --out a").ExitCode);
    }

    private Finished Run(string line) => Shell.MoeScaleIn(_folder.Path, line.Split(' '));

    // A page breaks its lines.
    private static string Words(string page) => string.Join(' ', page.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private byte[] Weights(string run) => File.ReadAllBytes(_folder.In(run, "model.safetensors"));
}
