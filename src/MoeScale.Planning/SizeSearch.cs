using MathNet.Numerics.RootFinding;

namespace MoeScale.Planning;

/// <summary>The best size of one candidate, with what stopped it from being another.</summary>
/// <param name="Best">The best trial; null if no size fits.</param>
/// <param name="Binding">Names of the limits that keep the loss from falling further.</param>
/// <param name="Smallest">The smallest model that was considered, to tell what it would need; null if none can be built.</param>
/// <param name="Broken">Names of the limits because of which nothing fits.</param>
internal sealed record SizeResult(Trial? Best, IReadOnlyList<string> Binding, Trial? Smallest, IReadOnlyList<string> Broken);

/// <summary>
/// Minimises the loss of one candidate over its size. Each limit cuts the sizes to an interval; within it the optimum is the
/// closed form where there is one, else the root of the slope of the loss in the logarithm of the size, bracketed by a scan.
/// </summary>
internal static class SizeSearch
{
    private const double Accuracy = 1e-12;
    private const int ScanPoints = 48;

    /// <param name="candidate">The candidate.</param>
    /// <param name="maxTokens">The limit on tokens, if there is one.</param>
    /// <param name="continuous">Whether any size will do, or only those that can be built.</param>
    public static SizeResult Solve(Candidate candidate, double? maxTokens, bool continuous)
    {
        Trial? smallest = continuous ? candidate.At(Candidate.SmallestSize) : candidate.Buildable(0, upwards: true);
        if (smallest is null)
        {
            return new SizeResult(null, [], null, ["buildable"]);
        }
        if (Interval(candidate, smallest) is not (double low, double high))
        {
            return new SizeResult(null, [], smallest, BrokenBy(candidate, smallest));
        }
        double enoughData = maxTokens is double limit ? TokensReach(candidate, limit, low, high) : low;
        double optimum = Optimum(candidate, enoughData, high);
        Trial? best = continuous ? candidate.At(optimum) : BestNear(candidate, optimum);
        return best is null
            ? new SizeResult(null, [], smallest, ["buildable"])
            : new SizeResult(best, Binding(candidate, best, maxTokens, continuous), smallest, []);
    }

    /// <summary>The sizes that keep every limit, or null if none does.</summary>
    private static (double Low, double High)? Interval(Candidate candidate, Trial smallest)
    {
        double low = smallest.Size;
        double high = Candidate.LargestSize;
        foreach (Limit limit in candidate.Limits.Prepend(candidate.FlopsForOneToken))
        {
            Trial atLow = candidate.At(low);
            Trial atHigh = candidate.At(high);
            bool lowHolds = limit.Holds(atLow);
            bool highHolds = limit.Holds(atHigh);
            if (!lowHolds && !highHolds)
            {
                return null;
            }
            if (lowHolds != highHolds)
            {
                double edge = Root(x => limit.Excess(candidate.At(x)), low, high);
                (low, high) = lowHolds ? (low, edge) : (edge, high);
            }
        }
        return (low, high);
    }

    private static List<string> BrokenBy(Candidate candidate, Trial smallest)
    {
        List<string> broken = [.. candidate.Limits.Prepend(candidate.FlopsForOneToken).Where(l => l.IsUpper && !l.Holds(smallest)).Select(l => l.Name).Distinct()];
        // The smallest model keeps each budget limit: then it is the range that no size of this budget meets.
        return broken.Count > 0 ? broken : ["range"];
    }

    /// <summary>The smallest size that leaves no affordable token without data; below it a larger model costs nothing.</summary>
    private static double TokensReach(Candidate candidate, double maxTokens, double low, double high)
    {
        Limit reach = new("max_tokens", t => t.AffordableTokens, maxTokens);
        return reach.Holds(candidate.At(low)) ? low
            : !reach.Holds(candidate.At(high)) ? high
            : Root(x => reach.Excess(candidate.At(x)), low, high);
    }

    private static double Optimum(Candidate candidate, double low, double high)
    {
        if (candidate.ClosedForm() is not (int column, double value))
        {
            return Stationary(candidate, low, high);
        }
        double Excess(double size) => Math.Log(candidate.At(size).Columns[column] / value);
        return Excess(low) >= 0 ? low : Excess(high) <= 0 ? high : Root(Excess, low, high);
    }

    /// <summary>The size of lowest loss: a scan finds the valley, so a law with several is served too, then the slope's root its floor.</summary>
    private static double Stationary(Candidate candidate, double low, double high)
    {
        double from = Math.Log(low);
        double to = Math.Log(high);
        double At(int i) => from + ((to - from) * i / (ScanPoints - 1));
        // From the size on at which the data suffice, the token limit changes nothing; without it the loss has no kink.
        double Loss(double logSize) => candidate.AtWithoutTokenLimit(Math.Exp(logSize)).Loss;
        int best = 0;
        double bestLoss = double.PositiveInfinity;
        for (int i = 0; i < ScanPoints; i++)
        {
            double loss = Loss(At(i));
            if (loss < bestLoss)
            {
                (best, bestLoss) = (i, loss);
            }
        }
        double left = At(Math.Max(best - 1, 0));
        double right = At(Math.Min(best + 1, ScanPoints - 1));
        double floor = Slope(left) < 0 && Slope(right) > 0 && Brent.TryFindRoot(Slope, left, right, Accuracy, 100, out double root) && Loss(root) <= bestLoss
            ? root
            : At(best);
        return Math.Clamp(Math.Exp(floor), low, high);

        // Central difference, one-sided at the ends, beyond which there may be no budget: truncation h² and rounding 1e-16/h
        // both stay below 1e-10 of the loss.
        double Slope(double x)
        {
            const double h = 1e-5;
            double before = Math.Max(x - h, from);
            double after = Math.Min(x + h, to);
            return (Loss(after) - Loss(before)) / (after - before);
        }
    }

    /// <summary>The better of the two members that can be built next to the best continuous size, of those that keep the limits.</summary>
    private static Trial? BestNear(Candidate candidate, double optimum) => new[] { candidate.Buildable(optimum, upwards: false), candidate.Buildable(optimum, upwards: true) }
        .Where(t => t is not null && Broken(candidate, t).Count == 0)
        .MinBy(t => t!.Loss);

    private static List<string> Broken(Candidate candidate, Trial trial) =>
        [.. candidate.Limits.Prepend(candidate.FlopsForOneToken).Where(l => !l.Holds(trial)).Select(l => l.Name).Distinct()];

    /// <summary>A limit binds if the next size would do better but breaks it.</summary>
    private static List<string> Binding(Candidate candidate, Trial best, double? maxTokens, bool continuous)
    {
        const double nudge = 1e-6;
        Trial? larger = continuous ? candidate.At(best.Size * (1 + nudge)) : candidate.Buildable(best.Size, upwards: true);
        Trial? smaller = continuous ? candidate.At(best.Size * (1 - nudge)) : candidate.Buildable(best.Size * (1 - nudge), upwards: false);
        List<string> binding = [best.AffordableTokens > maxTokens * (1 + 1e-9) ? "max_tokens" : "flops"];
        if (larger is not null && larger.Loss < best.Loss)
        {
            binding.AddRange(Broken(candidate, larger));
        }
        if (smaller is not null && candidate.AtWithoutTokenLimit(smaller.Size).Loss < best.Loss)
        {
            binding.AddRange(Broken(candidate, smaller));
            if (smaller.AffordableTokens > maxTokens)
            {
                binding.Add("max_tokens");
            }
        }
        return [.. binding.Distinct()];
    }

    private static double Root(Func<double, double> f, double low, double high)
    {
        double root = Brent.FindRoot(x => f(Math.Exp(x)), Math.Log(low), Math.Log(high), Accuracy, 200);
        return Math.Clamp(Math.Exp(root), low, high);
    }
}
