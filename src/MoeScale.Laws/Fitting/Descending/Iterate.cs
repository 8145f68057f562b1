using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>A point with the objective and its gradient there.</summary>
/// <param name="size">How many coordinates there are.</param>
internal sealed class Iterate(int size)
{
    /// <summary>Coordinates.</summary>
    public double[] X { get; } = new double[size];

    /// <summary>The derivative of the scaled objective by each.</summary>
    public double[] Gradient { get; } = new double[size];

    /// <summary>The scaled objective.</summary>
    public double Value { get; private set; }

    /// <summary>Whether the objective has a value and a slope here.</summary>
    public bool IsFinite
    {
        get
        {
            bool finite = double.IsFinite(Value);
            foreach (double g in Gradient)
            {
                finite &= double.IsFinite(g);
            }
            return finite;
        }
    }

    /// <summary>Goes to <see cref="X"/>: computes the rest.</summary>
    public void Evaluate(ObjectiveEvaluation objective) => Value = objective.At(X, Gradient);

    /// <summary>Becomes another one.</summary>
    public void Take(Iterate other)
    {
        other.X.CopyTo(X, 0);
        other.Gradient.CopyTo(Gradient, 0);
        Value = other.Value;
    }

    /// <summary>The derivative of the objective along a direction.</summary>
    public double Slope(ReadOnlySpan<double> direction)
    {
        double sum = 0;
        for (int i = 0; i < direction.Length; i++)
        {
            sum += direction[i] * Gradient[i];
        }
        return sum;
    }
}
