namespace MoeScale.Training.Kernels.Products;

/// <summary>
/// A matrix in memory that somebody else owns and keeps in place: rows lie <see cref="Stride"/> elements apart. A transposed
/// matrix, a range of columns and a choice of rows are views of the same memory; nothing is moved.
/// </summary>
public readonly unsafe struct Matrix
{
    /// <param name="data">The element (0, 0).</param>
    /// <param name="stride">Elements from a row to the next; at least <paramref name="columns"/>.</param>
    /// <exception cref="ArgumentException">A negative size, or rows that overlap.</exception>
    public Matrix(float* data, int rows, int columns, int stride)
        : this(data, rows, columns, stride, transposed: false, chosen: null)
    {
        if (rows < 0 || columns < 0 || stride < columns)
        {
            throw new ArgumentException(
                $"A matrix of {rows} rows, {columns} columns and a stride of {stride}: sizes must not be negative, "
                    + $"nor the stride below the columns."
            );
        }
    }

    /// <summary>Rows without gaps.</summary>
    public Matrix(float* data, int rows, int columns)
        : this(data, rows, columns, columns) { }

    private Matrix(float* data, int rows, int columns, int stride, bool transposed, int* chosen)
    {
        Data = data;
        Rows = rows;
        Columns = columns;
        Stride = stride;
        IsTransposed = transposed;
        Chosen = chosen;
    }

    public float* Data { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Elements from a stored row to the next.</summary>
    public int Stride { get; }

    /// <summary>Element (r, c) is in stored row c, not r.</summary>
    public bool IsTransposed { get; }

    /// <summary>Stored row i is row Chosen[i] of memory; null if they are taken in order.</summary>
    internal int* Chosen { get; }

    public Matrix Transpose() => new(Data, Columns, Rows, Stride, !IsTransposed, Chosen);

    /// <summary>
    /// Rows <paramref name="rows"/>[0], <paramref name="rows"/>[1], ... of this: in any order, any of them more than once.
    /// </summary>
    /// <param name="rows">(count), each below <see cref="Rows"/>; stays where it is as long as the view is used.</param>
    /// <exception cref="InvalidOperationException">This is transposed or already a choice of rows.</exception>
    public Matrix ChooseRows(int* rows, int count) =>
        IsTransposed || Chosen != null
            ? throw new InvalidOperationException("Choose rows of the stored matrix, then transpose.")
            : new(Data, count, Columns, Stride, transposed: false, rows);

    /// <summary>Columns first to first + count − 1.</summary>
    public Matrix ColumnRange(int first, int count) =>
        IsTransposed || first < 0 || count < 0 || first + count > Columns
            ? throw new ArgumentException(
                $"Columns {first} to {first + count - 1} of a {(IsTransposed ? "transposed " : "")}matrix of {Columns}: "
                    + $"take columns that it has, then transpose."
            )
            : new(Data + first, Rows, count, Stride, transposed: false, Chosen);

    /// <summary>Rows first to first + count − 1.</summary>
    public Matrix RowRange(int first, int count) =>
        IsTransposed || first < 0 || count < 0 || first + count > Rows
            ? throw new ArgumentException(
                $"Rows {first} to {first + count - 1} of a {(IsTransposed ? "transposed " : "")}matrix of {Rows}: take rows that it has, "
                    + $"then transpose."
            )
        : Chosen == null ? new(Data + ((nint)first * Stride), count, Columns, Stride, transposed: false, chosen: null)
        : new(Data, count, Columns, Stride, transposed: false, Chosen + first);

    /// <summary>Address of the first element of a stored row.</summary>
    internal float* StoredRow(int row) => Data + ((nint)(Chosen == null ? row : Chosen[row]) * Stride);
}
