using MoeScale.Basics;

namespace MoeScale.Planning;

/// <summary>The budget that a frontier sweeps.</summary>
public enum BudgetAxis
{
    /// <summary>Bytes for weights and KV cache.</summary>
    Memory,

    /// <summary>FLOPs.</summary>
    Flops,

    /// <summary>Tokens that the trained model will process.</summary>
    InferenceTokens,
}

/// <summary>The answer at one value of the swept budget.</summary>
/// <param name="Value">Bytes, FLOPs or tokens.</param>
/// <param name="Plan">The plan there, without rates and second opinions.</param>
public sealed record FrontierPoint(double Value, Plan Plan);

/// <summary>A value of the swept budget at which another choice becomes the best.</summary>
/// <param name="Value">Where, to one part in a thousand.</param>
/// <param name="Before">The best below it; null if nothing fits.</param>
/// <param name="After">The best above it; null if nothing fits.</param>
public sealed record FrontierChange(double Value, Configuration? Before, Configuration? After);

/// <summary>How the best model, of continuous size, changes along one budget, all else equal.</summary>
/// <param name="Axis">The budget that is swept.</param>
/// <param name="Points">Evenly spaced in the logarithm.</param>
/// <param name="Changes">Where the best expansion rate or granularity changes.</param>
public sealed record Frontier(BudgetAxis Axis, IReadOnlyList<FrontierPoint> Points, IReadOnlyList<FrontierChange> Changes)
{
    /// <summary>Most points of one frontier.</summary>
    public const int MaxPoints = 10_000;

    private const double ChangeAccuracy = 1e-3;

    /// <param name="request">The question; its own value of the swept budget is replaced.</param>
    /// <param name="axis">The budget to sweep.</param>
    /// <param name="low">Its first value, above zero.</param>
    /// <param name="high">Its last value, above <paramref name="low"/>.</param>
    /// <param name="points">How many values, at least 2.</param>
    /// <exception cref="UserException">The ends are in the wrong order, or there are too few or too many points.</exception>
    public static Frontier Sweep(PlanRequest request, BudgetAxis axis, double low, double high, int points)
    {
        if (!(low > 0 && high > low && double.IsFinite(high)))
        {
            throw new UserException(
                $"a frontier from {low:0.###e0} to {high:0.###e0} has no length: the second end must be above the first, and both above "
                    + $"zero."
            );
        }
        if (points is < 2 or > MaxPoints)
        {
            throw new UserException($"a frontier of {points} points makes no sense: it has 2 to {MaxPoints}.");
        }
        // Rounding to sizes that can be built would make neighbours of equal worth take turns.
        PlanRequest bare = request.Bare() with
        {
            Continuous = true,
        };
        BoundLaw law = BoundLaw.For(bare with { Budget = With(bare.Budget, axis, low) });
        FrontierPoint At(double value) => new(value, Planner.Solve(bare with { Budget = With(bare.Budget, axis, value) }, law));
        FrontierPoint[] all = new FrontierPoint[points];
        List<FrontierChange> changes = [];
        for (int i = 0; i < points; i++)
        {
            all[i] = At(i == points - 1 ? high : low * Math.Pow(high / low, (double)i / (points - 1)));
            if (i > 0)
            {
                AddChanges(all[i - 1], all[i], At, changes);
            }
        }
        return new Frontier(axis, all, changes);
    }

    private static Budget With(Budget budget, BudgetAxis axis, double value) =>
        axis switch
        {
            BudgetAxis.Memory => budget with { MemoryBytes = value },
            BudgetAxis.Flops => budget with { Flops = value },
            _ => budget with { InferenceTokens = value },
        };

    // Between two points whose best differs there may be further choices: each half is looked at for itself.
    private static void AddChanges(FrontierPoint left, FrontierPoint right, Func<double, FrontierPoint> at, List<FrontierChange> changes)
    {
        if (Same(left.Plan.Best, right.Plan.Best))
        {
            return;
        }
        if (right.Value <= left.Value * (1 + ChangeAccuracy))
        {
            changes.Add(new FrontierChange(right.Value, left.Plan.Best, right.Plan.Best));
            return;
        }
        FrontierPoint middle = at(Math.Sqrt(left.Value * right.Value));
        AddChanges(left, middle, at, changes);
        AddChanges(middle, right, at, changes);
    }

    private static bool Same(Configuration? a, Configuration? b) => a?.Experts == b?.Experts && a?.Granularity == b?.Granularity;
}
