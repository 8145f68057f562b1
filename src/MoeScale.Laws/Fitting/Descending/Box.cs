using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>What the bounds of the coordinates mean for a step.</summary>
internal static class Box
{
    /// <summary>
    /// Lists the coordinates that may move: neither frozen nor at a bound that the gradient pushes against, where they rest.
    /// </summary>
    /// <param name="coordinates">The bounds.</param>
    /// <param name="at">Where.</param>
    /// <param name="frozen">A coordinate that must not move; −1 for none.</param>
    /// <param name="free">Filled from its start; room for all.</param>
    /// <returns>How many there are.</returns>
    public static int FindFree(this Coordinate[] coordinates, Iterate at, int frozen, Span<int> free)
    {
        int count = 0;
        for (int i = 0; i < coordinates.Length; i++)
        {
            bool rests =
                i == frozen
                || (at.X[i] <= coordinates[i].Low && at.Gradient[i] >= 0)
                || (at.X[i] >= coordinates[i].High && at.Gradient[i] <= 0);
            if (!rests)
            {
                free[count++] = i;
            }
        }
        return count;
    }

    /// <summary>
    /// A coordinate on its bound that the step would push out, though the gradient pulls it in, would keep the step from beginning: it
    /// stays.
    /// </summary>
    public static void LeaveOut(this Coordinate[] coordinates, ReadOnlySpan<double> x, Span<double> step)
    {
        for (int i = 0; i < step.Length; i++)
        {
            if ((step[i] < 0 && x[i] <= coordinates[i].Low) || (step[i] > 0 && x[i] >= coordinates[i].High))
            {
                step[i] = 0;
            }
        }
    }

    /// <summary>How many times a step can be taken until a coordinate meets its bound.</summary>
    public static double Longest(this Coordinate[] coordinates, ReadOnlySpan<double> x, ReadOnlySpan<double> step)
    {
        double longest = double.PositiveInfinity;
        for (int i = 0; i < step.Length; i++)
        {
            double room =
                step[i] < 0 ? coordinates[i].Low - x[i]
                : step[i] > 0 ? coordinates[i].High - x[i]
                : double.NaN;
            if (double.IsFinite(room))
            {
                longest = Math.Min(longest, room / step[i]);
            }
        }
        return Math.Max(0, longest);
    }

    /// <summary>The point t steps on; clamped, so that the coordinate which ends the step lies on its bound to the bit.</summary>
    public static void Along(
        this Coordinate[] coordinates,
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> step,
        double t,
        Span<double> result
    )
    {
        for (int i = 0; i < step.Length; i++)
        {
            result[i] = step[i] == 0 ? x[i] : Math.Clamp(x[i] + (t * step[i]), coordinates[i].Low, coordinates[i].High);
        }
    }
}
