using MoeScale.Models;

namespace MoeScale.Planning.Tests;

public class CacheAdviceTests
{
    private static Plan Solve(Budget budget, string? family = null) =>
        Planner.Solve(family is null ? Plans.Request(budget) : Plans.Request(budget) with { Family = ShapeFamily.Open(family) });

    private static PlanWarning.LargeCache? Advice(Plan plan) => plan.Warnings.OfType<PlanWarning.LargeCache>().SingleOrDefault();

    /// <summary>12 blocks of 12 heads of 64 keep 12·2·768 numbers a token; 8 heads to a KV head an eighth, a latent 12·576.</summary>
    [Fact]
    public void Of_ACacheThatFillsTheMemory_TellsItsShareAndEachCure()
    {
        Plan plan = Solve(
            new Budget
            {
                Flops = 1e22,
                MemoryBytes = 80e9,
                Sequences = 64,
                KvTokens = 64 * 32e3,
            }
        );
        Assert.Equal((12, 768), (plan.Best!.Model.Blocks, plan.Best.Model.ModelWidth));
        double cache = 64 * 32e3 * 12 * 2 * 768 * 2;
        Assert.Equal(cache, plan.Best.KvCacheBytes);
        PlanWarning.LargeCache advice = Advice(plan)!;
        Assert.Equal((64, 32e3), (advice.Sequences, advice.ContextTokens));
        Assert.Equal(cache / plan.Best.MemoryBytes, advice.Share);
        Assert.Equal(
            [
                new(CacheCureKind.Fp8, 8, 2, cache / 2),
                new(CacheCureKind.GroupedHeads, 8, 8, cache / 8),
                new CacheCure(CacheCureKind.Latent, 576, 1536.0 / 576, cache / (1536.0 / 576)),
            ],
            advice.Cures
        );
    }

    /// <summary>With a KV head for 8 heads the cache of a size is an eighth, the plan is better, and told of it no more.</summary>
    [Fact]
    public void Of_TheCureThatWasTaken_IsNotAdvisedAgain()
    {
        string file = Path.Combine(Path.GetTempPath(), $"moescale-{Guid.NewGuid():n}.yaml");
        File.WriteAllText(
            file,
            "{ id: grouped, size: d_model, n_blocks: d_model/64, n_heads: d_model/64, n_kv_heads: n_heads/8, d_ff: 3*d_model, "
                + "activation: swiglu, norm: rmsnorm, positions: rope, vocab_size: 50257, context: 512, not_counted: [router, norms] }"
        );
        Budget budget = new()
        {
            Flops = 1e22,
            MemoryBytes = 80e9,
            Sequences = 64,
            KvTokens = 64 * 32e3,
            Kv = NumberType.Fp8,
        };
        Plan before = Solve(budget);
        Plan after = Solve(budget, file);
        File.Delete(file);
        Assert.True(after.Best!.Loss < before.Best!.Loss);
        Assert.Equal(64 * 32e3 * after.Best.Model.Blocks * 2 * after.Best.Model.ModelWidth / 8, after.Best.KvCacheBytes);
        Assert.DoesNotContain(Advice(after)?.Cures ?? [], c => c.Kind == CacheCureKind.GroupedHeads);
        Assert.DoesNotContain(Advice(before)!.Cures, c => c.Kind == CacheCureKind.Fp8);
    }

    [Theory]
    [InlineData(80e9, 1, 16e3)] // 8 % of the memory
    [InlineData(null, 64, 64 * 32e3)] // no limit
    [InlineData(1e14, 64, 64 * 32e3)] // a limit that does not bind
    public void Of_ACacheThatIsNotWhatLimits_IsSilent(double? memory, double sequences, double tokens) =>
        Assert.Null(
            Advice(
                Solve(
                    new Budget
                    {
                        Flops = 1e22,
                        MemoryBytes = memory,
                        Sequences = sequences,
                        KvTokens = tokens,
                    }
                )
            )
        );

    [Fact]
    public void Of_ASequenceBeyondLearnedPositions_SaysThatThereIsNone()
    {
        Plan plan = Planner.Solve(Plans.Request(Plans.FineGrained, new Budget { Flops = 1e20, KvTokens = 32e3 }));
        Assert.Contains(new PlanWarning.TooFewPositions(1, 32e3, 256), plan.Warnings);
        Plan shorter = Planner.Solve(
            Plans.Request(
                Plans.FineGrained,
                new Budget
                {
                    Flops = 1e20,
                    Sequences = 125,
                    KvTokens = 32e3,
                }
            )
        );
        Assert.DoesNotContain(shorter.Warnings, w => w is PlanWarning.TooFewPositions);
    }
}
