using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Products;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Tests.Kernels;

/// <summary>
/// Products at each border of the blocking and one beyond it, found from its constants: rows of a chunk, blocks and passes of the
/// depth, and what just fills the room of a packed operand. In tall, deep and narrow ones an operand could run over into the other.
/// </summary>
/// <remarks>
/// Operands hold small whole numbers, so that each sum is exact in single precision, in whatever order: only the right bits pass. Every
/// element is looked at, though not by itself: output·v must be left·(right·v) for weights v, which is exact in double precision.
/// </remarks>
public sealed unsafe class ProductBorderTests : IDisposable
{
    private const int Block = ProductPass<PortableTile>.LargestDepthBlock;

    // Deeper than any border but those of a right operand of a few columns, which have no pass of their own.
    private const int Deepest = 2000;

    private const int Numbers = 1 << 22;

    // Rows that a choice is made of.
    private const int Stored = 2 * Block;

    private readonly WorkerPool _pool = new(2);
    private readonly NativeFloats _numbers = new(Numbers);
    private readonly int[] _chosen;
    private readonly double[] _weights;

    public ProductBorderTests()
    {
        Random random = new(12);
        // Sums of up to Deepest products are at most 16·2000, far below 2²⁴.
        for (int i = 0; i < Numbers; i++)
        {
            _numbers.Data[i] = (i * 31 % 7) - 3 + (random.Next(3) - 1);
        }
        _chosen = GC.AllocateArray<int>(Deepest, pinned: true);
        for (int i = 0; i < Deepest; i++)
        {
            _chosen[i] = random.Next(Stored);
        }
        _weights = [.. Enumerable.Range(0, 1 << 13).Select(_ => (double)random.Next(1, 1000))];
    }

    /// <summary>All of them once; in a process that has a path of its own, that one.</summary>
    public static TheoryData<SimdPath> Paths => SimdPathTests.IsInside ? [SimdPaths.Widest] : MatrixProductTests.Paths;

    /// <summary>The three products of a layer, and the weight gradient of an expert, whose tokens are a choice of rows.</summary>
    private enum Kind
    {
        Forward,
        InputGradient,
        WeightGradient,
        WeightGradientOfChosen,
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void MultiplyAlone_AtEveryBorder_GivesTheExactSums(SimdPath path) =>
        Check(path, alone: true, MatrixProduct.OwnLeft, MatrixProduct.OwnRight);

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_AtEveryBorder_GivesTheExactSums(SimdPath path) =>
        Check(path, alone: false, MatrixProduct.SharedLeft, MatrixProduct.SharedRight);

    private void Check(SimdPath path, bool alone, int roomOfLeft, int roomOfRight)
    {
        using MatrixProduct product = new(_pool, path);
        (int tileRows, int tileColumns) = path switch
        {
            SimdPath.Avx512 => (Avx512Tile.Rows, Avx512Tile.Columns),
            SimdPath.Avx2 => (Avx2Tile.Rows, Avx2Tile.Columns),
            _ => (PortableTile.Rows, PortableTile.Columns),
        };
        int tried = 0;
        List<string> wrong = [];
        foreach (Kind kind in Enum.GetValues<Kind>())
        {
            foreach ((int rows, int columns, int depth) in Sizes(kind, tileRows, tileColumns, roomOfLeft, roomOfRight).Distinct())
            {
                // Smaller ones are not shared.
                if (depth <= Deepest && (alone || 2L * rows * columns * depth >= MatrixProduct.AloneBelow))
                {
                    tried++;
                    if (WhyWrong(product, alone, kind, rows, columns, depth) is string reason)
                    {
                        wrong.Add($"{kind} of {rows} rows, {columns} columns, depth {depth}: {reason}");
                    }
                }
            }
        }
        Assert.True(tried > 60, $"only {tried} sizes");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {tried} are wrong: {string.Join("; ", wrong.Take(5))}");
    }

    private static IEnumerable<(int Rows, int Columns, int Depth)> Sizes(
        Kind kind,
        int tileRows,
        int tileColumns,
        int roomOfLeft,
        int roomOfRight
    )
    {
        const int Chunk = ProductPass<PortableTile>.LargestRowChunk;
        bool packsLeft = kind >= Kind.WeightGradient;
        // A left operand of the most rows that have room for a block of the depth, for two and for three; else of the rows of a chunk.
        int[] rows = packsLeft ? [Chunk, roomOfLeft / Block / 3, roomOfLeft / Block / 2, roomOfLeft / Block] : [Chunk];
        foreach (int r in AtAndBeyond(rows))
        {
            // An operand of millions of elements is enough at the border of a block.
            bool isHuge = r > 1000;
            foreach (int c in AtAndBeyond(isHuge ? [tileColumns] : [tileColumns, 2 * tileColumns]))
            {
                foreach (int d in AtAndBeyond(isHuge ? [Block] : [Block, 2 * Block, roomOfLeft / r, MatrixProduct.SharedBoth / (r + c)]))
                {
                    yield return (r, c, d);
                }
            }
        }
        foreach (int c in AtAndBeyond(roomOfRight / Block / 2, roomOfRight / Block))
        {
            foreach (int d in AtAndBeyond(Block, 2 * Block, roomOfRight / c))
            {
                yield return (tileRows + 1, c, d);
            }
        }
    }

    private static IEnumerable<int> AtAndBeyond(params int[] borders) => borders.SelectMany(b => (int[])[b, b + 1]);

    /// <summary>Null if it is right.</summary>
    private string? WhyWrong(MatrixProduct product, bool alone, Kind kind, int rows, int columns, int depth)
    {
        bool turnsLeft = kind >= Kind.WeightGradient,
            turnsRight = kind == Kind.Forward;
        (int leftRows, int leftWidth) = turnsLeft ? (depth, rows) : (rows, depth);
        (int rightRows, int rightWidth) = turnsRight ? (columns, depth) : (depth, columns);
        int stored = kind == Kind.WeightGradientOfChosen ? Stored : rightRows;
        Assert.InRange(Math.Max(leftRows * (leftWidth + 1), stored * (rightWidth + 2)), 1, Numbers);
        // The same memory for both: a product reads it and no more.
        Matrix left = new(_numbers.Data, leftRows, leftWidth, leftWidth + 1);
        Matrix right = new(_numbers.Data, stored, rightWidth, rightWidth + 2);
        using TestMatrix output = new(rows, columns, columns + 1);
        fixed (int* chosen = _chosen)
        {
            if (kind == Kind.WeightGradientOfChosen)
            {
                right = right.ChooseRows(chosen, rightRows);
            }
            Matrix a = turnsLeft ? left.Transpose() : left,
                b = turnsRight ? right.Transpose() : right;
            if (alone)
            {
                product.MultiplyAlone(worker: 1, a, b, output.View);
            }
            else
            {
                product.Multiply(a, b, output.View);
            }
            output.AssertPoisonIsWhole();
            double[] expected = TimesVector(a, TimesVector(b, _weights)),
                actual = TimesVector(output.View, _weights);
            int at = Enumerable.Range(0, rows).FirstOrDefault(i => !(actual[i] == expected[i]), -1);
            return at < 0 ? null : $"row {at} makes {actual[at]}, not {expected[at]}";
        }
    }

    private static double[] TimesVector(Matrix m, double[] v)
    {
        double[] y = new double[m.Rows];
        for (int stored = 0; stored < (m.IsTransposed ? m.Columns : m.Rows); stored++)
        {
            float* row = m.StoredRow(stored);
            if (m.IsTransposed)
            {
                double factor = v[stored];
                for (int i = 0; i < y.Length; i++)
                {
                    y[i] += factor * row[i];
                }
                continue;
            }
            double sum = 0;
            for (int i = 0; i < m.Columns; i++)
            {
                sum += v[i] * row[i];
            }
            y[stored] = sum;
        }
        return y;
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _pool.Dispose();
    }
}
