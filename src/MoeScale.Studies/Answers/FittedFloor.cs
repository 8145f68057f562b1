using MoeScale.Laws.Fitting;
using MoeScale.Laws.Runs;

namespace MoeScale.Studies.Answers;

/// <summary>The fitted floor beside the entropy of the text, where both are known.</summary>
internal static class FittedFloor
{
    /// <param name="fit">Of a law of losses.</param>
    /// <param name="table">The runs, with the entropy as their "loss_floor".</param>
    /// <returns>Null where the law has no free floor, or the runs know no entropy or several.</returns>
    public static FloorAnswer? Of(Fit fit, RunTable table)
    {
        if (!fit.HasValue || table.Find("loss_floor") is not { HasNumbers: true } known)
        {
            return null;
        }
        double[] truths = [.. known.Numbers.ToArray().Distinct()];
        // Whether a coefficient is one is seen where it is moved: the prediction moves as far.
        FitCoefficient? floor = fit.Coefficients.FirstOrDefault(c => c.IsFree && IsFloor(fit, c));
        return truths is [double truth] && double.IsFinite(truth) && floor is not null
            ? new FloorAnswer(floor.Name, floor.Value, floor.Low, floor.High, truth)
            : null;
    }

    private static bool IsFloor(Fit fit, FitCoefficient coefficient)
    {
        double step = 0.01;
        double[] before = fit.Predict(fit.Rows);
        double[] after = (
            fit with
            {
                Coefficients = [.. fit.Coefficients.Select(c => c == coefficient ? c with { Value = c.Value + step } : c)],
            }
        ).Predict(fit.Rows);
        return before.Zip(after, (b, a) => Math.Abs(a - b - step)).All(d => d < 1e-9);
    }
}
