using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Sampling;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Sampling;

public sealed class SamplerTests(SentenceRun run) : IClassFixture<SentenceRun>
{
    private static readonly SamplingSettings Greedy = new() { Temperature = 0 };

    [Fact]
    public void Greedy_OnAMemorisedSentence_ContinuesItAndStops()
    {
        using Transformer model = run.Model.Load(1, SentenceRun.Context, 2);
        int[] prompt = [SentenceRun.Separator, .. Encoding.UTF8.GetBytes(SentenceRun.Sentence[..10])];
        int[] tokens = [.. new Sampler(model, Greedy, 256, SentenceRun.Separator).Continue(prompt, 200)];
        Assert.Equal(SentenceRun.Separator, tokens[^1]);
        Assert.Equal(SentenceRun.Sentence[10..], TokenText.Of(run.Model.Tokenizer!, tokens));
    }

    /// <summary>
    /// The window slides: each token is the largest logit of the last one of the last T tokens, by a model of exactly that length.
    /// </summary>
    [Fact]
    public void Greedy_BeyondTheWindow_TakesTheLargestLogitOfTheLastTokens()
    {
        const int Window = 8;
        using Transformer model = run.Model.Load(1, Window, 2);
        int[] prompt = [.. Encoding.UTF8.GetBytes("The qu")];
        List<int> all = [.. prompt, .. new Sampler(model, Greedy, 256).Continue(prompt, 12)];
        Assert.Equal(prompt.Length + 12, all.Count);
        for (int at = prompt.Length; at < all.Count; at++)
        {
            int length = Math.Min(at, Window);
            using Transformer alone = run.Model.Load(1, length, 1);
            float[] logits = alone.Logits([.. all[(at - length)..at]], length - 1, 1).ToArray();
            // The same token, or one that is as likely up to rounding: sums of other lengths may differ in their last bits.
            Assert.True(
                logits[all[at]] >= logits.Max() - 1e-4f,
                $"token {at}: {all[at]} has {logits[all[at]]}, the largest is {logits.Max()}"
            );
        }
    }

    [Fact]
    public void Continue_WithASeed_IsTheSameForAnyNumberOfThreads()
    {
        SamplingSettings settings = new() { Temperature = 2, Seed = 5 };
        Assert.Equal(Draw(settings, 1), Draw(settings, 2));
        Assert.NotEqual(Draw(settings, 1), Draw(settings with { Seed = 6 }, 1));

        int[] Draw(SamplingSettings how, int threads)
        {
            using Transformer model = run.Model.Load(1, 32, threads);
            return [.. new Sampler(model, how, 256).Continue([SentenceRun.Separator], 40)];
        }
    }

    [Fact]
    public void Continue_WhereRowsPadTheVocabulary_NeverDrawsThem()
    {
        using Transformer model = run.Model.Load(1, 16, 1);
        Assert.All(new Sampler(model, new() { Temperature = 100 }, 70).Continue([1], 100), token => Assert.InRange(token, 0, 69));
    }

    [Theory]
    [InlineData(-1, 0, 1.0, "a temperature of -1; it takes 0 to 100")]
    [InlineData(double.NaN, 0, 1.0, "a temperature of NaN")]
    [InlineData(1, -2, 1.0, "the top -2 tokens")]
    [InlineData(1, 0, 0.0, "a top-p of 0; it takes more than 0 and at most 1")]
    [InlineData(1, 0, 1.5, "a top-p of 1.5")]
    public void Settings_OutsideTheirRange_AreRefused(double temperature, int topK, double topP, string expected) =>
        Assert.Contains(
            expected,
            Assert
                .Throws<UserException>(() =>
                    new SamplingSettings
                    {
                        Temperature = temperature,
                        TopK = topK,
                        TopP = topP,
                    }.Check()
                )
                .Message
        );
}
