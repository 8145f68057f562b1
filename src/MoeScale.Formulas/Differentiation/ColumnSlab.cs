using System.Runtime.CompilerServices;

namespace MoeScale.Formulas.Differentiation;

/// <summary>
/// Columns of doubles in one block of memory that never moves: each begins on a cache line, and is filled up with copies of
/// its first row to a whole number of vectors, so that loops over it have no tail.
/// </summary>
public sealed unsafe class ColumnSlab
{
    /// <summary>Doubles in the widest vector of any machine; the rows of a slab are a multiple of it.</summary>
    public const int Width = 8;

    private readonly double[] _memory;
    private readonly double* _first;

    /// <param name="columns">How many columns.</param>
    /// <param name="capacity">The most rows that it will hold.</param>
    public ColumnSlab(int columns, int capacity)
    {
        Count = columns;
        Capacity = Padded(capacity);
        // Columns a multiple of 4 KiB apart would make stores to one wait for loads from another.
        Stride = Capacity + (Capacity % (8 * Width) == 0 ? Width : 0);
        _memory = GC.AllocateArray<double>((columns * Stride) + Width, pinned: true);
        double* start = (double*)Unsafe.AsPointer(ref _memory[0]);
        _first = (double*)(((nuint)start + 63) & ~(nuint)63);
        Rows = capacity;
    }

    public int Count { get; }

    public int Capacity { get; }

    /// <summary>Rows in use.</summary>
    public int Rows { get; private set; }

    /// <summary>Rows in use, with the copies that fill up the last vector.</summary>
    public int PaddedRows => Padded(Rows);

    private int Stride { get; }

    /// <summary>The smallest multiple of <see cref="Width"/> that holds so many rows.</summary>
    public static int Padded(int rows) => (rows + Width - 1) / Width * Width;

    /// <summary>The first row of a column.</summary>
    public double* Pointer(int column) => _first + ((nint)column * Stride);

    /// <summary>The rows in use of a column.</summary>
    public Span<double> Column(int column) => new(Pointer(column), Rows);

    /// <summary>A column with the copies that fill it up; whoever writes it calls <see cref="Pad"/>.</summary>
    public Span<double> PaddedColumn(int column) => new(Pointer(column), PaddedRows);

    /// <summary>Fills the last vector of a column up.</summary>
    /// <param name="column">Which column.</param>
    /// <param name="value">With what: the first row, where any value that the formula can take will do.</param>
    public void Pad(int column, double value) => new Span<double>(Pointer(column) + Rows, PaddedRows - Rows).Fill(value);

    /// <summary>Says how many rows are in use, at most <see cref="Capacity"/>; their values stay.</summary>
    public void SetRows(int rows) => Rows = rows;

    /// <summary>Takes rows of another slab of as many columns; may repeat and leave out.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="rows">Indices of its rows, at least one and at most <see cref="Capacity"/>.</param>
    public void Gather(ColumnSlab source, ReadOnlySpan<int> rows)
    {
        Rows = rows.Length;
        for (int column = 0; column < Count; column++)
        {
            double* from = source.Pointer(column);
            double* to = Pointer(column);
            for (int i = 0; i < rows.Length; i++)
            {
                to[i] = from[rows[i]];
            }
            Pad(column, to[0]);
        }
    }
}
