using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Training.Tests.Runs;

/// <summary>
/// Runs of models with experts: what holds for dense ones holds for them, and where experts choose, all is whole routing groups.
/// </summary>
public sealed class ExpertRunTests : IDisposable
{
    private static readonly Model Experts = TinyRun.Model with { ExpertCount = 8, ExpertWidth = 24, TopK = 2 };

    private static readonly Dictionary<string, Model> Models = new()
    {
        ["switch with capacity"] = Experts with
        {
            ExpertWidth = 48,
            TopK = 1,
            Routing = new Routing { CapacityFactor = 1 },
        },
        ["balance bias"] = Experts with
        {
            Biases = BiasSet.Router,
            Routing = new Routing
            {
                Weights = RouterWeights.SelectedSigmoid,
                BalanceBias = 0.001,
                BalanceLoss = 0,
            },
        },
        ["expert choice"] = Experts with { Routing = Routing.ExpertChoice, RoutingGroup = 4, NormAfterExperts = true },
    };

    // 12 groups of 4 sequences in 4 steps of 3 groups, 2 groups at once: the last micro-batch of a step is smaller than the others.
    private static readonly RunConfiguration Configuration = TinyRun.Configuration with
    {
        Tokens = 3072,
        BatchSequences = 12,
        MicroBatchSequences = 8,
        WarmupTokens = 200,
        HeldOutTokens = 480,
        HeldOutEvery = 768,
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. Models.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_OfExpertsCutOffBehindACheckpoint_EndsWithTheSameBits(string name)
    {
        Model model = Models[name];
        byte[] whole = TinyRun.Finish(In("whole"), Configuration, threads: 2, model);
        using (RunFolder place = RunFolder.Open(In("cut")))
        using (TrainingData data = TinyRun.Data(Configuration))
        {
            place.Begin(model, Configuration);
            using TrainingRun run = new(place, model, Configuration, data, 1, new CheckpointRule(0));
            run.RunUntil(5 * 192, null, TestContext.Current.CancellationToken);
            run.Save();
            run.RunUntil(7 * 192, null, TestContext.Current.CancellationToken);
        }
        Assert.Equal(whole, TinyRun.Finish(In("cut"), Configuration, threads: 3, model));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_OfExperts_LearnsAndTellsItsRouting(string name)
    {
        Model model = Models[name];
        TinyRun.Finish(In("a"), Configuration, model: model);
        using JsonDocument result = JsonDocument.Parse(File.ReadAllText(Path.Combine(In("a"), "result.json")));
        JsonElement Value(string key) => result.RootElement.GetProperty(key);
        Assert.Equal((8.0, model.TopK), (Value("expert_count").GetDouble(), Value("top_k").GetDouble()));
        Assert.Equal(model.Routing.Kind == RoutingKind.ExpertChoice ? "expert_choice" : "token_choice", Value("routing").GetString());
        Assert.Equal(
            model.Routing.CapacityFactor,
            result.RootElement.TryGetProperty("capacity_factor", out JsonElement factor) ? factor.GetDouble() : null
        );
        Assert.Equal(Census.Of(model).ActiveParams, Value("active_params").GetDouble());
        // ln 256 = 5.545 is knowing nothing; single tokens have an entropy of 4.41, no better in 16 steps.
        Assert.InRange(Value("loss").GetDouble(), Value("loss_floor").GetDouble(), 5.5);
    }

    /// <summary>Groups are made of the sequences of a step, whatever is computed at once.</summary>
    [Fact]
    public void Run_OfExpertChoiceInMicroBatches_LosesWhatTheWholeBatchLoses()
    {
        double[] parts = Losses(Configuration with { MicroBatchSequences = 4 }),
            whole = Losses(Configuration with { MicroBatchSequences = 12 });
        // As for dense models; a choice among equals that rounding turns over would show as more.
        Assert.All(parts.Zip(whole), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        // The same weights: what is held out is grouped alike.
        Assert.Equal(parts[^1], whole[^1], 1e-3);

        double[] Losses(RunConfiguration configuration)
        {
            using TrainingData data = TinyRun.Data(configuration);
            using Trainer trainer = new(Models["expert choice"], configuration, data, 1);
            List<double> losses = [];
            while (!trainer.IsDone)
            {
                losses.Add(trainer.Step()!.Value.Loss);
            }
            return [.. losses, trainer.HeldOutLoss(480)!.Value];
        }
    }

    /// <summary>30 sequences in groups of 4: two more fill the last group, from the beginning, and are no part of the mean.</summary>
    [Fact]
    public void HeldOutLoss_OfExpertChoice_FillsTheLastGroupFromTheBeginning()
    {
        Model model = Models["expert choice"];
        using TrainingData data = TinyRun.Data(Configuration);
        using Trainer trainer = new(model, Configuration, data, 1);
        ISequences heldOut = data.HeldOut!;
        Assert.Equal(30, heldOut.Count);
        double sum = 0;
        int[] window = new int[17];
        for (int first = 0; first < 30; first += 4)
        {
            int[] tokens = new int[64],
                targets = new int[64];
            for (int i = 0; i < 4; i++)
            {
                heldOut.Read((first + i) % 30, window);
                window.AsSpan(0, 16).CopyTo(tokens.AsSpan(16 * i));
                window.AsSpan(1, 16).CopyTo(targets.AsSpan(16 * i));
            }
            trainer.Model.SumOfLosses(tokens, targets);
            foreach (float loss in trainer.Model.Losses(64)[..(16 * Math.Min(4, 30 - first))])
            {
                sum += loss;
            }
        }
        // The same rows in other micro-batches: a few last bits.
        Assert.Equal(sum / 480, trainer.HeldOutLoss(480)!.Value, 1e-5);
        // Fewer are asked for than a group has: one group is scored.
        Assert.Equal(trainer.HeldOutLoss(64), trainer.HeldOutLoss(16));
    }

    /// <summary>What evaluation does is no part of training: without dropped tokens it is another forward pass.</summary>
    [Fact]
    public void HeldOutLoss_OfASwitchWithCapacity_IsDropless()
    {
        Model tight = Models["switch with capacity"] with { Routing = new Routing { CapacityFactor = 0.5 } };
        Assert.Equal(Loss(tight with { Routing = tight.Routing with { CapacityFactor = null } }), Loss(tight));

        static double Loss(Model model)
        {
            using TrainingData data = TinyRun.Data(Configuration);
            using Trainer trainer = new(model, Configuration, data, 1);
            return trainer.HeldOutLoss(480)!.Value;
        }
    }

    [Theory]
    [InlineData(
        3072,
        10,
        4,
        480,
        "A step of 10 sequences is no whole number of routing groups: the experts of 'tiny' choose among 4 sequences. Take a multiple of 4"
    )]
    [InlineData(3072, 12, 6, 480, "A micro-batch of 6 sequences")]
    [InlineData(3088, 12, 4, 480, "A run of 193 sequences")]
    [InlineData(
        3072,
        12,
        4,
        48,
        "3 sequences of 16 tokens are held out, and the experts of 'tiny' choose among 4. Hold out and score 64 tokens or more"
    )]
    public void Trainer_OfNoWholeGroups_SaysWhatIsNeeded(long tokens, int batch, int microBatch, long heldOut, string expected)
    {
        RunConfiguration configuration = Configuration with
        {
            Tokens = tokens,
            BatchSequences = batch,
            MicroBatchSequences = microBatch,
            HeldOutTokens = heldOut,
        };
        using TrainingData data = TinyRun.Data(configuration);
        Assert.StartsWith(
            expected,
            Assert.Throws<UserException>(() => new Trainer(Models["expert choice"], configuration, data, 1)).Message
        );
    }

    [Fact]
    public void Steps_OfARampAndASweep_AreWholeGroups()
    {
        Assert.Equal([4, 8, 16], new long[] { 0, 60, 100 }.Select(new BatchRamp(16, 100, Group: 4).At));
        Assert.Equal([8, 8, 24], new long[] { 0, 60, 100 }.Select(new BatchRamp(24, 100, Group: 8).At));
        Assert.Equal(5 * 64, RateSweep.Short(Configuration, 350, 0.2, group: 4).Tokens);
        Assert.Equal(64, RateSweep.Short(Configuration, 3, 0.2, group: 4).Tokens);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Folder_OfARunWithAnotherRouting_NamesTheDifference(string name)
    {
        using RunFolder place = RunFolder.Open(In("a"));
        place.Begin(Models[name], Configuration);
        Model other = Models[name] with
        {
            Routing = new Routing { CapacityFactor = 1.25 },
            RoutingGroup = 0,
        };
        Assert.Contains(
            "a holds another run: its model has '",
            Assert.Throws<UserException>(() => place.Require(other, Configuration)).Message
        );
    }

    [Fact]
    public void Folder_OfARunWithoutTheBias_NamesItBesideTheLossThatWentWithIt()
    {
        Model model = Models["switch with capacity"];
        using RunFolder place = RunFolder.Open(In("a"));
        place.Begin(model with { Routing = new Routing() }, Configuration);
        string refusal = Assert
            .Throws<UserException>(() =>
                place.Require(
                    model with
                    {
                        Routing = new Routing { BalanceLoss = 0, BalanceBias = 0.001 },
                    },
                    Configuration
                )
            )
            .Message;
        Assert.Contains(
            "its model has 'balance_loss: 0.01', and now 'balance_loss: 0', 'balance_bias: 0.001'. Give another folder",
            refusal
        );
    }

    [Fact]
    public void Run_WithTheCheckpointOfOtherExperts_NamesTheTensor()
    {
        Model model = Models["switch with capacity"];
        Save("a", model);
        Save("b", model with { ExpertCount = 4 });
        Directory.Delete(Path.Combine(In("a"), "checkpoint"), recursive: true);
        Directory.Move(Path.Combine(In("b"), "checkpoint"), Path.Combine(In("a"), "checkpoint"));
        Assert.Contains(
            "'blocks.0.router.weight' is (4, 16) there and (8, 16)",
            Assert.Throws<UserException>(() => Save("a", model)).Message
        );

        void Save(string name, Model model)
        {
            using RunFolder place = RunFolder.Open(In(name));
            place.Begin(model, Configuration);
            using TrainingData data = TinyRun.Data(Configuration);
            using TrainingRun run = new(place, model, Configuration, data, 1, new CheckpointRule(0));
            run.RunUntil(192, null, TestContext.Current.CancellationToken);
            run.Save();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TensorBytes_BeforeARunOfExperts_AreThoseOfTheRun(string name)
    {
        using TrainingData data = TinyRun.Data(Configuration);
        using Trainer trainer = new(Models[name], Configuration, data, 2);
        Assert.Equal(trainer.TensorBytes, Trainer.TensorBytesOf(Models[name], Configuration, 2));
    }

    private string In(string name) => Path.Combine(_folder.Path, name);
}
