namespace MoeScale.Planning.Papers;

/// <summary>How a number is written.</summary>
public enum Style
{
    Count,
    Integer,
    Fixed,
    Ratio,
    Scientific,
    Percent,
}

/// <summary>A number that a paper prints beside the number that this program computes.</summary>
/// <param name="Label">Which row of the paper's table.</param>
/// <param name="Quantity">Which number of the row.</param>
/// <param name="Printed">The paper's number; null where it prints an interval.</param>
/// <param name="Low">The smallest computed number that agrees with the paper.</param>
/// <param name="High">The largest; may be infinite.</param>
/// <param name="Computed">Ours.</param>
/// <param name="Style">How they are written.</param>
/// <param name="Note">Why they differ, where it is known; may be empty.</param>
public sealed record Comparison(
    string Label,
    string Quantity,
    double? Printed,
    double Low,
    double High,
    double Computed,
    Style Style,
    string Note = ""
)
{
    /// <summary>Whether the computed number agrees with the paper.</summary>
    public bool Agrees => Computed >= Low && Computed <= High;

    /// <summary>Computed minus printed; null where the paper prints an interval.</summary>
    public double? Difference => Computed - Printed;

    /// <summary>The difference as a share of the printed number.</summary>
    public double? RelativeDifference => Difference / Math.Abs(Printed ?? double.NaN);

    /// <summary>Agreement within a share of the printed number.</summary>
    public static Comparison Share(string label, string quantity, double printed, double computed, double share, Style style) =>
        Amount(label, quantity, printed, computed, share * Math.Abs(printed), style);

    /// <summary>Agreement within an amount, such as half a unit of the last printed digit.</summary>
    public static Comparison Amount(
        string label,
        string quantity,
        double printed,
        double computed,
        double amount,
        Style style,
        string note = ""
    ) => new(label, quantity, printed, printed - amount, printed + amount, computed, style, note);

    /// <summary>Agreement with an interval that the paper prints.</summary>
    public static Comparison Inside(
        string label,
        string quantity,
        double low,
        double high,
        double computed,
        Style style,
        string note = ""
    ) => new(label, quantity, null, low, high, computed, style, note);
}

/// <param name="Title">Which table or figure of the paper.</param>
/// <param name="Note">What is compared, and why some numbers cannot meet.</param>
/// <param name="Rows">The numbers.</param>
public sealed record ComparisonTable(string Title, string Note, IReadOnlyList<Comparison> Rows);

/// <param name="Id">joint, fine-grained or step-law.</param>
/// <param name="Title">The paper.</param>
/// <param name="Tables">Its numbers beside ours.</param>
public sealed record PaperComparison(string Id, string Title, IReadOnlyList<ComparisonTable> Tables)
{
    /// <summary>The papers that can be reproduced, by id.</summary>
    public static IReadOnlyDictionary<string, Func<PaperComparison>> All { get; } =
        new Dictionary<string, Func<PaperComparison>>
        {
            ["joint"] = JointPaper.Compare,
            ["fine-grained"] = FineGrainedPaper.Compare,
            ["step-law"] = StepLawPaper.Compare,
        };
}
