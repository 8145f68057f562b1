using MathNet.Numerics.Distributions;
using MoeScale.Basics;
using MoeScale.Laws.Fitting.Certainty;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Fitting;

/// <summary>Fits a law to runs: searches, proves the optimum, says how sure it is and what the data do not support.</summary>
public static class LawFitter
{
    // How often a lower valley that profiles meet is followed.
    private const int MaxRounds = 4;

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
        FitAssembly assembly = new(request, search, curvature)
        {
            Clusters = groups,
            Quantile = Quantile(request, search, groups),
            Draws = draws,
            Profile = profile,
            IsWhole = profile is not null || !profiled,
        };
        Fit fit = assembly.Build();
        return fit with { Warnings = FitWarnings.Of(fit, search, profile) };
    }

    private static void Require(FitRequest request)
    {
        int count = request.Form.Free.Count;
        int rows = request.Rows.Count;
        if (count == 0)
        {
            throw new UserException(
                request.Form.Coefficients.Count == 0
                    ? "the formula has no coefficient, so there is nothing to fit. "
                        + "Write for example a*N^-b, with names that are no columns."
                    : "every coefficient is held or tied, so nothing is left to fit. Leave one free."
            );
        }
        if (rows < count + 1)
        {
            string free = string.Join(", ", request.Form.Free.Select(c => c.Name));
            throw new UserException(
                $"{Plural.Of(rows, "row")} cannot fix {count} coefficients ({free}); at least {count + 1} are needed. "
                    + $"Give more runs, or hold some with {FitSettings.Fix}."
            );
        }
        double[] observed = request.Rows.Observed;
        if (observed.All(o => o == observed[0]))
        {
            throw new UserException(
                $"what is to be predicted is {observed[0]:G6} in all {rows} rows, so no law can be learnt from them. "
                    + $"Give runs that differ{Phrase.If(FitSettings.Map, $", or map another column: {FitSettings.Map.To("L=COLUMN")}")}."
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
        IReadOnlyList<Runs.RowGroup> groups = request.Rows.Groups(request.Cluster, $"{FitSettings.Cluster}");
        if (groups.Count < 2)
        {
            throw new UserException(
                $"{FitSettings.Cluster.To(request.Cluster)} has one value in all rows; at least two clusters are needed to draw from."
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
}
