using MoeScale.Training.Diagnostics;

namespace MoeScale.Training.Tests.Diagnostics;

public class ExpertChoicesTests
{
    private static ExpertChoices Of(int experts, params int[][] chosen)
    {
        ExpertChoices choices = new(chosen.Length, experts);
        for (int token = 0; token < chosen.Length; token++)
        {
            foreach (int e in chosen[token])
            {
                choices[token, e] = true;
            }
        }
        return choices;
    }

    private static ExpertChoices Random(int tokens, int experts, int seed)
    {
        Random random = new(seed);
        return Of(
            experts,
            [.. Enumerable.Range(0, tokens).Select(_ => Enumerable.Range(0, experts).Where(_ => random.NextDouble() < 0.3).ToArray())]
        );
    }

    [Fact]
    public void Bits_OfChoices_LieAsDocumented()
    {
        ExpertChoices choices = Of(10, [0, 9], [3]);
        Assert.Equal([0b1, 0b10, 0b1000, 0], choices.Bits.ToArray());
        Assert.Equal(3, choices.Count);
        choices[0, 9] = false;
        Assert.Equal([0b1, 0, 0b1000, 0], choices.Bits.ToArray());
    }

    [Fact]
    public void Overlap_WithItself_IsOne() => Assert.Equal(1, Random(50, 11, 1).OverlapWith(Random(50, 11, 1)));

    [Fact]
    public void Overlap_OfOtherChoices_IsTheirShare()
    {
        ExpertChoices final = Of(4, [0, 1], [2, 3]);
        Assert.Equal(0, Of(4, [2, 3], [0, 1]).OverlapWith(final));
        Assert.Equal(0.75, Of(4, [0, 1], [2, 0]).OverlapWith(final));
    }

    [Fact]
    public void Overlap_OfAnotherShape_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Random(50, 11, 1).OverlapWith(Random(50, 12, 1)));

    [Fact]
    public void Together_OfRandomChoices_IsCountedTokenByToken()
    {
        ExpertChoices choices = Random(200, 19, 2);
        long[,] together = choices.Together();
        double[,] shares = choices.CoActivation();
        for (int i = 0; i < 19; i++)
        {
            for (int j = 0; j < 19; j++)
            {
                long both = Enumerable.Range(0, 200).LongCount(t => choices[t, i] && choices[t, j]);
                Assert.Equal(both, together[i, j]);
                Assert.Equal(together[j, i], together[i, j]);
                Assert.Equal(i == j ? double.NaN : (double)both / Enumerable.Range(0, 200).Count(t => choices[t, i]), shares[i, j]);
            }
        }
    }

    /// <summary>All tokens of expert 0 go to 1 too, but only half of those of 1 to 0: shares are not symmetric, counts are.</summary>
    [Fact]
    public void CoActivation_OfARareExpert_IsAShareOfItsOwnTokens()
    {
        double[,] shares = Of(3, [0, 1], [1]).CoActivation();
        Assert.Equal((1.0, 0.5), (shares[0, 1], shares[1, 0]));
        Assert.True(double.IsNaN(shares[2, 0]));
    }
}
