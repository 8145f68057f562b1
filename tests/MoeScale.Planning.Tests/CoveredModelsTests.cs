using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Tests;

/// <summary>A plan is asked about models; its law must speak of them.</summary>
public class CoveredModelsTests
{
    private static ShapeFamily Family(string lines) =>
        ShapeFamily.Parse(
            YamlMap.Parse(
                $"""
                id: other
                size: d_model
                n_blocks: d_model / 64
                n_heads: d_model / 64
                d_ff: 3 * d_model
                vocab_size: 50257
                context: 512
                activation: swiglu
                norm: rmsnorm
                positions: rope
                not_counted: [router, norms]
                {lines}
                """,
                "other.yaml"
            )
        );

    private static PlanRequest Ask(string law, string lines, params double[] experts) =>
        new(LawCatalog.Open(law), Family(lines), new Budget { Flops = 1e21 }) { Experts = experts };

    /// <summary>E = 2 with two experts a token is a dense model: the joint law would give it the loss of a sparse one.</summary>
    [Theory]
    [InlineData(
        "joint-2025",
        "top_k: 2",
        2,
        "at experts 2 and granularity 1, top_k is 2, not 1. Use 'law: abnar-2025' or 'law: zhao-2025', or a family"
    )]
    [InlineData("joint-2025", "top_k: 2", 8, "top_k is 2, not 1")]
    [InlineData("joint-2025", "shared_experts: 1", 8, "shared_experts is 1, not 0. Use 'law: zhao-2025', or a family")]
    [InlineData("joint-2025", "moe_every: 2", 8, "moe_every is 2, not 1. Use 'law: abnar-2025' or 'law: zhao-2025', or a family")]
    [InlineData("joint-2025", "leading_dense_blocks: 1", 8, "leading_dense_blocks is 1, not 0")]
    [InlineData("joint-2025", "d_expert: 2 * d_model", 8, "has models with experts 5.33333, of which")]
    [InlineData("joint-2025", "expert_count: 8", 2, "has models with experts 8, of which 'joint-2025' would tell the loss of experts 2")]
    [InlineData("joint-2025", "top_k: d_model / 1024", 8, "top_k is")]
    [InlineData("fine-grained-2024", "top_k: 1", 64, "top_k / granularity is 0.50, not 1")]
    [InlineData("chinchilla-2024", "shared_experts: 1", 1, "shared_experts is 1, not 0")]
    [InlineData("abnar-2025", "shared_experts: 1", 8, "shared_experts is 1, not 0")]
    public void Solve_ModelsOfWhichTheLawDoesNotSpeak_IsRefused(string law, string lines, double experts, string expected)
    {
        PlanRequest request = Ask(law, lines, experts);
        request = law == "fine-grained-2024" ? request with { Granularities = [2] } : request;
        Assert.Contains(expected, Assert.Throws<UserException>(() => Planner.Solve(request)).Message);
        Assert.Contains(
            "'" + law + "'",
            Assert
                .Throws<UserException>(() => IsoFlop.Curves(request with { Family = Family(lines.Replace("d_model / 1024", "2")) }, [1e21]))
                .Message
        );
    }

    /// <summary>The same questions where the law does speak of the models.</summary>
    [Theory]
    [InlineData("joint-2025", "top_k: granularity", 1)]
    [InlineData("joint-2025", "top_k: granularity", 2)]
    [InlineData("joint-2025", "moe_every: 2", 1)]
    [InlineData("joint-2025", "leading_dense_blocks: 1", 1)]
    [InlineData("abnar-2025", "top_k: 2", 2)]
    [InlineData("abnar-2025", "moe_every: 2", 8)]
    [InlineData("zhao-2025", "top_k: 2\nshared_experts: 1", 8)]
    public void Solve_ModelsOfWhichTheLawSpeaks_IsAnswered(string law, string lines, double experts) =>
        Assert.NotNull(Planner.Solve(Ask(law, lines, experts)).Best);

    [Fact]
    public void Solve_ALawOfOnesOwnThatStatesNothing_IsAnswered()
    {
        Law law = LawCatalog.Open("joint-2025") with { Fixed = new Dictionary<string, double>() };
        Assert.NotNull(
            Planner.Solve(new PlanRequest(law, Family("top_k: 2"), new Budget { Flops = 1e21 }) { Experts = [2], Granularities = [1] }).Best
        );
    }

    /// <summary>One expert of which a token uses two is no model, also of continuous sizes, and no dense one to compare with.</summary>
    [Fact]
    public void Solve_MoreExpertsATokenThanThereAre_HasNoAnswer()
    {
        Plan plan = Planner.Solve(Ask("abnar-2025", "top_k: 2", 1, 8) with { Continuous = true });
        Assert.Equal([1.0], plan.Misfits.Select(m => m.Experts));
        Assert.Null(plan.DenseMatch);
        Plan nothing = Planner.Solve(Ask("abnar-2025", "top_k: 2", 1));
        Assert.Null(nothing.Best);
        Assert.Equal(new BuildFault.TooFewExperts(2, 1), nothing.Finer!.Reason);
    }

    [Fact]
    public void Rates_AndSecondOpinionsOfOtherModels_SaySo()
    {
        PlanRequest request = PlanRequest.For(LawCatalog.Open("fine-grained-2024"), new Budget { Flops = 1e20 }) with
        {
            Granularities = [8],
            RateLaws = [LawCatalog.Open("joint-2025-lr"), LawCatalog.Open("step-2025-lr")],
        };
        Configuration best = Planner.Solve(request).Best!;
        Assert.Equal([new Excess("granularity", 8, 1, IsHeld: true), new Excess("top_k", 8, 1, IsHeld: true)], best.Rates[0].OtherModels);
        Assert.Equal(["step-2025-lr"], best.Rates.Where(r => r.OtherModels.Count == 0).Select(r => r.Law));
        Assert.Equal([new Excess("experts", 64, 1, IsHeld: true)], best.Allocations.Single(a => a.Law == "llama3-2024").OtherModels);
    }
}
