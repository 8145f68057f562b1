using MoeScale.Laws.Fitting.Descending;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>What a search from many starting points found.</summary>
internal sealed class Search
{
    private readonly double _exactValue = double.NaN;

    private Search(FitProblem problem) => Problem = problem;

    public Search(DescentWorkspace at, bool atMinimum)
    {
        Descent end = at.Descent;
        Problem = at.Objective.Problem;
        X = [.. at.X];
        ScaledValue = end.Value;
        _exactValue = at.ExactValue();
        AtMinimum = atMinimum;
        IsPoint = end.IsPoint;
        FreeOfBounds = [.. end.Free];
        double[] cosines = at.Objective.Cosines(X, end.Gradient);
        GradientNorm = FreeOfBounds.Select(i => cosines[i]).DefaultIfEmpty(0).Max();
    }

    public static Search Nothing(FitProblem problem, int tried, bool finished) => new(problem) { Tried = tried, Finished = finished };

    public FitProblem Problem { get; }

    /// <summary>What the search moved.</summary>
    public Coordinate[] Coordinates => Problem.Coordinates;

    /// <summary>Coordinates of the best end; null where no starting point had a value.</summary>
    public double[]? X { get; }

    /// <summary>The scaled objective there, as the descent saw it.</summary>
    public double ScaledValue { get; } = double.NaN;

    /// <summary>Whether that is a minimum, checked by second derivatives.</summary>
    public bool AtMinimum { get; }

    /// <summary>Whether the objective rises in every direction from there.</summary>
    public bool IsPoint { get; }

    /// <summary>Coordinates that do not rest at a bound.</summary>
    public int[] FreeOfBounds { get; } = [];

    public int Tried { get; init; }

    /// <summary>Starting points whose descent ended at some minimum.</summary>
    public int Converged { get; init; }

    /// <summary>Starting points that led to the best minimum.</summary>
    public int Agreeing { get; init; }

    /// <summary>Starting points that a descent left.</summary>
    public int Moved { get; init; }

    /// <summary>Starting points that no descent left, though they are not at the best minimum.</summary>
    public int Stuck { get; init; }

    /// <summary>False where it was stopped before the last starting point.</summary>
    public bool Finished { get; init; }

    /// <summary>Every coefficient of the form at the best end.</summary>
    public double[] Coefficients => Problem.Form.All([.. X!.Select((x, i) => Coordinates[i].Coefficient(x))]);

    /// <summary>The objective, unscaled, without the corner that a descent rounds off absolute values.</summary>
    public double Value => _exactValue / Problem.Scale;

    /// <summary>
    /// The largest of <see cref="ObjectiveEvaluation.Cosines"/> over the coordinates that no bound holds: 0 at a minimum, 1 at most.
    /// </summary>
    public double GradientNorm { get; }
}
