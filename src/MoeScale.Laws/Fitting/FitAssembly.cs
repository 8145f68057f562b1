using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Certainty;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Fitting;

/// <summary>Makes a <see cref="Fit"/> of all that was found out.</summary>
/// <param name="request">What was asked.</param>
/// <param name="search">Where the search ended.</param>
/// <param name="curvature">There.</param>
internal sealed class FitAssembly(FitRequest request, Search search, Curvature curvature)
{
    // exp(y·ln x) loses about |y·ln x| ≤ 1000 units in the last place; rounding that was fitted shows far above.
    private const double LargestDiscrepancy = 1e-9;

    private readonly LawForm _form = request.Form;
    private readonly double[] _values = search.Coefficients;
    private readonly double[,] _covariance = curvature.OfCoefficients();
    private double[][] _made = [];
    private double[][] _sample = [];

    /// <summary>How many clusters rows belong to.</summary>
    public required int Clusters { get; init; }

    /// <summary>How many standard errors the level asks for on each side.</summary>
    public required double Quantile { get; init; }

    /// <summary>Coefficients of the bootstrap's refits, as <see cref="Bootstrap"/> gives them.</summary>
    public required double[]?[] Draws
    {
        init
        {
            _made = [.. value.Where(d => d is not null).Select(d => d!)];
            _sample = [.. _made.Where(d => d.Length > 0)];
        }
    }

    /// <summary>Null where there is none.</summary>
    public required Profile? Profile { get; init; }

    /// <summary>Whether profiles that were asked for are there.</summary>
    public required bool IsWhole { get; init; }

    // The few that reached a minimum where most did not are no sample of anything.
    private bool IsSelected => 2 * _sample.Length < _made.Length;

    private bool IsSampled => _sample.Length >= 2 && !IsSelected;

    public Fit Build()
    {
        string[] names = [.. _form.Coefficients.Select(c => c.Name)];
        return new Fit
        {
            Request = request,
            Status = Status(),
            Coefficients = [.. names.Select((_, i) => Coefficient(i))],
            Value = search.Value,
            Starts = new StartCounts(search.Tried, search.Agreeing, search.Moved),
            Converged = search.Converged,
            GradientNorm = search.GradientNorm,
            Condition = curvature.Condition,
            OpenDirections = curvature.OpenDirections,
            Clusters = request.Cluster is null ? null : Clusters,
            Covariance =
                curvature.IsSingular || _covariance.Cast<double>().Any(v => !double.IsFinite(v))
                    ? null
                    : new CoefficientTable(names, [.. _covariance.Cast<double>()]),
            Sample = IsSampled ? new CoefficientTable(names, [.. _sample.SelectMany(s => s)]) : null,
            Bootstrap = request.Bootstrap > 0 ? new BootstrapCounts(_made.Length, _made.Length - _sample.Length, Clusters) : null,
            IntervalsFrom =
                IsSampled ? IntervalSource.Bootstrap
                : Profile is not null ? IntervalSource.Profile
                : IntervalSource.Curvature,
        };
    }

    private FitStatus Status()
    {
        if (!search.Finished || _made.Length < request.Bootstrap || !IsWhole)
        {
            return FitStatus.Interrupted;
        }
        // No objective is below zero, so where it vanishes is a minimum, whatever rounding makes of its slopes.
        bool isAtMinimum = search.AtMinimum || search.ScaledValue <= Minimum.ExactFit;
        if (!isAtMinimum || Profile?.Lower is not null || Discrepancy() > LargestDiscrepancy)
        {
            return FitStatus.NotAtMinimum;
        }
        return curvature.IsSingular ? FitStatus.Unidentifiable
            : IsSelected ? FitStatus.RefitsFailed
            : FitStatus.Converged;
    }

    private FitCoefficient Coefficient(int index)
    {
        OpenCoefficient open = _form.Coefficients[index];
        double value = _values[index];
        int place = search.Problem.PlaceOf(open);
        if (place < 0)
        {
            return new FitCoefficient(open.Name, value, false, false, null, null, null);
        }
        bool hasRunAway = curvature.RanAway.Contains(place);
        bool atBound = !search.FreeOfBounds.Contains(place) || hasRunAway;
        Percentiles? percentiles = IsSampled ? new Percentiles(_sample.Select(s => s[index])) : null;
        (double low, double high) = percentiles?.Middle(request.Level) ?? Interval(place);
        if (hasRunAway)
        {
            // Percentiles of draws that ran away too would be ends of the search.
            (low, high) = Math.Abs(value) < 1 == value > 0 ? (double.NaN, high) : (low, double.NaN);
        }
        // One of undeclared sign is a scale where zero is out of question.
        Coordinate c = search.Coordinates[place];
        bool isScale = c.IsLog || (c.BySign is not null && low * high > 0);
        double size = isScale ? Math.Abs(value) : 1;
        double error = percentiles?.StandardError(isScale) ?? (Math.Sqrt(_covariance[index, index]) / size);
        bool hasInterval = !atBound || IsSampled || Profile is not null;
        return new FitCoefficient(
            open.Name,
            value,
            open.TiedTo is null,
            atBound,
            atBound ? null : Finite(error * size),
            hasInterval ? Finite(low) : null,
            hasInterval ? Finite(high) : null,
            atBound || !isScale ? null : Finite(error)
        );
    }

    /// <summary>From the profile, else from the curvature.</summary>
    private (double Low, double High) Interval(int place)
    {
        if (Profile is not null)
        {
            return Ordered(search.Coordinates[place], Profile.Ends[place].Low, Profile.Ends[place].High);
        }
        double reach = Quantile * Math.Sqrt(curvature.Covariance[place, place]);
        return Ordered(search.Coordinates[place], search.X![place] - reach, search.X[place] + reach);
    }

    /// <summary>The coefficients at both ends of a coordinate, the lower first; not a number where an end is open.</summary>
    private static (double Low, double High) Ordered(Coordinate c, double low, double high)
    {
        (double one, double other) = (At(Math.Max(low, c.Low)), At(Math.Min(high, c.High)));
        return c.Factor > 0 ? (one, other) : (other, one);

        double At(double value) => c.IsEndOfSearch(value) ? double.NaN : c.Coefficient(value);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    /// <summary>
    /// The largest difference between what the search evaluated, where powers are exponentials of sums, and the formula as it is written,
    /// in logarithms for a log objective, else as a part of the largest observed value: rounding, unless a coefficient is so small or
    /// large that rounding is what was fitted.
    /// </summary>
    private double Discrepancy()
    {
        ObjectiveEvaluation objective = new(search.Problem);
        objective.Linearise(search.X);
        CompiledFormula written = CompiledFormula.Compile(
            _form.Formula,
            _form.Letters,
            _form.Coefficients.Select((c, i) => (c.Name, _values[i])).ToDictionary()
        );
        bool isLog = request.Options.Objective.IsLog;
        double unit = isLog ? 1 : request.Rows.Observed.Max(Math.Abs);
        double largest = 0;
        for (int row = 0; row < request.Rows.Count; row++)
        {
            double value = written.Evaluate([.. request.Rows.Values.Select(v => v[row])]);
            double difference = (isLog ? Math.Log(value) : value) - (search.Problem.Rows.Targets[row] + objective.Residuals[row]);
            largest = double.IsFinite(difference) ? Math.Max(largest, Math.Abs(difference) / unit) : double.PositiveInfinity;
        }
        return largest;
    }
}
