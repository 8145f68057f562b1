using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Training.Tests.Runs;

/// <summary>A run of a second or less: 11,568 parameters, 48 steps of 8 sequences of 16.</summary>
internal static class TinyRun
{
    public static Model Model { get; } =
        new()
        {
            Name = "tiny",
            ModelWidth = 16,
            Blocks = 1,
            Heads = 2,
            KvHeads = 2,
            HeadWidth = 8,
            FeedForwardWidth = 48,
            ExpertWidth = 48,
            VocabularySize = 256,
            Context = 16,
        };

    public static RunConfiguration Configuration { get; } =
        new()
        {
            Text = ["synthetic"],
            Tokenizer = "synthetic",
            Tokens = 6144,
            Context = 16,
            BatchSequences = 8,
            MicroBatchSequences = 3,
            Schedule = RateShape.Wsd,
            LearningRate = 1e-2,
            WarmupTokens = 600,
            DecayTokens = 1200,
            Seed = 7,
            HeldOutTokens = 512,
            HeldOutEvery = 2000,
        };

    public static TrainingData Data(RunConfiguration configuration) =>
        TrainingData.OfSynthetic(
            new SyntheticLanguage(),
            new DataSettings
            {
                Context = configuration.Context,
                Tokens = configuration.Tokens,
                Seed = configuration.Seed,
                HeldOutTokens = configuration.HeldOutTokens,
            }
        );

    /// <summary>Runs to the end, and gives the bytes of the weights.</summary>
    public static byte[] Finish(string folder, RunConfiguration configuration, int threads = 1, Model? model = null)
    {
        using RunFolder place = RunFolder.Open(folder);
        place.Begin(model ?? Model, configuration);
        using TrainingData data = Data(configuration);
        using TrainingRun run = new(place, model ?? Model, configuration, data, threads, new CheckpointRule(0));
        Assert.Equal(RunEnd.Reached, run.RunUntil(double.PositiveInfinity, null, TestContext.Current.CancellationToken));
        run.Finish();
        return File.ReadAllBytes(place.WeightsPath);
    }
}
