using MathNet.Numerics.Distributions;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Certainty;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Fitting;

/// <summary>Fits a law to runs: searches, proves the optimum, says how sure it is and what the data do not support.</summary>
public static class LawFitter
{
    // How often a lower valley that profiles meet is followed.
    private const int MaxRounds = 4;

    // exp(y·ln x) loses about |y·ln x| ≤ 1000 units in the last place; rounding that was fitted shows far above.
    private const double LargestDiscrepancy = 1e-9;

    /// <exception cref="UserException">Too few rows for the free coefficients, or nothing to fit.</exception>
    public static Fit Run(FitRequest request)
    {
        Require(request);
        FitProblem problem = new(request.Form, request.Rows.Values, request.Rows.Observed, request.Rows.Weights, request.Options.Objective);
        bool drawn = request.Bootstrap > 0;
        // Profiles take rows as independent.
        bool profiled = request.Profile && !drawn && request.Cluster is null;
        int parts = drawn || profiled ? 2 : 1;
        Search search = Fitter.Run(
            problem,
            request.Options.Part(0, parts),
            request.SelectBy is null ? null : new SelectionByError(problem, request.SelectBy).Rank
        );
        if (search.X is null)
        {
            return new Fit
            {
                Request = request,
                Status = search.Finished ? FitStatus.NoValue : FitStatus.Interrupted,
                Coefficients = [],
                Value = double.NaN,
                GradientNorm = double.NaN,
                Starts = new StartCounts(search.Tried, 0, 0),
                Converged = 0,
            };
        }
        int[] clusters = Clusters(request);
        int groups = clusters.Max() + 1;
        Curvature curvature = Curvature.At(search, clusters);
        double[] anchor = Anchor.Of(search, curvature);
        double[]?[] draws =
            drawn && search.Finished
                ? Bootstrap.Run(search, curvature.Covariance, anchor, clusters, request.Bootstrap, request.Options.Part(1, parts))
                : [];
        Profile? profile = null;
        for (int round = 0; round < MaxRounds && profiled && search.Finished; round++)
        {
            profile = Profile.Run(search, curvature, anchor, Quantile(request, search, groups), request.Options.Part(1, parts));
            if (profile?.Lower is not double[] lower)
            {
                break;
            }
            // The walk along a valley met a lower one: the search goes on from there.
            search = Fitter.Resume(search, lower);
            curvature = Curvature.At(search, clusters);
            anchor = Anchor.Of(search, curvature);
        }
        Fit fit = Assemble(request, search, curvature, groups, draws, profiled && profile is null, profile);
        return fit with { Warnings = FitWarnings.Of(fit, search, profile) };
    }

    /// <summary>
    /// The largest difference between what the search evaluated, where powers are exponentials of sums, and the formula as it is written,
    /// in
    /// logarithms for a log objective, else as a part of the largest observed value: rounding, unless a coefficient is so small or
    /// large that rounding is what was fitted.
    /// </summary>
    private static double Discrepancy(FitRequest request, Search search)
    {
        LawForm form = request.Form;
        ObjectiveEvaluation objective = new(search.Problem);
        objective.Linearise(search.X);
        double[] coefficients = search.Coefficients;
        CompiledFormula written = CompiledFormula.Compile(
            form.Formula,
            form.Letters,
            form.Coefficients.Select((c, i) => (c.Name, coefficients[i])).ToDictionary()
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

    private static void Require(FitRequest request)
    {
        int free = request.Form.Free.Count;
        int rows = request.Rows.Count;
        if (free == 0)
        {
            throw new UserException(
                request.Form.Coefficients.Count == 0
                    ? "the formula has no coefficient, so there is nothing to fit. Write for example a*N^-b, with names that are no columns."
                    : "every coefficient is held or tied, so nothing is left to fit. Leave one free."
            );
        }
        if (rows < free + 1)
        {
            throw new UserException(
                $"{rows} row{(rows == 1 ? "" : "s")} cannot fix {free} coefficients ({string.Join(", ", request.Form.Free.Select(c => c.Name))}); at least {free + 1} are needed. Give more runs, or hold some with --fix."
            );
        }
        double[] observed = request.Rows.Observed;
        if (observed.All(o => o == observed[0]))
        {
            throw new UserException(
                FormattableString.Invariant(
                    $"what is to be predicted is {observed[0]:G6} in all {rows} rows, so no law can be learnt from them. Give runs that differ, or map another column: --map L=COLUMN."
                )
            );
        }
    }

    private static int[] Clusters(FitRequest request)
    {
        int[] clusters = new int[request.Rows.Count];
        if (request.Cluster is null)
        {
            return [.. Enumerable.Range(0, clusters.Length)];
        }
        IReadOnlyList<Runs.RowGroup> groups = request.Rows.Groups(request.Cluster, "--cluster");
        if (groups.Count < 2)
        {
            throw new UserException(
                $"--cluster {request.Cluster} has one value in all rows; at least two clusters are needed to draw from."
            );
        }
        foreach ((int number, Runs.RowGroup group) in groups.Index())
        {
            foreach (int row in group.Rows)
            {
                clusters[row] = number;
            }
        }
        return clusters;
    }

    /// <summary>
    /// Standard errors on each side of an interval: Student's t, with as many degrees of freedom as rows are left, or one less than
    /// clusters.
    /// </summary>
    private static double Quantile(FitRequest request, Search search, int clusters)
    {
        int freedom = request.Cluster is null ? request.Rows.Count - search.FreeOfBounds.Length : clusters - 1;
        return StudentT.InvCDF(0, 1, Math.Max(1, freedom), 0.5 + (request.Level / 2));
    }

    private static Fit Assemble(
        FitRequest request,
        Search search,
        Curvature curvature,
        int clusters,
        double[]?[] draws,
        bool isProfileMissing,
        Profile? profile
    )
    {
        LawForm form = request.Form;
        double[] values = search.Coefficients;
        string[] names = [.. form.Coefficients.Select(c => c.Name)];
        double[][] made = [.. draws.Where(d => d is not null).Select(d => d!)];
        double[][] sample = [.. made.Where(d => d.Length > 0)];
        // No objective is below zero, so where it vanishes is a minimum, whatever rounding makes of its slopes.
        bool isExact = search.ScaledValue <= Minimum.ExactFit;
        // The few that reached a minimum where most did not are no sample of anything.
        bool isSelected = 2 * sample.Length < made.Length;
        bool sampled = sample.Length >= 2 && !isSelected;
        double quantile = Quantile(request, search, clusters);
        double[,] covariance = curvature.OfCoefficients();
        List<FitCoefficient> coefficients = [];
        for (int i = 0; i < names.Length; i++)
        {
            OpenCoefficient open = form.Coefficients[i];
            int place = search.Problem.PlaceOf(open);
            if (place < 0)
            {
                coefficients.Add(new FitCoefficient(open.Name, values[i], false, false, null, null, null));
                continue;
            }
            bool atBound = !search.FreeOfBounds.Contains(place) || curvature.RanAway.Contains(place);
            bool profiled = profile is not null;
            Percentiles? percentiles = sampled ? new Percentiles(sample.Select(s => s[i])) : null;
            (double low, double high) =
                percentiles is not null ? percentiles.Middle(request.Level)
                : profiled ? Ordered(search.Coordinates[place], profile!.Ends[place].Low, profile.Ends[place].High)
                : Ordered(
                    search.Coordinates[place],
                    search.X![place] - (quantile * Math.Sqrt(curvature.Covariance[place, place])),
                    search.X[place] + (quantile * Math.Sqrt(curvature.Covariance[place, place]))
                );
            if (curvature.RanAway.Contains(place))
            {
                // Percentiles of draws that ran away too would be ends of the search.
                (low, high) = Math.Abs(values[i]) < 1 == values[i] > 0 ? (double.NaN, high) : (low, double.NaN);
            }
            // One of undeclared sign is a scale where zero is out of question.
            bool isScale = search.Coordinates[place].IsLog || (search.Coordinates[place].BySign is not null && low * high > 0);
            double size = isScale ? Math.Abs(values[i]) : 1;
            double error = percentiles?.StandardError(isScale) ?? (Math.Sqrt(covariance[i, i]) / size);
            coefficients.Add(
                new FitCoefficient(
                    open.Name,
                    values[i],
                    open.TiedTo is null,
                    atBound,
                    atBound ? null : Finite(error * size),
                    atBound && !sampled && !profiled ? null : Finite(low),
                    atBound && !sampled && !profiled ? null : Finite(high),
                    atBound || !isScale ? null : Finite(error)
                )
            );
        }
        return new Fit
        {
            Request = request,
            Status =
                !search.Finished || made.Length < request.Bootstrap || isProfileMissing ? FitStatus.Interrupted
                : (!search.AtMinimum && !isExact) || profile?.Lower is not null || Discrepancy(request, search) > LargestDiscrepancy
                    ? FitStatus.NotAtMinimum
                : curvature.IsSingular ? FitStatus.Unidentifiable
                : isSelected ? FitStatus.RefitsFailed
                : FitStatus.Converged,
            Coefficients = coefficients,
            Value = search.Value,
            Starts = new StartCounts(search.Tried, search.Agreeing, search.Moved),
            Converged = search.Converged,
            GradientNorm = search.GradientNorm,
            Condition = curvature.Condition,
            OpenDirections = curvature.OpenDirections,
            Clusters = request.Cluster is null ? null : clusters,
            Covariance =
                curvature.IsSingular || covariance.Cast<double>().Any(v => !double.IsFinite(v))
                    ? null
                    : new CoefficientTable(names, Flat(covariance)),
            Sample = sampled ? new CoefficientTable(names, [.. sample.SelectMany(s => s)]) : null,
            Bootstrap = request.Bootstrap > 0 ? new BootstrapCounts(made.Length, made.Length - sample.Length, clusters) : null,
            IntervalsFrom =
                sampled ? "bootstrap"
                : profile is not null ? "profile"
                : "curvature",
        };
    }

    /// <summary>The coefficients at both ends of a coordinate, the lower first; not a number where an end is open.</summary>
    private static (double Low, double High) Ordered(Coordinate c, double low, double high)
    {
        (double one, double other) = (At(Math.Max(low, c.Low)), At(Math.Min(high, c.High)));
        return c.Factor > 0 ? (one, other) : (other, one);

        double At(double value) => c.IsEndOfSearch(value) ? double.NaN : c.Coefficient(value);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static double[] Flat(double[,] matrix) => [.. matrix.Cast<double>()];
}
