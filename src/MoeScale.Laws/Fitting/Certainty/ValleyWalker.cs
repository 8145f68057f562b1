using MoeScale.Laws.Fitting.Descending;
using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>Walks away from the best fit along the valley in which all coordinates but one are at their best. For one thread.</summary>
/// <param name="best">The best fit.</param>
/// <param name="origin">Where to set out: the best fit, or the point that <see cref="Anchor"/> gives.</param>
/// <param name="ranAway">Coordinates that ran away from there.</param>
internal sealed class ValleyWalker(Search best, double[] origin, int[] ranAway)
{
    // 4 standard errors of the level, then twice as far at each step: a valley still below the target there has no end.
    private const int MaxSteps = 24;
    private const int MaxTrials = 40;
    private const double Precision = 1e-4;

    // Of the rise: moves an end by half as much of its distance.
    private const double Negligible = 1e-3;

    private readonly DescentWorkspace _w = new(best.Problem);
    private readonly double[] _inside = new double[origin.Length];
    private readonly double[] _along = new double[origin.Length];
    private readonly double[] _first = new double[origin.Length];
    private readonly double[] _lowest = new double[origin.Length];
    private bool _atMinimum;

    /// <summary>How far the scaled objective is to rise above that of the best fit.</summary>
    public double Target { get; set; }

    /// <summary>The lowest rise met since the last <see cref="End"/> began; below zero where the best fit is not the best.</summary>
    public double LowestRise { get; private set; }

    /// <summary>All coordinates there.</summary>
    public ReadOnlySpan<double> Lowest => _lowest;

    /// <summary>
    /// Whether the last end was not found, since a descent beside it reached no minimum, so that the rise there is not known.
    /// </summary>
    public bool IsUncertain { get; private set; }

    /// <param name="index">The coordinate.</param>
    /// <param name="along">How the others begin to move with it.</param>
    /// <param name="foretold">Where the curvature foretells the end, from the best value.</param>
    public double End(int index, double[] along, double foretold)
    {
        double openEnd = foretold * double.PositiveInfinity;
        if (!(Target > 0))
        {
            return openEnd;
        }
        best.Coordinates.CopyTo(_w.Objective.Coordinates, 0);
        origin.CopyTo(_inside, 0);
        along.CopyTo(_along, 0);
        LowestRise = 0;
        IsUncertain = false;
        double bound = foretold < 0 ? best.Coordinates[index].Low : best.Coordinates[index].High;
        Bracket end = GoOut(index, foretold, bound);
        if (double.IsNaN(end.Outside))
        {
            return end.Inside == bound ? bound : openEnd;
        }
        end = Close(index, end, Precision * Math.Abs(foretold));
        IsUncertain = !end.IsOutsideKnown;
        return end.IsOutsideKnown ? 0.5 * (end.Inside + end.Outside) : double.NaN;
    }

    /// <summary>
    /// Between what values of the coordinate the rise meets its target, the rises there, and whether the outer one is that of a minimum.
    /// </summary>
    private readonly record struct Bracket(double Inside, double InsideRise, double Outside, double OutsideRise, bool IsOutsideKnown);

    /// <summary>Walks until the rise passes its target.</summary>
    /// <returns>Without an outer value where it does not: inside is the bound, or as far as anybody walks.</returns>
    private Bracket GoOut(int index, double foretold, double bound)
    {
        Bracket end = new(origin[index], 0, double.NaN, double.PositiveInfinity, true);
        double step = foretold / 4;
        for (int n = 0; n < MaxSteps && double.IsNaN(end.Outside); n++)
        {
            double next = foretold < 0 ? Math.Max(end.Inside + step, bound) : Math.Min(end.Inside + step, bound);
            double rise = Rise(index, next);
            if (rise >= Target)
            {
                end = end with { Outside = next, OutsideRise = rise, IsOutsideKnown = _atMinimum };
            }
            else if (next == bound)
            {
                return end with { Inside = bound };
            }
            else
            {
                Advance(index, next);
                end = end with { Inside = next, InsideRise = rise };
                step *= n < 4 ? 1 : 2;
            }
        }
        return end;
    }

    /// <summary>Closes in on where the rise meets its target.</summary>
    private Bracket Close(int index, Bracket end, double precision)
    {
        for (int n = 0; n < MaxTrials && Math.Abs(end.Outside - end.Inside) > precision; n++)
        {
            // The root of the rise is nearly straight; kept off the ends, so that both close in.
            (double a, double b) = (Math.Sqrt(Math.Max(0, end.InsideRise)), Math.Sqrt(end.OutsideRise));
            double fraction = double.IsFinite(b) ? Math.Clamp((Math.Sqrt(Target) - a) / (b - a), 0.05, 0.95) : 0.5;
            double middle = end.Inside + (fraction * (end.Outside - end.Inside));
            double rise = Rise(index, middle);
            if (rise < Target)
            {
                Advance(index, middle);
                end = end with { Inside = middle, InsideRise = rise };
            }
            else
            {
                end = end with { Outside = middle, OutsideRise = rise, IsOutsideKnown = _atMinimum };
            }
        }
        return end;
    }

    /// <summary>
    /// How much higher the objective is with the coordinate there and all others at their best; infinite where it has no value.
    /// </summary>
    private double Rise(int index, double value)
    {
        double change = value - _inside[index];
        for (int i = 0; i < _inside.Length; i++)
        {
            _w.X[i] = Math.Clamp(_inside[i] + (change * _along[i]), best.Coordinates[i].Low, best.Coordinates[i].High);
        }
        double rise = Descend(index, value);
        if (!double.IsFinite(rise) || !_atMinimum)
        {
            // From the last point itself, instead of the foretold one.
            _inside.CopyTo(_w.X, 0);
            rise = Descend(index, value);
        }
        if (ranAway.Length > 0)
        {
            // What ran away on the way here may be asked back from here on.
            _w.X.CopyTo(_first, 0);
            foreach (int i in ranAway)
            {
                _w.X[i] = origin[i];
            }
            bool first = _atMinimum;
            double back = Descend(index, value);
            if (back < rise)
            {
                return back;
            }
            _atMinimum = first;
            _first.CopyTo(_w.X, 0);
        }
        return rise;
    }

    private double Descend(int index, double value)
    {
        _w.X[index] = value;
        DescentEnd end = _w.Run(frozen: index);
        // Beyond where the formula has a value there is no minimum to find: that is an end.
        // Short of one the rise is known well enough where hardly more than nothing is left to gain.
        _atMinimum = end is DescentEnd.Converged or DescentEnd.NoValue || _w.Descent.ExpectedDecrease <= Negligible * Target;
        if (end == DescentEnd.NoValue)
        {
            return double.PositiveInfinity;
        }
        double rise = _w.Descent.Value - best.ScaledValue;
        if (rise < LowestRise)
        {
            LowestRise = rise;
            _w.X.CopyTo(_lowest, 0);
        }
        return rise;
    }

    /// <summary>Takes the last trial as the point from which to go on, in the direction in which the valley led there.</summary>
    private void Advance(int index, double value)
    {
        double change = value - _inside[index];
        for (int i = 0; i < _inside.Length; i++)
        {
            _along[i] = (_w.X[i] - _inside[i]) / change;
        }
        _w.X.CopyTo(_inside, 0);
    }
}
