namespace MoeScale.Training.Kernels.Products;

/// <summary>
/// The innermost product: a block of the output small enough to be kept in registers while the whole depth passes by.
/// One implementation for each set of vector instructions; all that is around it is written once.
/// </summary>
/// <remarks>
/// A panel holds its operand in the order of use: for each step of the depth the elements of all its rows (left) or columns
/// (right). Each element of the output is one chain of multiply-adds along the depth, whatever the block it falls in: how the
/// output is cut cannot change a bit.
/// </remarks>
internal unsafe interface ITile
{
    /// <summary>The most rows of a block. There is a kernel for each number from 1 up.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a block.</summary>
    static abstract int Columns { get; }

    /// <summary>Side of the square that <see cref="Transpose"/> turns; 0 where it cannot.</summary>
    static abstract int Square { get; }

    /// <summary>output[r,c] = Σ_d left[d,r] · right[d,c]  (+ bias[c])  (+ output[r,c]), added in this order.</summary>
    /// <param name="left">(depth, rows), packed.</param>
    /// <param name="right">(depth, Columns), packed, aligned to 64 bytes.</param>
    /// <param name="output">(rows, Columns), rows <paramref name="stride"/> elements apart.</param>
    /// <param name="bias">(Columns) or null.</param>
    /// <param name="add">Whether the old output counts.</param>
    static abstract void Multiply(int rows, int depth, float* left, float* right, float* output, nint stride, float* bias, bool add);

    /// <summary>panel[d,lane] = lanes[lane][offset + d] for a square of lanes and depths, written in the order of d.</summary>
    /// <param name="lanes">(Square) addresses.</param>
    /// <param name="stride">Elements from one d to the next in <paramref name="panel"/>. Where it is less than Square, the lanes
    /// beyond it are overwritten by the next d; after the last one they fall beyond the panel.</param>
    static abstract void Transpose(float** lanes, nint offset, float* panel, int stride);
}

/// <summary>A number that the compiler knows: kernels of 1 to 14 rows are one text, its unused rows left out of each.</summary>
internal interface IRowCount
{
    static abstract int Count { get; }
}

internal readonly struct Rows1 : IRowCount
{
    public static int Count => 1;
}

internal readonly struct Rows2 : IRowCount
{
    public static int Count => 2;
}

internal readonly struct Rows3 : IRowCount
{
    public static int Count => 3;
}

internal readonly struct Rows4 : IRowCount
{
    public static int Count => 4;
}

internal readonly struct Rows5 : IRowCount
{
    public static int Count => 5;
}

internal readonly struct Rows6 : IRowCount
{
    public static int Count => 6;
}

internal readonly struct Rows7 : IRowCount
{
    public static int Count => 7;
}

internal readonly struct Rows8 : IRowCount
{
    public static int Count => 8;
}

internal readonly struct Rows9 : IRowCount
{
    public static int Count => 9;
}

internal readonly struct Rows10 : IRowCount
{
    public static int Count => 10;
}

internal readonly struct Rows11 : IRowCount
{
    public static int Count => 11;
}

internal readonly struct Rows12 : IRowCount
{
    public static int Count => 12;
}

internal readonly struct Rows13 : IRowCount
{
    public static int Count => 13;
}

internal readonly struct Rows14 : IRowCount
{
    public static int Count => 14;
}
