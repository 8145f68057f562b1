using MoeScale.Basics;
using MoeScale.Laws.Fitting.Descending;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// Refits to resampled rows. Each draw descends from the best fit, and from a point some standard errors away from its anchor, whose linear
/// coefficients are found anew; the lower end counts, so that a draw whose own optimum lies elsewhere can find it.
/// </summary>
internal static class Bootstrap
{
    // Far enough to leave the basin of the best fit, near enough to stay among sensible coefficients.
    private const double Reach = 3;
    private const double LargestReach = 2;

    /// <param name="best">The fit to all rows.</param>
    /// <param name="covariance">Of its coordinates.</param>
    /// <param name="anchor">Of the fit, as <see cref="Anchor"/> gives it.</param>
    /// <param name="clusters">For each row the cluster that it belongs to, numbered from 0; clusters are drawn whole.</param>
    /// <param name="draws">How many refits.</param>
    /// <param name="options">Seed, threads, progress.</param>
    /// <returns>
    /// For each draw all coefficients of the form; empty for a draw that reached no minimum, null for one that was not made.
    /// </returns>
    public static double[]?[] Run(Search best, double[,] covariance, double[] anchor, int[] clusters, int draws, FitOptions options)
    {
        FitProblem problem = best.Problem;
        double[]?[] sample = new double[draws][];
        int clusterCount = clusters.Max() + 1;
        Workers.Run(
            draws,
            options.Threads,
            () => new Workspace(best, clusterCount),
            (w, draw) =>
            {
                RandomSequence random = new(options.Seed, (ulong)draw + 1);
                w.Draw(problem, clusters, ref random);
                sample[draw] = w.Refit(best, covariance, anchor, ref random);
            },
            options.Progress,
            options.Cancel
        );
        return sample;
    }

    private sealed class Workspace(Search best, int clusters)
    {
        private readonly DescentWorkspace _fitter = new(best.Problem);
        private readonly RowSet _rows = RowSet.Room(best.Problem.Rows, best.Problem.Rows.Count);
        private readonly int[] _drawn = new int[clusters];
        private readonly int[] _counts = new int[best.Problem.Rows.Count];
        private readonly int[] _scratch = new int[best.Problem.Rows.Count];
        private readonly double[] _first = new double[best.X!.Length];

        public void Draw(FitProblem problem, int[] clusterOf, ref RandomSequence random)
        {
            Array.Clear(_drawn);
            for (int k = 0; k < _drawn.Length; k++)
            {
                _drawn[random.NextInt(_drawn.Length)]++;
            }
            for (int i = 0; i < _counts.Length; i++)
            {
                _counts[i] = _drawn[clusterOf[i]];
            }
            _rows.Resample(problem.Rows, _counts, _scratch);
            _fitter.Objective.Rows = _rows;
        }

        public double[] Refit(Search best, double[,] covariance, double[] anchor, ref RandomSequence random)
        {
            best.Coordinates.CopyTo(_fitter.Objective.Coordinates, 0);
            best.X.CopyTo(_fitter.X.AsSpan());
            DescentEnd end = _fitter.Run();
            double value = end == DescentEnd.Converged ? _fitter.Descent.Value : double.PositiveInfinity;
            _fitter.X.CopyTo(_first, 0);
            for (int i = 0; i < _first.Length; i++)
            {
                double error = Math.Sqrt(covariance[i, i]);
                double reach = double.IsFinite(error) ? Math.Min(Reach * error, LargestReach) : 1;
                Coordinate c = best.Coordinates[i];
                _fitter.X[i] = Math.Clamp(anchor[i] + (reach * ((2 * random.NextDouble()) - 1)), c.Low, c.High);
            }
            _fitter.Linear.Solve(_fitter.X, null);
            // Written so that it also holds where the first descent reached no minimum and its value is infinite.
            bool second = _fitter.Run() == DescentEnd.Converged && _fitter.Descent.Value < value * (1 - 1e-9);
            return second ? Coefficients(_fitter.X)
                : double.IsFinite(value) ? Coefficients(_first)
                : [];
        }

        private double[] Coefficients(double[] x) => best.Problem.Form.All(_fitter.Objective.Coefficients(x));
    }
}
