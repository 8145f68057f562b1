using MoeScale.Planning.Hardware;

namespace MoeScale.Planning.Tests.Hardware;

/// <summary>What a plan says of serving: which sequences, on which devices.</summary>
public class DeploymentTests
{
    private const double Bandwidth = 3.35e12;
    private const double Vocabulary = 50257;

    private static readonly Deployment H100 = new(Cluster.Parse("64xH100", ""), 0.4, Accelerator.Open("h100"), null);

    private static Configuration Dense(Budget budget) => Planner.Solve(Plans.Request(budget) with { Experts = [1] }).Best!;

    /// <summary>
    /// Bytes that a step of B sequences reads of a dense model of the joint family in bf16: all, of the embedding B rows.
    /// </summary>
    private static double Read(double d, double sequences) =>
        2 * ((sequences * d) + (Vocabulary * d) + d + (d / 64 * ((13 * d * d) + (2 * d))));

    /// <summary>Keys and values of d channels each in d/64 blocks, 2 bytes each.</summary>
    private static double Cached(double d, double tokens) => tokens * 2 * d * (d / 64) * 2;

    /// <summary>Bandwidth over the bytes of the weights and of a sequence's own cache; of four, over those of all four.</summary>
    [Fact]
    public void AloneAndTogether_OfFourSequences_ReadWeightsAndTheirOwnCaches()
    {
        Budget budget = new()
        {
            Flops = 1e21,
            MemoryBytes = 80e9,
            Sequences = 4,
            KvTokens = 4 * 32e3,
        };
        Configuration best = Dense(budget);
        double d = best.Model.ModelWidth;
        Assert.Equal(Cached(d, 4 * 32e3), best.KvCacheBytes);
        ServingStep alone = H100.Alone(best, budget);
        ServingStep together = H100.Together(best, budget)!;
        Assert.Equal((1, Cached(d, 32e3)), (alone.Sequences, alone.KvBytes));
        Assert.Equal((4, Cached(d, 4 * 32e3)), (together.Sequences, together.KvBytes));
        // A dozen sums and products of doubles.
        Assert.Equal(1, alone.TokensPerSecond * (Read(d, 1) + Cached(d, 32e3)) / Bandwidth, 1e-13);
        Assert.Equal(1, together.TokensPerSecond * (Read(d, 4) + Cached(d, 4 * 32e3)) / (4 * Bandwidth), 1e-13);
    }

    /// <summary>Of one sequence, up to 64 of its kind are told together, as far as their caches fit beside the weights.</summary>
    [Theory]
    [InlineData(1e20, 2e3, null, 64)]
    [InlineData(1e20, 32e3, null, 0)]
    [InlineData(1e20, 32e3, 30e9, 0)]
    [InlineData(1e22, 16e3, 60e9, 0)]
    [InlineData(1e21, 0, null, 64)]
    public void Together_OfOneSequence_AreThoseWhoseCachesFit(double flops, double context, double? memory, double expected)
    {
        Budget budget = new()
        {
            Flops = flops,
            MemoryBytes = memory,
            KvTokens = context,
        };
        Configuration best = Dense(budget);
        double d = best.Model.ModelWidth;
        double room = (memory ?? 80e9) - best.WeightsBytes; // each of these fits one device
        double most = context > 0 ? Math.Min(64, Math.Floor(room / Cached(d, context))) : 64;
        Assert.Equal(expected == 0 ? most : expected, most);
        ServingStep? together = H100.Together(best, budget);
        Assert.Equal(most > 1 ? most : null, together?.Sequences);
        Assert.True(together is null || together.HeldBytes <= (memory ?? 80e9));
    }

    [Fact]
    public void Together_WhereNoSecondCacheFits_IsNothing()
    {
        Budget budget = new()
        {
            Flops = 1e22,
            MemoryBytes = 80e9,
            KvTokens = 16e3,
        };
        Configuration best = Planner.Solve(Plans.Request(budget)).Best!;
        Assert.Equal(1, H100.MaxSequences(best, budget)); // 72.4 GB of weights and 6.2 GB a sequence in 80 GB
        Assert.Null(H100.Together(best, budget));
    }

    /// <summary>26 GB of weights and cache fit one device of 80 GB; where 60 GB of each must stay free, they need two.</summary>
    [Fact]
    public void ServersOf_WithHeadroom_AreAsManyAsLeaveItFree()
    {
        Budget budget = new()
        {
            Flops = 1e20,
            MemoryBytes = 1e12,
            KvTokens = 4e3,
        };
        Configuration best = Planner.Solve(Plans.Request(budget)).Best!;
        Assert.InRange(best.MemoryBytes, 20e9, 40e9);
        Assert.Equal(1, H100.ServersOf(best, budget).Count);
        Assert.Equal(2, H100.ServersOf(best, budget with { MemoryHeadroom = new(0.75, 0) }).Count);
        Assert.Equal(2, H100.ServersOf(best, budget with { MemoryHeadroom = new(0, 60e9) }).Count);
        Assert.Equal(4, (H100 with { Servers = 4 }).ServersOf(best, budget).Count);
    }
}
