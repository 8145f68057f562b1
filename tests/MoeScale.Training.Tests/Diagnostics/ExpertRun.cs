using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;
using MoeScale.Training.Tests.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Diagnostics;

/// <summary>The tiny run with experts in two of its three blocks.</summary>
internal static class ExpertRun
{
    /// <summary>Four experts, two a token, and as many slots as choices, so that some are dropped.</summary>
    public static Model Model { get; } =
        TinyRun.Model with
        {
            Name = "tiny-experts",
            Blocks = 3,
            LeadingDenseBlocks = 1,
            ExpertCount = 4,
            ExpertWidth = 16,
            TopK = 2,
            Routing = new Routing { CapacityFactor = 1 },
        };

    /// <summary>Each of four experts takes two of the four tokens at a position.</summary>
    public static Model ExpertChoice { get; } =
        Model with
        {
            Name = "tiny-expert-choice",
            Routing = Routing.ExpertChoice,
            RoutingGroup = 4,
        };

    public static RunConfiguration Configuration { get; } = TinyRun.Configuration with { MicroBatchSequences = 4, HeldOutTokens = 4096 };

    /// <summary>Runs to some tokens, or to the end, with a checkpoint there.</summary>
    public static void Run(string folder, Model model, double upTo = double.PositiveInfinity, int threads = 1)
    {
        using RunFolder place = RunFolder.Open(folder);
        place.Begin(model, Configuration);
        using TrainingData data = TinyRun.Data(Configuration);
        using TrainingRun run = new(place, model, Configuration, data, threads, new CheckpointRule(0));
        Assert.Equal(RunEnd.Reached, run.RunUntil(upTo, null, TestContext.Current.CancellationToken));
        if (run.Trainer.IsDone)
        {
            run.Finish();
        }
        else
        {
            run.Save();
        }
    }

    /// <summary>What a router would have done that sent so many choices to each expert.</summary>
    public static RoutingStepOf Step(params long[] load) => new(load);

    /// <summary>Builds steps of one layer.</summary>
    internal sealed record RoutingStepOf(long[] Load)
    {
        public MoeScale.Training.Diagnostics.RoutingStep With(double entropy) =>
            new(1, 1, [new MoeScale.Training.Diagnostics.RouterStep(2, Load, 0, 0, 1, 1, 1, entropy)]);
    }

    public static RouterLoad Router(Transformer model, int block) => model.RouterLoads.Single(r => r.Block == block);
}
