using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>
/// Ranks the ends of descents by the RMSE on the fitted rows plus that on rows held out, as the joint MoE law's paper chose its fit.
/// </summary>
internal sealed class SelectionByError(FitProblem problem, FitRows heldOut)
{
    private readonly RowSet _heldOut = RowSet.Of(problem.Formula, heldOut.Values, heldOut.Observed, weights: null, problem.Objective.IsLog);

    /// <summary>The sum of both errors, in the unit of what is predicted.</summary>
    public double Rank(ObjectiveEvaluation objective, double[] x)
    {
        double fitted = Rmse(objective, x);
        ObjectiveEvaluation other = new(problem, _heldOut);
        objective.Coordinates.CopyTo(other.Coordinates, 0);
        return fitted + Rmse(other, x);
    }

    private double Rmse(ObjectiveEvaluation objective, double[] x)
    {
        objective.Linearise(x);
        double sum = 0;
        for (int i = 0; i < objective.Rows.Count; i++)
        {
            double target = objective.Rows.Targets[i];
            double residual = objective.Residuals[i];
            double error = problem.Objective.IsLog ? Math.Exp(target + residual) - Math.Exp(target) : residual;
            sum += error * error;
        }
        return Math.Sqrt(sum / objective.Rows.Count);
    }
}
