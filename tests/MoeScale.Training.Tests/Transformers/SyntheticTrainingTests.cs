using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Layers;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

public class SyntheticTrainingTests(ITestOutputHelper output)
{
    private const int Sequences = 16,
        Context = 32,
        Steps = 400;

    [Fact]
    public void Train_OnTheSyntheticStream_ApproachesTheFloorFromAbove()
    {
        // 7 contexts: what a small model learns by heart within seconds.
        SyntheticLanguage language = new()
        {
            Vocabulary = 64,
            Octaves = 3,
            RecordTokens = 8,
        };
        Model model = TinyModels.Of("joint-2025") with
        {
            ModelWidth = 32,
            HeadWidth = 16,
            FeedForwardWidth = 96,
            VocabularySize = 64,
            Context = Context,
        };
        using Transformer transformer = new(model, Sequences, Context, threads: 2);
        using AdamWOptimizer optimizer = new(transformer, new AdamWSettings());
        transformer.Initialize(new Initialization(), seed: 1);
        SyntheticSequences training = SyntheticSequences.Training(language, Context, seed: 1);
        Batch batch = new(Sequences, Context);
        double floor = language.Floor(Context),
            before = Math.Log(64);
        List<double> above = [HeldOut() - floor];
        for (int step = 0; step < Steps; step++)
        {
            batch.Load(training, (long)step * Sequences, Sequences);
            transformer.ClearGradients();
            transformer.ForwardBackward(batch.Tokens, batch.Targets, 1f / batch.Tokens.Length);
            optimizer.Step(1e-2 * Math.Min(1, (Steps - step) / (0.5 * Steps)));
            if ((step + 1) % (Steps / 4) == 0)
            {
                above.Add(HeldOut() - floor);
            }
        }
        output.WriteLine($"floor {floor:F4}; above it by {string.Join(", ", above.Select(x => x.ToString("F4")))}");
        // At the start nothing is known: a loss of ln 64, and what the logits' own spread adds.
        Assert.Equal(before - floor, above[0], 0.1);
        Assert.All(above.Zip(above.Skip(1)), pair => Assert.True(pair.Second < pair.First, string.Join(", ", above)));
        // Losses are about 0.1 where a token is its context's own, 6 where it is noise, one in ten: a deviation of 1.7
        // a token, of 0.02 in the mean of 8,192. So nobody is seen to go below the floor by more than some 0.05; above
        // it stands what is not learnt yet.
        Assert.InRange(above[^1], -0.05, 0.1);

        double HeldOut()
        {
            SyntheticSequences heldOut = SyntheticSequences.HeldOut(language, Context, 16 * Sequences);
            double sum = 0;
            for (int i = 0; i < 16; i++)
            {
                batch.Load(heldOut, i * Sequences, Sequences);
                sum += transformer.Loss(batch.Tokens, batch.Targets) / 16;
            }
            return sum;
        }
    }
}
