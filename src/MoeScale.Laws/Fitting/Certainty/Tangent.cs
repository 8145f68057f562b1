using System.Numerics.Tensors;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// The directions in which residuals move as coefficients do, near a fit. What is left of residuals without them is the same for every
/// estimator:
/// that of the errors, since residuals are errors and a step along these directions.
/// </summary>
internal sealed class Tangent
{
    // Of a column's length: less is left of it only by rounding.
    private const double Dependent = 1e-7;

    // A row that alone holds a coefficient has no residual to speak of.
    private const double MinLeft = 0.05;

    private readonly List<double[]> _basis = [];

    /// <param name="search">At its best point.</param>
    public Tangent(Search search)
    {
        ObjectiveEvaluation objective = new(search.Problem);
        search.Coordinates.CopyTo(objective.Coordinates, 0);
        objective.Linearise(search.X);
        for (int i = 0; i < objective.Size; i++)
        {
            double[] column = objective.Derivatives(i).ToArray();
            double length = Math.Sqrt(column.Sum(v => v * v));
            // Twice: what rounding leaves of the first time is gone after the second.
            Remove(column);
            Remove(column);
            double left = Math.Sqrt(column.Sum(v => v * v));
            if (left > Dependent * length)
            {
                _basis.Add([.. column.Select(v => v / left)]);
            }
        }
    }

    /// <summary>How many directions there are.</summary>
    public int Count => _basis.Count;

    /// <summary>Takes the directions out of numbers, one for each row.</summary>
    public void Remove(double[] rows)
    {
        foreach (double[] direction in _basis)
        {
            double along = TensorPrimitives.Dot<double>(direction, rows);
            TensorPrimitives.MultiplyAdd(direction, -along, rows, rows);
        }
    }

    /// <summary>The part of the variance of a row's error that is left in its residual, if all errors are alike.</summary>
    public double Left(int row) => Math.Max(MinLeft, 1 - _basis.Sum(direction => direction[row] * direction[row]));
}
