namespace MoeScale.Charts;

/// <summary>A curve's name beside its end.</summary>
/// <param name="Series">The curve's place in the chart.</param>
/// <param name="Left">Where the text starts.</param>
/// <param name="Width">How long it is, estimated.</param>
/// <param name="Wanted">The height at which the curve ends.</param>
internal sealed record EndLabel(int Series, double Left, double Width, double Wanted)
{
    /// <summary>The height at which the label stands.</summary>
    public double Height { get; init; } = Wanted;
}

/// <summary>Pushes labels apart so that none covers another.</summary>
internal static class EndLabels
{
    /// <summary>
    /// The labels at the heights nearest to the wanted ones (least squares) such that labels above one another are
    /// <paramref name="spacing"/> apart; null where they do not fit between <paramref name="top"/> and <paramref name="bottom"/>.
    /// </summary>
    public static IReadOnlyList<EndLabel>? Place(IEnumerable<EndLabel> labels, double spacing, double top, double bottom)
    {
        List<EndLabel> placed = [];
        foreach (List<EndLabel> column in Columns(labels))
        {
            if ((column.Count - 1) * spacing > bottom - top)
            {
                return null;
            }
            placed.AddRange(Spread(column, spacing, top, bottom));
        }
        return placed;
    }

    /// <summary>Labels that share some stretch from left to right, be it through others between them.</summary>
    private static List<List<EndLabel>> Columns(IEnumerable<EndLabel> labels)
    {
        List<List<EndLabel>> columns = [];
        double right = double.NegativeInfinity;
        foreach (EndLabel label in labels.OrderBy(l => l.Left))
        {
            if (label.Left > right)
            {
                columns.Add([]);
            }
            columns[^1].Add(label);
            right = Math.Max(right, label.Left + label.Width);
        }
        return columns;
    }

    /// <summary>
    /// With z_i = height_i − i·spacing the condition is that z never falls: isotonic regression, solved by pooling adjacent
    /// violators into blocks at their mean. Clamping that to bounds is again the best within them.
    /// </summary>
    private static IEnumerable<EndLabel> Spread(List<EndLabel> column, double spacing, double top, double bottom)
    {
        EndLabel[] sorted = [.. column.OrderBy(l => l.Wanted)];
        Stack<(double Sum, int Count)> blocks = new();
        for (int i = 0; i < sorted.Length; i++)
        {
            (double sum, int count) = (sorted[i].Wanted - (i * spacing), 1);
            while (blocks.TryPeek(out (double Sum, int Count) last) && last.Sum / last.Count > sum / count)
            {
                blocks.Pop();
                (sum, count) = (sum + last.Sum, count + last.Count);
            }
            blocks.Push((sum, count));
        }
        double highest = bottom - ((sorted.Length - 1) * spacing);
        IEnumerable<double> z = blocks.Reverse().SelectMany(b => Enumerable.Repeat(Math.Clamp(b.Sum / b.Count, top, highest), b.Count));
        return sorted.Zip(z, (label, value) => (label, value)).Select((pair, i) => pair.label with { Height = pair.value + (i * spacing) });
    }
}
