namespace MoeScale.Charts;

/// <summary>One point of a curve.</summary>
/// <param name="X">A finite number.</param>
/// <param name="Y">The value; where it is not finite the curve has a gap.</param>
/// <param name="Emphasised">Drawn as a large filled marker whatever the <see cref="Mark"/>: a minimum, say.</param>
public sealed record ChartPoint(double X, double Y, bool Emphasised = false);

/// <summary>How the points of a curve are drawn.</summary>
public enum Mark
{
    /// <summary>A line, with one marker where its label stands.</summary>
    Line,

    /// <summary>A marker at each point.</summary>
    Points,

    LineAndPoints,
}

/// <summary>One curve.</summary>
/// <param name="Name">The label at its end.</param>
/// <param name="Points">Points in the order in which they are joined.</param>
/// <param name="Mark">How they are drawn.</param>
public sealed record Series(string Name, IReadOnlyList<ChartPoint> Points, Mark Mark = Mark.Line)
{
    /// <summary>Whether a value holds until the next point, as a choice does, rather than changing evenly towards it.</summary>
    public bool Steps { get; init; }

    /// <summary>
    /// Curves of one style look alike, as one model under several budgets should; null for the curve's place in the chart.
    /// </summary>
    public int? Style { get; init; }
}
