using MathNet.Numerics.RootFinding;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Tests;

/// <summary>Plans with each law of the catalog: optima that papers print, and laws from which no plan follows.</summary>
public class CatalogPlanTests
{
    private static Law Open(string id) => LawCatalog.Open(id);

    private static Configuration Optimum(Law law, Budget budget) =>
        Planner.Solve(Plans.Request(law, budget) with { Continuous = true }).Best!;

    /// <summary>Every shipped law either plans or says why not; a misspelt range would disable its flag in silence.</summary>
    [Fact]
    public void Solve_EachLossLawThatPlans_Plans()
    {
        string[] without = ["clark-2022-hash", "clark-2022-rlr", "clark-2022-sbase", "frantar-2023", "kaplan-2020-d", "kaplan-2020-n"];
        foreach (Law law in LawCatalog.Ids.Select(Open).Where(l => l.Predicts == Predictions.Loss))
        {
            PlanRequest Request() => PlanRequest.For(law, new Budget { Flops = 1e20 });
            if (without.Contains(law.Id))
            {
                Assert.Throws<UserException>(Request);
                continue;
            }
            Plan plan = Planner.Solve(Request());
            Assert.NotNull(plan.Best);
            Assert.NotEmpty(plan.Best.Rates);
            Assert.NotEmpty(plan.Best.Allocations);
        }
    }

    /// <summary>The ranges and columns of rate and allocation laws are those of a plan.</summary>
    [Fact]
    public void Compile_EachLawButFrantars_KnowsItsColumns() =>
        Assert.All(LawCatalog.Ids.Where(id => id != "frantar-2023"), id => Assert.NotNull(BoundLaw.Compile(Open(id))));

    [Theory]
    [InlineData(
        "clark-2022-sbase",
        "All runs behind 'clark-2022-sbase' had 130B tokens, so it cannot weigh a larger model against more data: no plan follows from it."
    )]
    [InlineData("kaplan-2020-n", "'kaplan-2020-n' reads no tokens")]
    [InlineData("kaplan-2020-d", "'kaplan-2020-d' names no shape family")]
    [InlineData("frantar-2023", "'frantar-2023' reads the column 'nonzero_params' (N), which a plan does not have")]
    [InlineData("ling-2025", "'ling-2025' predicts efficiency_leverage; a plan needs a law that predicts loss")]
    public void For_LawWithoutAPlan_SaysWhy(string id, string why) =>
        Assert.StartsWith(why, Assert.Throws<UserException>(() => PlanRequest.For(Open(id), new Budget { Flops = 1e20 })).Message);

    /// <summary>Rounded coefficients move answers: tokens for each parameter at Chinchilla's budget, to the digits known.</summary>
    [Fact]
    public void Chinchilla_AtItsOwnBudget_DependsOnRoundingAndRefit()
    {
        Budget budget = new() { Flops = 5.76e23 };
        Law unrounded = Open("chinchilla-2022");
        Law rounded = unrounded with
        {
            Coefficients =
            [
                .. unrounded.Coefficients.Select(c =>
                    c with
                    {
                        Value = c.Name switch
                        {
                            "E" => 1.69,
                            "α" => 0.34,
                            "β" => 0.28,
                            _ => c.Value,
                        },
                    }
                ),
            ],
        };
        Assert.Equal(93, Optimum(rounded, budget).TokensPerActiveParam, 0.5);
        Assert.Equal(59, Optimum(unrounded, budget).TokensPerActiveParam, 0.5);
        Configuration corrected = Optimum(Open("chinchilla-2024"), budget);
        Assert.Equal(18.39, corrected.TokensPerActiveParam, 0.005);
        Assert.Equal(7.225e10, corrected.ActiveParams, 0.0005e10);
    }

    /// <summary>A model as good as a 7B one, for 1e11 tokens of inference: 6B on 1.18 times the data is cheapest.</summary>
    [Fact]
    public void Sardana_ModelThatWillServe_IsSmallerOnMoreData()
    {
        Law law = Open("sardana-2024");
        Configuration seven = Optimum(law, new Budget { Flops = 6 * 7e9 * 276e9 });
        Assert.Equal((7, 276), (Math.Round(seven.ActiveParams / 1e9, 1), Math.Round(seven.Tokens / 1e9)));
        Configuration Serving(double logFlops) => Optimum(law, new Budget { Flops = Math.Exp(logFlops), InferenceTokens = 1e11 });
        // The best at a budget is the cheapest at its loss.
        Configuration cheapest = Serving(Brent.FindRoot(x => Serving(x).Loss - seven.Loss, Math.Log(1e21), Math.Log(1e23), 1e-10, 100));
        Assert.Equal(6, cheapest.ActiveParams / 1e9, 0.05);
        Assert.Equal(1.18, cheapest.Tokens / 276e9, 0.005);
        Assert.True(cheapest.TrainFlops + cheapest.InferenceFlops < seven.TrainFlops + (2 * seven.ActiveParams * 1e11));
    }

    /// <summary>Kaplan's optimum from its first-order condition, β·B(N) = A(D) with A + B the sum under the power.</summary>
    [Fact]
    public void Kaplan_AtABudget_HasTheOptimumOfItsSum()
    {
        Configuration best = Optimum(Open("kaplan-2020"), new Budget { Flops = 1e21 });
        double n = best.ActiveParamsNonEmbedding;
        Assert.Equal(1e21, 6 * n * best.Tokens, 1e12); // nine digits
        // The size is good to 1e-6, the condition to about twice that.
        Assert.Equal(1, 0.076 / 0.103 * Math.Pow(6.4e13 / n, 0.076 / 0.103) / (1.8e13 / best.Tokens), 1e-5);
    }

    /// <summary>Sparsity is a formula of columns here, and its range is told by its letter.</summary>
    [Fact]
    public void Abnar_ManyExperts_AreAsSparseAsTheyAre()
    {
        Plan plan = Planner.Solve(Plans.Request(Open("abnar-2025"), new Budget { Flops = 1e20 }));
        Assert.Equal([1, 2, 4, 8, 16, 32, 64], plan.Candidates.Select(c => c.Experts));
        Assert.All(
            plan.Candidates,
            c => Assert.Equal(Open("abnar-2025").Evaluate(c.TotalParams, c.Tokens, (c.Experts - 1) / c.Experts), c.Loss, 12)
        ); // the same formula, bound otherwise
        Assert.Equal([new Excess("S", 0.984375, 0.98)], plan.Best!.OutsideRange);
        Plan inside = Planner.Solve(Plans.Request(Open("abnar-2025"), new Budget { Flops = 1e20 }) with { InRange = true });
        Assert.Equal(32, inside.Best!.Experts);
        Assert.Equal([Limit.Range], Assert.Single(inside.Misfits).Broken);
    }

    /// <summary>Shared experts count among the active ones: G and S of Zhao are what the model has.</summary>
    [Fact]
    public void Zhao_EachCandidate_HasAThirdOfItsExpertsShared()
    {
        Plan plan = Planner.Solve(Plans.Request(Open("zhao-2025"), new Budget { Flops = 1e21 }) with { Experts = [4] });
        Assert.Equal([3, 6, 9, 12], plan.Candidates.Select(c => c.Granularity));
        Assert.All(
            plan.Candidates,
            c =>
            {
                Assert.Equal((2 * c.Granularity / 3, c.Granularity / 3), (c.Model.TopK, c.Model.SharedWidth / c.Model.ExpertWidth));
                Assert.Equal(Open("zhao-2025").Evaluate(c.TotalParams, c.ActiveParams, c.Tokens, c.Granularity, 1 / 3.0), c.Loss, 12);
            }
        );
        Assert.Equal(6, plan.Best!.Granularity); // next to the optimum of 6.78
    }

    /// <summary>
    /// One model, three granularities: 4·d_model or 2·d_model over the width of an expert, or the number of active experts.
    /// </summary>
    [Fact]
    public void Granularity_OfOneModel_IsThreeNumbers()
    {
        Model model = ShapeFamily
            .Parse(
                YamlMap.Parse(
                    "{ id: f, size: d_model, n_blocks: d_model/64, n_heads: d_model/64, d_ff: 4*d_model, top_k: 2, vocab_size: 50257, "
                        + "context: 512, activation: relu, norm: rmsnorm, positions: rope }",
                    "f.yaml"
                )
            )
            .Model(1024, 8, 8);
        double[] columns = new double[ModelColumns.Names.Count];
        ModelColumns.Fill(model, Census.Of(model), columns);
        double Letter(string id, string letter) =>
            RangeCheck.Value(Open(id), letter, name => columns[ModelColumns.Names.ToList().IndexOf(name)])!.Value;
        Assert.Equal((8, 4, 2), (Letter("fine-grained-2024", "G"), Letter("ling-2025", "G"), Letter("zhao-2025", "G")));
        // Sparsity is (E−K)/E here, where others say E/K = 32.
        Assert.Equal(62 / 64.0, Letter("abnar-2025", "S"));
    }

    [Fact]
    public void Allocations_OfEachConfiguration_SpendItsTrainingFlops()
    {
        Plan plan = Planner.Solve(PlanRequest.For(Plans.Joint, new Budget { Flops = 1e22, InferenceTokens = 1e11 }));
        Assert.All(
            plan.Candidates,
            c =>
            {
                Assert.Equal(["ling-2025-tokens", "llama3-2024", "deepseek-2024-tokens"], c.Allocations.Select(a => a.Law));
                Assert.All(c.Allocations, a => Assert.Equal(1, a.Tokens * a.FlopsPerToken / c.TrainFlops, 14)); // rounding
                Assert.Equal(Open("llama3-2024").Evaluate(c.TrainFlops), c.Allocations[1].Tokens);
                // Ling's law of Mixtures speaks of no dense model.
                string[] outside = c.Model.IsDense ? ["experts", "train_flops"] : ["train_flops"];
                Assert.Equal(outside, c.Allocations[0].OutsideRange.Select(e => e.Name).Order());
                Assert.Empty(c.Allocations[1].OutsideRange);
            }
        );
    }

    [Fact]
    public void Allocations_LawOfFlopsPerToken_GivesTheTokensThatAreLeft()
    {
        PlanRequest request = Plans.Request(new Budget { Flops = 1e20 }) with
        {
            AllocationLaws = [Open("deepseek-2024-flops-per-token")],
            Experts = [1],
        };
        Configuration best = Planner.Solve(request).Best!;
        Allocation allocation = Assert.Single(best.Allocations);
        Assert.Equal(Open("deepseek-2024-flops-per-token").Evaluate(best.TrainFlops), allocation.FlopsPerToken);
        Assert.Equal(best.TrainFlops / allocation.FlopsPerToken, allocation.Tokens);
    }
}
