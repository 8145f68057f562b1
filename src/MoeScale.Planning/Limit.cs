namespace MoeScale.Planning;

/// <summary>A bound on a quantity that rises or falls steadily with the size of the model.</summary>
/// <param name="Name">As the answer lists it under "binding".</param>
/// <param name="Value">The quantity.</param>
/// <param name="Bound">What it must not pass.</param>
/// <param name="IsUpper">Whether the bound is from above.</param>
internal sealed record Limit(string Name, Func<Trial, double> Value, double Bound, bool IsUpper = true)
{
    /// <summary>
    /// The limit that whole pipeline stages move: a model that can be built may need more or less than its continuous neighbour.
    /// </summary>
    public const string TrainingMemory = "training_memory";

    // A size found by solving for the bound lands on it up to rounding.
    private const double Rounding = 1e-11;

    /// <summary>Zero on the bound: ln(value / bound), or the difference where a letter of a law's range may be zero or negative.</summary>
    public double Excess(Trial trial)
    {
        double value = Value(trial);
        return Bound > 0 && value > 0 ? Math.Log(value / Bound) : (value - Bound) / Math.Max(Math.Abs(Bound), 1);
    }

    public bool Holds(Trial trial) => Value(trial) == Bound || (IsUpper ? Excess(trial) <= Rounding : Excess(trial) >= -Rounding);
}
