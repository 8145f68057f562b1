using MoeScale.Training.Recipes;

namespace MoeScale.Training.Tests.Recipes;

public class DefaultRecipeTests
{
    [Theory]
    [InlineData(32, 4e-3)]
    [InlineData(64, 4e-3)]
    [InlineData(128, 2e-3)]
    [InlineData(256, 1e-3)]
    [InlineData(4096, 1e-3)]
    public void RateOfSmallRun_FallsWithWidthWithinItsEnds(double width, double rate) =>
        Assert.Equal(rate, DefaultRecipe.RateOfSmallRun(width), 1e-15);

    [Theory]
    // A 500th of the run is 20,000 tokens, 312 sequences: the power of two below.
    [InlineData(10e6, 64, 1, 256)]
    // Less than one sequence.
    [InlineData(10e3, 64, 1, 1)]
    // 20,000 tokens are 4.9 groups of 32 sequences of 128: four groups.
    [InlineData(10e6, 128, 32, 128)]
    [InlineData(300e3, 256, 32, 32)]
    // At most 2^18 tokens.
    [InlineData(1e12, 512, 1, 512)]
    public void BatchSequences_IsAPowerOfTwoOfGroups(double tokens, int context, int group, int sequences) =>
        Assert.Equal(sequences, DefaultRecipe.BatchSequences(tokens, context, group));

    [Theory]
    [InlineData(64, 1, 64)]
    [InlineData(512, 1, 8)]
    [InlineData(8192, 1, 1)]
    [InlineData(64, 24, 48)]
    [InlineData(256, 32, 32)]
    public void MicroBatchSequences_IsAboutFourThousandTokensInWholeGroups(int context, int group, int sequences) =>
        Assert.Equal(sequences, DefaultRecipe.MicroBatchSequences(context, group));
}
