namespace MoeScale.Planning;

/// <summary>A bound on a quantity that rises or falls steadily with the size of the model.</summary>
/// <param name="Limit">The limit that it comes from.</param>
/// <param name="Value">The quantity.</param>
/// <param name="End">What it must not pass.</param>
/// <param name="IsUpper">Whether the bound is from above.</param>
internal sealed record Bound(Limit Limit, Func<Trial, double> Value, double End, bool IsUpper = true)
{
    // A size found by solving for the bound lands on it up to rounding.
    private const double Rounding = 1e-11;

    /// <summary>Zero on the bound: ln(value / bound), or the difference where a letter of a law's range may be zero or negative.</summary>
    public double Excess(Trial trial)
    {
        double value = Value(trial);
        return End > 0 && value > 0 ? Math.Log(value / End) : (value - End) / Math.Max(Math.Abs(End), 1);
    }

    public bool Holds(Trial trial) => Value(trial) == End || (IsUpper ? Excess(trial) <= Rounding : Excess(trial) >= -Rounding);
}
