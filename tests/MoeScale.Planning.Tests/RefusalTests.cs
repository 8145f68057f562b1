using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Tests;

/// <summary>Laws of the user's own, and what a plan cannot be asked.</summary>
public class RefusalTests
{
    private const string Mine = """
        id: mine
        predicts: loss
        formula: c + a*N^-α + b*D^-β
        variables: { N: active_params, D: tokens }
        coefficients: { a: 400, α: 0.34, b: 1100, β: 0.28, c: 1.7 }
        cost: { training: 6 * active_params * tokens }
        family: joint-2025

        """;

    private static Law Parse(string text) => LawFile.Parse(YamlMap.Parse(text, "mine.yaml"));

    private static string Refusal(Law law, Func<PlanRequest, PlanRequest>? with = null)
    {
        return Assert
            .Throws<UserException>(() =>
            {
                PlanRequest request = PlanRequest.For(law, new Budget { Flops = 1e20 });
                Planner.Solve(with is null ? request : with(request));
            })
            .Message;
    }

    /// <summary>A letter such as ln(D/N) may be zero or negative; its range binds all the same.</summary>
    [Theory]
    [InlineData("[-5, 4]", 3.128)] // the closed form: N = 854.6M on 19.5B tokens
    [InlineData("[-5, 2]", 2)]
    [InlineData("[-5, 0]", 0)]
    [InlineData("[-5, -1]", -1)]
    [InlineData("[4, 9]", 4)]
    public void InRange_OfALetterThatMayBeNegative_KeepsIt(string range, double expected)
    {
        Law law = Parse(
            """
            id: ratio
            predicts: loss
            formula: 1.82 + 482*N^-0.348 + 2085*D^-0.366 + 0*R
            variables: { N: active_params, D: tokens, R: ln(tokens/active_params) }
            cost: { training: 6 * active_params * tokens }
            family: joint-2025
            range: { R: RANGE }
            """.Replace("RANGE", range)
        );
        Configuration best = Planner
            .Solve(PlanRequest.For(law, new Budget { Flops = 1e20 }) with { RateLaws = [], Continuous = true, InRange = true })
            .Best!;
        Assert.Equal(expected, Math.Log(best.Tokens / best.ActiveParams), 0.0005); // printed digits
    }

    [Fact]
    public void Solve_ALawOfOnesOwn_HasTheClosedFormOptimum()
    {
        Configuration best = Planner
            .Solve(new PlanRequest(Parse(Mine), ShapeFamily.Open("joint-2025"), new Budget { Flops = 1e20 }) { Continuous = true })
            .Best!;
        // Hoffmann et al. 2022, Eq. 4: N_opt = G·(C/6)^(β/(α+β)) with G = (α·A / (β·B))^(1/(α+β)).
        double g = Math.Pow(0.34 * 400 / (0.28 * 1100), 1 / 0.62);
        double n = g * Math.Pow(1e20 / 6, 0.28 / 0.62);
        Assert.Equal(1, best.ActiveParams / n, 1e-9); // a root found to 1e-12 in ln d_model, about three times that in N
        Assert.Equal(1, best.Experts);
        Assert.Contains(
            Limit.MaxTokens,
            Planner
                .Solve(new PlanRequest(Parse(Mine), ShapeFamily.Open("joint-2025"), new Budget { Flops = 1e20, MaxTokens = 1e8 }))
                .Best!.Binding
        );
    }

    /// <summary>A law that the closed form does not fit is searched, and gives the same optimum.</summary>
    [Theory]
    [InlineData("formula: c + a*N^-α + b*D^-β", "formula: c + exp(ln(a) - α*ln(N)) + b*D^-β")]
    [InlineData("formula: c + a*N^-α + b*D^-β", "formula: max(c + a*N^-α + b*D^-β, 0)")]
    public void Solve_SameLawWrittenOtherwise_IsSearchedToTheSameOptimum(string line, string instead)
    {
        PlanRequest request = new(Parse(Mine), ShapeFamily.Open("joint-2025"), new Budget { Flops = 1e20 }) { Continuous = true };
        Configuration closed = Planner.Solve(request).Best!;
        Configuration searched = Planner.Solve(request with { Law = Parse(Mine.Replace(line, instead)) }).Best!;
        // The slope is a difference over 2e-5 of losses exact to 1e-16: 1e-11; the curvature in ln d_model is about 0.1.
        Assert.Equal(1, searched.ActiveParams / closed.ActiveParams, 1e-6);
        Assert.Equal(closed.Loss, searched.Loss, 13); // flat at the optimum
    }

    /// <summary>Laws that are sums of powers, but not of the one form that has its optimum in closed form.</summary>
    [Theory]
    [InlineData("c + a*N^-α + a*N^-0.5 + b*D^-β")]
    [InlineData("c + a*N^-0.1*N^-0.2 + a*N^-0.3*N^(0*α) + b*D^-β")]
    [InlineData("c + a*N^-α + b*D^-β + (N*D)^-0.1")]
    [InlineData("c - a*N^-α + a*N^-α/2 + a*N^-0.1 + b*D^-β")]
    public void Solve_SumOfOtherPowers_IsSearched(string formula)
    {
        Law law = Parse(Mine.Replace("c + a*N^-α + b*D^-β", formula));
        Configuration best = Planner.Solve(PlanRequest.For(law, new Budget { Flops = 1e20 }) with { Continuous = true }).Best!;
        double Loss(double n) => law.Evaluate(n, 1e20 / 6 / n);
        double n = best.ActiveParams;
        Assert.True(best.Loss <= Loss(n * 1.001) && best.Loss <= Loss(n / 1.001));
    }

    /// <summary>A law that is defined for large models only: sizes without a loss are passed over.</summary>
    [Fact]
    public void Solve_LawWithoutALossForSmallModels_FindsTheBestOfTheOthers()
    {
        Law law = Parse(Mine.Replace("c + a*N^-α + b*D^-β", "2 + sqrt(N - 1e9)*1e-5*(a/400)*(α/0.34)*(c/1.7) + b*D^-β"));
        Configuration best = Planner.Solve(PlanRequest.For(law, new Budget { Flops = 1e20 })).Best!;
        Assert.True(double.IsFinite(best.Loss) && best.ActiveParams > 1e9);
        Law never = Parse(Mine.Replace("c + a*N^-α + b*D^-β", "c + a*N^-α + b*D^-β + ln(0 - N)"));
        Assert.Equal([Limit.Loss], Planner.Solve(PlanRequest.For(never, new Budget { Flops = 1e20 })).Misfits[0].Broken);
    }

    /// <summary>A law that punishes size: with little data the best model is smaller than the FLOPs would pay for.</summary>
    [Fact]
    public void Solve_LawThatPunishesSize_LeavesFlopsUnspent()
    {
        Law law = Parse(Mine.Replace("c + a*N^-α + b*D^-β", "c + a*N^-α + b*D^-β + 1e-10*N"));
        Configuration best = Planner
            .Solve(PlanRequest.For(law, new Budget { Flops = 1e20, MaxTokens = 1e9 }) with { Continuous = true })
            .Best!;
        // d/dN (a·N^-α + 1e-10·N) = 0
        Assert.Equal(1, best.ActiveParams / Math.Pow(0.34 * 400 / 1e-10, 1 / 1.34), 1e-6);
        Assert.Equal([Limit.MaxTokens], best.Binding);
    }

    [Fact]
    public void Solve_LawWithoutABestSize_IsRefused() =>
        Assert.Contains("has no best size", Refusal(Parse(Mine.Replace("6 * active_params * tokens", "6 * tokens"))));

    [Fact]
    public void Solve_CandidatesThatTheLawCannotTellApart_AreRefused() =>
        Assert.Contains(
            "lists candidates for experts but holds for experts 1 only",
            Refusal(Parse(Mine + "candidates: { experts: [1, 8] }\n"))
        );

    [Fact]
    public void Solve_TheShapesOfAnotherLaw_AreFlagged()
    {
        Plan plan = Planner.Solve(PlanRequest.For(Plans.FineGrained, new Budget { Flops = 1e20 }, "joint-2025"));
        Assert.Contains(new PlanWarning.OtherShapes("fine-grained-2024", "joint-2025", "fine-grained-2024"), plan.Warnings);
    }

    [Fact]
    public void ClosedForm_OfEachLaw_IsThereWhereThePaperHasOne()
    {
        ShapeFamily family = ShapeFamily.Open("joint-2025");
        ClosedForm closed = new BoundLaw(Plans.Joint, family, withInference: false).At(8, 1).ClosedForm!;
        (int column, double value) = (closed.Column, closed.Best(1e21));
        // Table 4 of the paper at E = 8: half a unit of the exponents' last digit moves N by a few tenths of a per cent each.
        double n =
            Math.Pow(0.2338 * 119.9126 / (0.1676 * 21.8330), 1 / (-0.1676 - 0.2338)) * Math.Pow(1e21 / 6, 0.2338 / (0.1676 + 0.2338));
        Assert.Equal("active_params", PlanColumns.Names[column]);
        Assert.Equal(1, value / n, 0.01);
        Assert.Null(new BoundLaw(Plans.Joint, family, withInference: true).At(8, 1).ClosedForm);
        Assert.Null(new BoundLaw(Plans.FineGrained, ShapeFamily.Open("fine-grained-2024"), withInference: false).At(64, 8).ClosedForm);
        Assert.NotNull(
            new BoundLaw(LawCatalog.Open("fine-grained-2024-dense"), ShapeFamily.Open("fine-grained-2024"), withInference: false)
                .At(1, 1)
                .ClosedForm
        );
    }

    [Fact]
    public void Solve_DensePartnerThatIsTheLawItself_EndsThere()
    {
        using TemporaryFolder folder = new();
        string file = folder.In("mine.yaml");
        File.WriteAllText(file, Mine + "dense_partner: ./mine.yaml\n");
        Plan plan = Planner.Solve(PlanRequest.For(LawCatalog.Open(file), new Budget { Flops = 1e20 }));
        Assert.Equal(plan.Best!.Loss, plan.DensePartner!.Best!.Loss);
        Assert.Null(plan.DensePartner.DensePartner);
        File.WriteAllText(file, Mine + "dense_partner: step-2025-lr\n");
        Assert.Contains("'step-2025-lr' predicts learning_rate", Refusal(LawCatalog.Open(file)));
    }

    [Fact]
    public void Solve_CostWithoutEmbeddings_IsAccepted()
    {
        Law law = Parse(Mine.Replace("6 * active_params * tokens", "6 * (active_params - 2*d_model*vocab_size) * tokens"));
        Configuration best = Planner.Solve(PlanRequest.For(law, new Budget { Flops = 1e20 })).Best!;
        Assert.Equal(6 * best.ActiveParamsNonEmbedding * best.Tokens, best.TrainFlops, 1e10); // 1e20 to ten digits
    }

    [Fact]
    public void Solve_LawWithoutExperts_IsALawOfDenseModels()
    {
        string message = Refusal(Parse(Mine), r => r with { Experts = [1, 8] });
        Assert.StartsWith("'mine' holds for experts 1 only, not for 8. Use 'law: abnar-2025' or 'law: joint-2025'.", message);
    }

    [Fact]
    public void Solve_AnotherExpansionRateThanTheLaws_NamesTheLawForIt()
    {
        Law law = Plans.FineGrained;
        Assert.Equal(
            "'fine-grained-2024' holds for experts 64 only, not for 16. Use 'law: fine-grained-2024-e16'.",
            Refusal(law, r => r with { Experts = [16] })
        );
        Assert.Equal(
            "'fine-grained-2024' holds for experts 64 only, not for 1. Use 'law: fine-grained-2024-dense'.",
            Refusal(law, r => r with { Experts = [1] })
        );
        Assert.Equal(
            "'fine-grained-2024' holds for experts 64 only, not for 3. Use 'law: zhao-2025'.",
            Refusal(law, r => r with { Experts = [3] })
        );
        Assert.Equal(
            "'fine-grained-2024' holds for experts 64 only, not for 7. Leave 'experts' out, or give a law that reads experts.",
            Refusal(law, r => r with { Experts = [7] })
        );
    }

    [Fact]
    public void Solve_GranularityWithALawOfOne_IsRefused() =>
        Assert.StartsWith(
            "'joint-2025' holds for granularity 1 only, not for 8.",
            Refusal(Plans.Joint, r => r with { Granularities = [8] })
        );

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(2.5)]
    [InlineData(1e300)]
    [InlineData(double.NaN)]
    public void Solve_SenselessExperts_AreRefused(double experts) =>
        Assert.Contains("whole numbers from 1 to 1000000", Refusal(Plans.Joint, r => r with { Experts = [experts] }));

    [Theory]
    [InlineData(
        "cost: { training: 6 * active_params * tokens }\n",
        "",
        "has no cost of training. Add to its file: cost: { training: 6 * active_params * tokens }"
    )]
    [InlineData(
        "6 * active_params * tokens",
        "6 * active_parms * tokens",
        "'active_parms', which is no column (did you mean 'active_params'?)"
    )]
    [InlineData("6 * active_params * tokens", "6 * active_params * tokens^2", "proportional to tokens")]
    [InlineData("6 * active_params * tokens", "6 * active_params", "proportional to tokens")]
    [InlineData("6 * active_params * tokens", "-6 * active_params * tokens", "above zero")]
    [InlineData(
        "family: joint-2025",
        "family: joint-2025\nrange: { activ_params: [1, 2] }",
        "states a range of 'activ_params', which is no column of a plan and no letter of the law (did you mean 'active_params'?)"
    )]
    [InlineData("family: joint-2025", "family: joint-2025\nrates: [joint-2025]", "names 'joint-2025' under rates, which predicts loss")]
    [InlineData(
        "family: joint-2025",
        "family: joint-2025\nallocations: [step-2025-lr]",
        "names 'step-2025-lr' under allocations, which predicts learning_rate; a law under allocations predicts tokens or flops_per_token."
    )]
    [InlineData(
        "N: active_params",
        "N: active_params - 2*d_modl*vocab_size",
        "reads the column 'd_modl' (N), which a plan does not have (did you mean 'd_model'?)"
    )]
    [InlineData("N: active_params", "N: params", "reads the column 'params' (N), which a plan does not have")]
    [InlineData("D: tokens", "D: context", "reads no tokens")]
    [InlineData("family: joint-2025\n", "", "names no shape family")]
    [InlineData("predicts: loss", "predicts: learning_rate", "predicts learning_rate; a plan needs a law that predicts loss")]
    public void Solve_LawThatCannotPlan_SaysWhatItNeeds(string line, string instead, string expected) =>
        Assert.Contains(expected, Refusal(Parse(Mine.Replace(line, instead))));

    [Fact]
    public void Solve_InferenceWithoutItsCost_IsRefused() =>
        Assert.Contains("has no cost of inference", Refusal(Parse(Mine), r => r with { Budget = r.Budget with { InferenceTokens = 1e9 } }));
}
