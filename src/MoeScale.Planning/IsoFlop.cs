using MathNet.Numerics.RootFinding;
using MoeScale.Basics;

namespace MoeScale.Planning;

/// <summary>One model of an isoFLOP curve.</summary>
/// <param name="ActiveParams">N_act.</param>
/// <param name="TotalParams">N_total.</param>
/// <param name="Tokens">Tokens that the FLOPs pay for.</param>
/// <param name="Loss">Predicted loss, nats per token.</param>
public sealed record IsoFlopPoint(double ActiveParams, double TotalParams, double Tokens, double Loss);

/// <summary>Loss against size at one compute budget, expansion rate and granularity.</summary>
/// <param name="Flops">The compute budget.</param>
/// <param name="Experts">E.</param>
/// <param name="Granularity">G.</param>
/// <param name="Points">By rising size.</param>
/// <param name="Minimum">The best of all sizes, continuous.</param>
public sealed record IsoFlopCurve(
    double Flops,
    double Experts,
    double Granularity,
    IReadOnlyList<IsoFlopPoint> Points,
    IsoFlopPoint Minimum
);

/// <summary>IsoFLOP curves as scaling-law papers draw them: each compute budget spent on models of many sizes.</summary>
public static class IsoFlop
{
    /// <summary>Points of a curve, an odd number, so that the minimum is one of them.</summary>
    private const int Points = 41;

    /// <summary>The curve ends at this many times fewer and more active parameters than the best.</summary>
    private const double Reach = 16;

    /// <param name="request">The law, its shapes, its choices, and limits that sizes must keep. Its FLOPs are replaced.</param>
    /// <param name="budgets">The compute budgets.</param>
    /// <returns>By budget, expansion rate and granularity; without those of which nothing fits.</returns>
    /// <exception cref="UserException">As <see cref="Planner.Solve(PlanRequest)"/>.</exception>
    public static IReadOnlyList<IsoFlopCurve> Curves(PlanRequest request, IReadOnlyList<double> budgets)
    {
        BoundLaw law = BoundLaw.For(request);
        List<IsoFlopCurve> curves = [];
        foreach (double flops in budgets)
        {
            foreach (
                Candidate candidate in Candidate.All(
                    request with
                    {
                        Budget = request.Budget with { Flops = flops },
                        Continuous = true,
                    },
                    law
                )
            )
            {
                if (SizeSearch.Solve(candidate, continuous: true).Best is Trial best)
                {
                    curves.Add(new IsoFlopCurve(flops, candidate.Experts, candidate.Granularity, Curve(candidate, best), Point(best)));
                }
            }
        }
        return curves;
    }

    // A point that ran out of data before FLOPs is no point of an isoFLOP curve.
    private static IsoFlopPoint[] Curve(Candidate candidate, Trial best) =>
        [
            .. Enumerable
                .Range(0, Points)
                .Select(i => i == Points / 2 ? best : OfParams(candidate, best, Math.Pow(Reach, (2.0 * i / (Points - 1)) - 1)))
                .OfType<Trial>()
                .Where(t =>
                    candidate.FlopsForOneToken.Holds(t)
                    && candidate.Bounds.All(b => b.Holds(t))
                    && t.AffordableTokens <= t.TokenCap * (1 + 1e-9)
                    && double.IsFinite(t.Loss)
                )
                .Select(Point),
        ];

    /// <summary>
    /// The model with <paramref name="times"/> the active parameters of the best, or null beyond the sizes that are searched.
    /// </summary>
    private static Trial? OfParams(Candidate candidate, Trial best, double times)
    {
        double wanted = times * best.Census.ActiveParams;
        double Excess(double logSize) => Math.Log(candidate.At(Math.Exp(logSize)).Census.ActiveParams / wanted);
        double low = Math.Log(Candidate.SmallestSize);
        double high = Math.Log(Candidate.LargestSize);
        return Excess(low) <= 0 && Excess(high) >= 0 ? candidate.At(Math.Exp(Brent.FindRoot(Excess, low, high, 1e-12, 200))) : null;
    }

    private static IsoFlopPoint Point(Trial t) => new(t.Census.ActiveParams, t.Census.TotalParams, t.Tokens, t.Loss);
}
