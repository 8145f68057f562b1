using MathNet.Numerics.RootFinding;

namespace MoeScale.Planning;

/// <summary>
/// Minimises the loss of one candidate over its size. Each limit cuts the sizes to an interval; within it the optimum is the
/// closed form where there is one, else the root of the slope of the loss in the logarithm of the size, bracketed by a scan.
/// </summary>
internal static class SizeSearch
{
    private const double Accuracy = 1e-12;

    /// <summary>Far enough from a size to be another, and nearer than any that can be built.</summary>
    private const double Nudge = 1e-6;

    /// <param name="candidate">The candidate.</param>
    /// <param name="continuous">Whether any size will do, or only those that can be built.</param>
    public static SizeResult Solve(Candidate candidate, bool continuous)
    {
        // What cannot fit is told by a model that can be built, even where sizes are continuous.
        Trial? smallest =
            candidate.Buildable(0, upwards: true) ?? (continuous && candidate.IsModel ? candidate.At(Candidate.SmallestSize) : null);
        if (smallest is null)
        {
            Trial? built = candidate.Buildable(0, upwards: true, anySetup: true);
            return SizeResult.Nothing(built, built is null ? Limit.Buildable : Limit.TrainingSetup);
        }
        List<Limit> cuts = [];
        if (Within(candidate, cuts) is not Sizes sizes)
        {
            return SizeResult.Nothing(smallest, Reasons(candidate, smallest, cuts));
        }
        Trial optimum = candidate.At(Optimum(candidate, sizes));
        if (!double.IsFinite(optimum.Loss))
        {
            return SizeResult.Nothing(smallest, Limit.Loss);
        }
        Trial? best = continuous ? optimum : BestNear(candidate, optimum.Size);
        return best is null
            ? SizeResult.Nothing(smallest, Reasons(candidate, smallest, [.. cuts, Limit.Buildable]))
            // Whole stages may need less than continuous ones, and so allow a larger model.
            : new SizeResult(best, Math.Max(0, best.Loss - optimum.Loss), Binding(candidate, best, continuous), smallest, [])
            {
                IsEndless = sizes.IsUpperEnd(optimum),
            };
    }

    /// <summary>The limits of the budget that even the smallest model breaks, or else those that together leave nothing.</summary>
    private static List<Limit> Reasons(Candidate candidate, Trial smallest, List<Limit> cuts)
    {
        List<Limit> broken = [.. Broken(candidate, smallest).Where(limit => limit != Limit.Range)];
        return broken.Count > 0 ? broken : cuts;
    }

    /// <summary>
    /// The sizes that keep every limit, or null if none does; then <paramref name="cuts"/> names the limits that left none.
    /// </summary>
    private static Sizes? Within(Candidate candidate, List<Limit> cuts)
    {
        double low = Candidate.SmallestSize;
        double high = Candidate.LargestSize;
        double searched = high;
        foreach (Bound bound in candidate.Bounds.Prepend(candidate.FlopsForOneToken))
        {
            bool lowHolds = bound.Holds(candidate.At(low));
            bool highHolds = bound.Holds(candidate.At(high));
            if (!lowHolds && !highHolds)
            {
                if (!cuts.Contains(bound.Limit))
                {
                    cuts.Add(bound.Limit);
                }
                return null;
            }
            if (lowHolds != highHolds)
            {
                double edge = Root(x => bound.Excess(candidate.At(x)), low, high);
                (low, high) = lowHolds ? (low, edge) : (edge, high);
                if (bound == candidate.FlopsForOneToken)
                {
                    // On the edge itself the tokens left are a difference of equal numbers, and may come out below zero.
                    high *= 1 - 1e-9;
                    if (high < low)
                    {
                        cuts.Add(bound.Limit);
                        return null;
                    }
                    searched = high;
                }
                // Every budget ends somewhere: as a reason the FLOPs count only where they buy nothing at all.
                if (bound != candidate.FlopsForOneToken && !cuts.Contains(bound.Limit))
                {
                    cuts.Add(bound.Limit);
                }
            }
        }
        return new Sizes(candidate, low, DataSuffice(candidate, low, high), high, searched);
    }

    /// <summary>The smallest size whose affordable tokens are all there; below it the data end before the FLOPs.</summary>
    private static double DataSuffice(Candidate candidate, double low, double high)
    {
        double Excess(double size)
        {
            Trial t = candidate.At(size);
            return Math.Log(t.AffordableTokens / t.TokenCap);
        }
        return double.IsInfinity(candidate.At(low).TokenCap) || Excess(low) <= 0 ? low
            : Excess(high) >= 0 ? high
            : Root(Excess, low, high);
    }

    /// <summary>The sizes that keep every limit, whatever the law's coefficients; null if none does.</summary>
    public static Sizes? Allowed(Candidate candidate) => Within(candidate, []);

    /// <summary>The best continuous size within limits that are known.</summary>
    public static double Optimum(Candidate candidate, Sizes sizes)
    {
        (double low, double dataSuffice, double high) = (sizes.Low, sizes.DataSuffice, sizes.High);
        if (candidate.ClosedForm() is (int column, double value))
        {
            // A law of powers gains from every parameter, so the best size is not below the one at which the data suffice.
            double Excess(double size) => Math.Log(candidate.At(size).Columns[column] / value);
            return Excess(dataSuffice) >= 0 ? dataSuffice
                : Excess(high) <= 0 ? high
                : Root(Excess, dataSuffice, high);
        }
        // The loss has a kink where the data suffice: each side is searched for itself, and on the upper one the cap is idle.
        double above = Stationary(size => candidate.AtWithoutTokenLimit(size).Loss, candidate.LossOf, sizes.Above, dataSuffice, high);
        if (dataSuffice <= low)
        {
            return above;
        }
        double below = Stationary(size => candidate.At(size).Loss, candidate.LossOf, sizes.Below, low, dataSuffice);
        return candidate.At(below).Loss < candidate.At(above).Loss ? below : above;
    }

    /// <summary>
    /// The size of lowest loss: a scan finds the valley, so a law with several is served too, then the slope's root its floor.
    /// </summary>
    /// <param name="lossOfSize">The loss.</param>
    /// <param name="lossOf">The same of a trial.</param>
    /// <param name="scan">Trials from <paramref name="low"/> to <paramref name="high"/>.</param>
    /// <param name="low">The smallest size.</param>
    /// <param name="high">The largest size.</param>
    private static double Stationary(Func<double, double> lossOfSize, Func<Trial, double> lossOf, Trial[] scan, double low, double high)
    {
        double from = Math.Log(low);
        double to = Math.Log(high);
        double At(int i) => Math.Log(scan[i].Size);
        double Loss(double logSize) => lossOfSize(Math.Exp(logSize));
        int best = 0;
        double bestLoss = double.PositiveInfinity;
        for (int i = 0; i < scan.Length; i++)
        {
            double loss = lossOf(scan[i]);
            if (loss < bestLoss)
            {
                (best, bestLoss) = (i, loss);
            }
        }
        double left = At(Math.Max(best - 1, 0));
        double right = At(Math.Min(best + 1, scan.Length - 1));
        double floor = Slope(left) < 0 && Slope(right) > 0 ? Floor() : At(best);
        return Math.Clamp(Math.Exp(Loss(floor) <= bestLoss ? floor : At(best)), low, high);

        // Where inference nearly eats the budget the slope grows by many powers of ten, and interpolation stalls.
        double Floor()
        {
            try
            {
                return Brent.TryFindRoot(Slope, left, right, Accuracy, 100, out double root) ? root
                    : Bisection.TryFindRoot(Slope, left, right, Accuracy, 200, out root) ? root
                    : At(best);
            }
            catch (ArithmeticException)
            {
                // Both ask for the sign of the slope, and a law may have no loss between two sizes at which it has one.
                return At(best);
            }
        }

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
    /// <remarks>
    /// Memory of training has steps where the fullest pipeline stage gains a block, so its true edge is some sizes off the
    /// continuous one. It still rises with the size: the search walks down until it holds, or up while that gains.
    /// </remarks>
    private static Trial? BestNear(Candidate candidate, double optimum)
    {
        const int furthest = 4096;
        Trial? below = candidate.Buildable(optimum, upwards: false);
        for (int i = 0; i < furthest && below is not null && Broken(candidate, below).Contains(Limit.TrainingMemory); i++)
        {
            below = candidate.Buildable(below.Size * (1 - Nudge), upwards: false);
        }
        Trial? above = candidate.Buildable(optimum, upwards: true);
        for (
            int i = 0;
            i < furthest
                && Fits(above)
                && candidate.Buildable(above!.Size, upwards: true) is Trial next
                && Fits(next)
                && next.Loss < above.Loss;
            i++
        )
        {
            above = next;
        }
        return new[] { below, above }.Where(Fits).MinBy(t => t!.Loss);

        bool Fits(Trial? t) => t is not null && double.IsFinite(t.Loss) && Broken(candidate, t).Count == 0;
    }

    private static List<Limit> Broken(Candidate candidate, Trial trial) =>
        [.. candidate.Bounds.Prepend(candidate.FlopsForOneToken).Where(b => !b.Holds(trial)).Select(b => b.Limit).Distinct()];

    /// <summary>A limit binds if the next size would do better but for it.</summary>
    private static List<Limit> Binding(Candidate candidate, Trial best, bool continuous)
    {
        Trial? larger = continuous ? candidate.At(best.Size * (1 + Nudge)) : candidate.Buildable(best.Size, upwards: true);
        Trial? smaller = continuous ? candidate.At(best.Size * (1 - Nudge)) : candidate.Buildable(best.Size * (1 - Nudge), upwards: false);
        bool dataEnd = best.AffordableTokens > best.TokenCap * (1 + 1e-9);
        List<Limit> binding = [dataEnd ? best.TokenCapLimit : Limit.Flops];
        if (larger is not null)
        {
            List<Limit> broken = Broken(candidate, larger);
            if (larger.Loss < best.Loss)
            {
                binding.AddRange(broken);
            }
            // The data end first at this size, but the FLOPs at the next: more of both kinds would be used.
            if (dataEnd && broken.Count == 0 && larger.AffordableTokens < larger.TokenCap)
            {
                binding.Add(Limit.Flops);
            }
        }
        if (smaller is not null && candidate.AtWithoutTokenLimit(smaller.Size).Loss < best.Loss)
        {
            binding.AddRange(Broken(candidate, smaller));
            if (smaller.AffordableTokens > smaller.TokenCap)
            {
                binding.Add(smaller.TokenCapLimit);
            }
        }
        // A layout of training may suit no other depth or width; what rounding to multiples of 64 costs as well is not worth telling.
        const double telling = 1e-3;
        if (
            !continuous
            && candidate.HasSetup
            && new[]
            {
                candidate.Buildable(best.Size, upwards: true, anySetup: true),
                candidate.Buildable(best.Size * (1 - Nudge), upwards: false, anySetup: true),
            }.Any(t =>
                t is not null
                && candidate.SetupProblem(t.Model) is not null
                && t.Loss < best.Loss - telling
                && Broken(candidate, t).All(limit => limit == Limit.TrainingMemory)
            )
        )
        {
            binding.Add(Limit.TrainingSetup);
        }
        return [.. binding.Distinct()];
    }

    private static double Root(Func<double, double> f, double low, double high)
    {
        double root = Brent.FindRoot(x => f(Math.Exp(x)), Math.Log(low), Math.Log(high), Accuracy, 200);
        return Math.Clamp(Math.Exp(root), low, high);
    }
}
