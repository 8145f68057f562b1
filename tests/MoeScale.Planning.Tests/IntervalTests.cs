using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Warnings;

namespace MoeScale.Planning.Tests;

public class IntervalTests
{
    private static readonly Law Chinchilla = LawCatalog.Open("chinchilla-2024");

    /// <summary>The law with a sample; each draw changes some coefficients of the law.</summary>
    private static Law Sampled(Law law, IEnumerable<IReadOnlyDictionary<string, double>> draws)
    {
        double[] values = [.. draws.SelectMany(draw => law.Coefficients.Select(c => draw.GetValueOrDefault(c.Name, c.Value)))];
        return law with
        {
            Fitted = new FittedLaw
            {
                Rows = 100,
                Digest = "sha256:0",
                Call = "moescale fit",
                Objective = new Objective(),
                Value = 1e-3,
                Starts = new StartCounts(1, 1, 1),
                Sample = new CoefficientTable([.. law.Coefficients.Select(c => c.Name)], values),
            },
        };
    }

    /// <summary>Draws that change every coefficient by up to two per cent of itself.</summary>
    private static Law Varied(Law law, int draws)
    {
        Random random = new(7);
        return Sampled(
            law,
            Enumerable
                .Range(0, draws)
                .Select(_ => law.Coefficients.ToDictionary(c => c.Name, c => c.Value * (1 + (0.04 * (random.NextDouble() - 0.5)))))
        );
    }

    private static Law At(Law law, int draw)
    {
        double[] values = law.Fitted!.Sample![draw].ToArray();
        return law with { Fitted = null, Coefficients = [.. law.Coefficients.Select((c, i) => c with { Value = values[i] })] };
    }

    /// <summary>Value at a share of sorted values, linear in between, by counting: the definition written out again.</summary>
    private static double Quantile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        double place = share * (sorted.Length - 1);
        double rest = place - Math.Floor(place);
        return rest == 0 ? sorted[(int)place] : ((1 - rest) * sorted[(int)Math.Floor(place)]) + (rest * sorted[(int)Math.Ceiling(place)]);
    }

    private static void RequireInterval(IReadOnlyCollection<double> values, Interval? interval, double relative)
    {
        Assert.NotNull(interval);
        double low = Quantile(values, 0.05);
        double high = Quantile(values, 0.95);
        Assert.Equal(low, interval.Low, relative * low);
        Assert.Equal(high, interval.High, relative * high);
        Assert.True(interval.Low < interval.High, $"{interval}");
    }

    /// <summary>
    /// Where A/N^α + B/D^β + E costs 6·N·D, N = (αA/(βB))^(1/(α+β)) · (F/6)^(β/(α+β)). Only the exponent α varies, over 250
    /// draws in no order, of which the first 200 count.
    /// </summary>
    [Fact]
    public void Solve_OneCoefficientVaries_GivesThePercentilesOfTheClosedForm()
    {
        double[] alphas = [.. Enumerable.Range(0, 250).Select(i => 0.30 + (0.1 * (i * 89 % 250) / 250))];
        Law law = Sampled(Chinchilla, alphas.Select(a => new Dictionary<string, double> { ["α"] = a }));
        const double flops = 1e22;
        Plan plan = Planner.Solve(Plans.Request(law, new Budget { Flops = flops }));
        (double e, double a, double b, double beta) = (1.8172, 482.01, 2085.43, 0.3658);
        double[] sizes =
        [
            .. alphas
                .Take(200)
                .Select(alpha => Math.Pow(alpha * a / (beta * b), 1 / (alpha + beta)) * Math.Pow(flops / 6, beta / (alpha + beta))),
        ];
        double[] tokens = [.. sizes.Select(n => flops / 6 / n)];
        double[] losses = [.. sizes.Select((n, i) => e + (a * Math.Pow(n, -alphas[i])) + (b * Math.Pow(tokens[i], -beta)))];

        PlanIntervals intervals = plan.Intervals!;
        Assert.Equal((0.9, 200, 0, 200), (intervals.Level, intervals.Draws, intervals.Failed, intervals.Best.Draws));
        // The size is a root in ln(d_model) to 1e-12, and N rises with at most its third power.
        RequireInterval(sizes, intervals.Best.ActiveParams, 1e-11);
        RequireInterval(tokens, intervals.Best.Tokens, 1e-11);
        RequireInterval(losses, intervals.Best.Loss, 1e-13); // flat at the optimum: rounding of a dozen operations
        Assert.Equal([new ChoiceShare(1, 1, 1)], intervals.Choices);
        Assert.Equal(intervals.Best, intervals.Chosen);
    }

    public static TheoryData<string> Questions => ["compute", "memory", "inference", "repeats", "simple", "fine-grained", "in range"];

    /// <summary>The intervals are those of plans made one after the other with the coefficients of each draw, to the bit.</summary>
    [Theory]
    [MemberData(nameof(Questions))]
    public void Solve_AnyQuestion_IsThePlanOfEachDraw(string question)
    {
        Budget budget = new() { Flops = 1e22 };
        PlanRequest request = question switch
        {
            "memory" => Plans.Request(Varied(Plans.Joint, 60), budget with { MemoryBytes = 80e9, KvTokens = 16e3 }),
            "inference" => Plans.Request(Varied(Plans.Joint, 60), budget with { InferenceTokens = 1e12, MaxTokens = 2e11 }),
            "repeats" => Plans.Request(Varied(Plans.Joint, 60), budget with { UniqueTokens = 2e10 }),
            "simple" => Plans.Request(Varied(Plans.Joint, 60), budget with { MemoryBytes = 200e9 }) with { PreferSimple = true },
            "fine-grained" => Plans.Request(Varied(Plans.FineGrained, 60), budget),
            "in range" => Plans.Request(Varied(Plans.Joint, 60), budget with { Flops = 1e21 }) with { InRange = true },
            _ => Plans.Request(Varied(Plans.Joint, 60), budget),
        };
        Plan plan = Planner.Solve(request);
        Plan[] each = [.. Enumerable.Range(0, 60).Select(i => Planner.Solve(request with { Law = At(request.Law, i), Continuous = true }))];
        PlanIntervals intervals = plan.Intervals!;

        Assert.Equal((60, 0), (intervals.Draws, intervals.Failed));
        RequireSame([.. each.Select(p => p.Best!)], intervals.Best);
        RequireSame(
            [.. each.SelectMany(p => p.Candidates).Where(c => c.Experts == plan.Best!.Experts && c.Granularity == plan.Best.Granularity)],
            intervals.Chosen
        );
        Assert.Equal(
            each.GroupBy(p => (p.Best!.Experts, p.Best.Granularity))
                .Select(g => new ChoiceShare(g.Key.Experts, g.Key.Granularity, g.Count() / 60.0))
                .OrderBy(c => c.Experts)
                .ThenBy(c => c.Granularity),
            intervals.Choices.OrderBy(c => c.Experts).ThenBy(c => c.Granularity)
        );
        Assert.Equal(intervals.Choices.Select(c => c.Share).OrderDescending(), intervals.Choices.Select(c => c.Share));

        static void RequireSame(IReadOnlyList<Configuration> configurations, AnswerIntervals intervals)
        {
            Assert.Equal(configurations.Count, intervals.Draws);
            // Two ways to write the same weighted mean differ by a rounding.
            RequireEnds(configurations.Select(c => c.ActiveParams), intervals.ActiveParams!);
            RequireEnds(configurations.Select(c => c.Tokens), intervals.Tokens!);
            RequireEnds(configurations.Select(c => c.Loss), intervals.Loss!);
        }

        static void RequireEnds(IEnumerable<double> values, Interval interval)
        {
            Assert.Equal(Quantile(values, 0.05), interval.Low, 4e-16 * interval.Low);
            Assert.Equal(Quantile(values, 0.95), interval.High, 4e-16 * interval.High);
        }
    }

    /// <summary>Work is dealt out to threads differently each time; the answer is not.</summary>
    [Fact]
    public void Solve_Again_GivesTheSameBits()
    {
        PlanRequest request = Plans.Request(Varied(Plans.Joint, 200), new Budget { Flops = 1e22, InferenceTokens = 1e11 });
        PlanIntervals first = Planner.Solve(request).Intervals!;
        for (int i = 0; i < 3; i++)
        {
            PlanIntervals again = Planner.Solve(request).Intervals!;
            Assert.Equal((first.Best, first.Chosen), (again.Best, again.Chosen));
            Assert.Equal(first.Choices, again.Choices);
        }
    }

    /// <summary>Two sets of coefficients, of which one makes experts worthless, are told as shares.</summary>
    [Fact]
    public void Solve_DrawsThatDisagreeOnExperts_TellTheShareOfEach()
    {
        // With δ = γ = ω = ζ = 0 the law does not see E, and the first candidate of equal ones is dense.
        Dictionary<string, double> blind = new()
        {
            ["δ"] = 0,
            ["γ"] = 0,
            ["ω"] = 0,
            ["ζ"] = 0,
        };
        Law law = Sampled(Plans.Joint, Enumerable.Range(0, 50).Select(i => i % 5 == 0 ? blind : []));
        PlanIntervals intervals = Planner.Solve(Plans.Request(law, new Budget { Flops = 1e21 })).Intervals!;
        Assert.Equal([new ChoiceShare(32, 1, 0.8), new ChoiceShare(1, 1, 0.2)], intervals.Choices);
        Assert.Equal(50, intervals.Chosen.Draws);
    }

    [Fact]
    public void Solve_DrawsWithoutAnAnswer_AreCountedAndWarnedOf()
    {
        // Below E_start the law of 2 experts raises a negative number to a power.
        Dictionary<string, double> broken = new() { ["E_max"] = 1 };
        Law law = Sampled(Plans.Joint, Enumerable.Range(0, 50).Select(i => i < 10 ? broken : []));
        Plan plan = Planner.Solve(Plans.Request(law, new Budget { Flops = 1e21 }) with { Experts = [2] });
        Assert.Equal((50, 10, 40), (plan.Intervals!.Draws, plan.Intervals.Failed, plan.Intervals.Best.Draws));
        Assert.Contains(new PlanWarning.DrawsFailed(10, 50), plan.Warnings);

        Law none = Sampled(Plans.Joint, Enumerable.Repeat(broken, 50));
        PlanIntervals intervals = Planner.Solve(Plans.Request(none, new Budget { Flops = 1e21 }) with { Experts = [2] }).Intervals!;
        Assert.Equal((50, new AnswerIntervals(0, null, null, null)), (intervals.Failed, intervals.Best));
        Assert.Empty(intervals.Choices);
    }

    public static TheoryData<string, double, string, double> Runaways =>
        new()
        {
            { "a", 1e308, "α", -1e-9 },
            { "b", 1e300, "β", -1e-8 },
            { "a", 1e-300, "β", 0 },
            { "E_start", 1e130, "E_max", 1e130 },
            { "β", -1e-300, "ζ", 0 },
            { "b", 1e-12, "α", -0.19 },
            { "a", 1e-300, "α", -0.19 },
            { "α", -1e300, "β", -1e300 },
            { "ω", 1e300, "γ", -1e300 },
        };

    /// <summary>
    /// Draws that ran away have no answer, or one inside the sizes that are searched; none ends the plan, or stretches its intervals to an
    /// end of the search.
    /// </summary>
    [Theory]
    [MemberData(nameof(Runaways))]
    public void Solve_DrawsThatRanAway_HaveNoAnswerAtAnEndOfTheSearch(string first, double one, string second, double other)
    {
        Dictionary<string, double> ran = new() { [first] = one, [second] = other };
        Law law = Sampled(Plans.Joint, Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? ran : []));
        const double flops = 1e21;
        Plan plan = Planner.Solve(Plans.Request(law, new Budget { Flops = flops }));

        PlanIntervals intervals = plan.Intervals!;
        Assert.InRange(intervals.Failed, 0, 20);
        Assert.True(intervals.Best.Loss is { Low: > 0 } loss && double.IsFinite(loss.High));
        // One token is left to train on at the upper end; the smallest model of the family has one channel and about 100,000 parameters.
        Assert.True(intervals.Best.Tokens!.Low > 10, $"{intervals.Best}");
        Assert.True(intervals.Best.ActiveParams!.Low > 200e3, $"{intervals.Best}");
    }

    [Fact]
    public void Solve_ALawWithoutABestSize_IsRefused()
    {
        // Tokens bring nothing, so the largest model is best, down to a single token.
        Law law = Plans.Joint with
        {
            Coefficients = [.. Plans.Joint.Coefficients.Select(c => c.Name == "b" ? c with { Value = 1e-300 } : c)],
        };
        UserException e = Assert.Throws<UserException>(() => Planner.Solve(Plans.Request(law, new Budget { Flops = 1e21 })));
        Assert.Contains("no best size", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Solve_NoSampleOrNothingFits_HasNoIntervals()
    {
        Assert.Null(Planner.Solve(Plans.Request(new Budget { Flops = 1e21 })).Intervals);
        Assert.Null(Planner.Solve(Plans.Request(Varied(Plans.Joint, 50), new Budget { Flops = 1e21, MemoryBytes = 1e3 })).Intervals);
    }

    [Fact]
    public void Solve_FitThatWarnedOrDidNotFinish_Warns()
    {
        Law law = Varied(Plans.Joint, 39);
        FitWarning warning = new FitWarning.GrowsWithoutEnd("E_max");
        law = law with { Fitted = law.Fitted! with { Finished = false, Warnings = [warning] } };
        Plan plan = Planner.Solve(Plans.Request(law, new Budget { Flops = 1e20 }));
        Assert.Equal([new PlanWarning.FitInterrupted("joint-2025"), new PlanWarning.FitWarned("joint-2025", warning)], plan.FitWarnings);
        Assert.Contains(new PlanWarning.FewDraws("joint-2025", 39), plan.Warnings);
        Plan enough = Planner.Solve(Plans.Request(Varied(Plans.Joint, 40), new Budget { Flops = 1e20 }));
        Assert.DoesNotContain(enough.Warnings, w => w is PlanWarning.FewDraws);
        Assert.Empty(enough.FitWarnings);
    }
}
