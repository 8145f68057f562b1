using MoeScale.Formulas.Differentiation;

namespace MoeScale.Laws.Fitting.Problem;

/// <summary>Rows as an objective reads them: the formula's data columns, what it should give, and weights.</summary>
internal sealed class RowSet
{
    private readonly ColumnSlab _sides;

    private RowSet(ColumnSlab data, ColumnSlab sides)
    {
        Data = data;
        _sides = sides;
    }

    /// <summary>A set with room for so many rows of another.</summary>
    public static RowSet Room(RowSet like, int capacity) => new(new ColumnSlab(like.Data.Count, capacity), new ColumnSlab(2, capacity));

    /// <param name="formula">The formula whose data columns are to be bound.</param>
    /// <param name="columns">One column for each of its letters.</param>
    /// <param name="observed">What it should give.</param>
    /// <param name="weights">Null for equal ones.</param>
    /// <param name="log">Whether targets are logarithms of what was observed.</param>
    public static RowSet Of(DifferentiableFormula formula, IReadOnlyList<double[]> columns, double[] observed, double[]? weights, bool log)
    {
        RowSet rows = new(formula.Bind([.. columns.Select(c => (ReadOnlyMemory<double>)c)]), new ColumnSlab(2, observed.Length));
        for (int i = 0; i < observed.Length; i++)
        {
            rows.Targets[i] = log ? Math.Log(observed[i]) : observed[i];
            rows.Weights[i] = weights?[i] ?? 1;
        }
        rows.Pad();
        return rows;
    }

    public ColumnSlab Data { get; }

    public int Count => _sides.Rows;

    /// <summary>What the formula, or its logarithm, should give.</summary>
    public Span<double> Targets => _sides.Column(0);

    public Span<double> Weights => _sides.Column(1);

    internal unsafe double* TargetPointer => _sides.Pointer(0);

    internal unsafe double* WeightPointer => _sides.Pointer(1);

    public double WeightSum
    {
        get
        {
            double sum = 0;
            foreach (double w in Weights)
            {
                sum += w;
            }
            return sum;
        }
    }

    /// <summary>Takes rows of another set, each so many times as <paramref name="counts"/> says.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="counts">One for each row of the source, not all zero.</param>
    /// <param name="scratch">As long as <paramref name="counts"/>.</param>
    public void Resample(RowSet source, ReadOnlySpan<int> counts, Span<int> scratch)
    {
        int taken = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
            {
                scratch[taken++] = i;
            }
        }
        Data.Gather(source.Data, scratch[..taken]);
        _sides.Gather(source._sides, scratch[..taken]);
        for (int i = 0; i < taken; i++)
        {
            Weights[i] *= counts[scratch[i]];
        }
        Pad();
    }

    // Rows that fill the last vector up weigh nothing.
    private void Pad() => _sides.Pad(1, 0);
}
