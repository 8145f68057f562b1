namespace MoeScale.Charts;

/// <summary>
/// A table of numbers as coloured cells, written as an SVG: the darker the more, so that it is read without colour, with the number in each
/// cell that has room for it.
/// </summary>
/// <param name="Title">One line above; may be empty.</param>
/// <param name="X">What the columns are: "tokens".</param>
/// <param name="Y">What the rows are: "expert".</param>
/// <param name="Unit">What the numbers are: "load over the mean".</param>
/// <param name="Columns">Their names, from left to right.</param>
/// <param name="Rows">Their names, from top to bottom.</param>
/// <param name="Values">(rows, columns); what is not finite is a grey cell.</param>
public sealed record HeatMap(
    string Title,
    string X,
    string Y,
    string Unit,
    IReadOnlyList<string> Columns,
    IReadOnlyList<string> Rows,
    double[,] Values
)
{
    /// <summary>The value of the lightest colour; lower ones have it too.</summary>
    public double Low { get; init; }

    /// <summary>The value of the darkest colour; higher ones have it too. Null for the highest value.</summary>
    public double? High { get; init; }

    /// <summary>The map as one SVG element, 640 units wide and as high as its rows need; the same map gives the same text.</summary>
    /// <exception cref="ArgumentException">No cell, names that do not fit the values, or a high end that is not above the low
    /// one.</exception>
    public string ToSvg()
    {
        if (Columns.Count == 0 || Rows.Count == 0 || Values.GetLength(0) != Rows.Count || Values.GetLength(1) != Columns.Count)
        {
            throw new ArgumentException(
                $"'{Title}' has {Values.GetLength(0)} × {Values.GetLength(1)} values for {Rows.Count} rows and {Columns.Count} columns; "
                    + $"it needs one for each, and at least one."
            );
        }
        double highest = Values.Cast<double>().Where(double.IsFinite).DefaultIfEmpty(Low).Max();
        // All values alike are drawn light.
        double high = High ?? (highest > Low ? highest : Low + 1);
        if (!double.IsFinite(Low) || !double.IsFinite(high) || high <= Low)
        {
            throw new ArgumentException(
                $"the colours of '{Title}' would run from {Low} to {high}; the ends must be finite, the lower one first."
            );
        }
        return new HeatMapDrawing(this, new AxisRange(Scale.Linear, Low, high)).ToString();
    }
}
