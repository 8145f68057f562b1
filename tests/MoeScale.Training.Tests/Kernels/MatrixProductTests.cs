using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Products;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Tests.Kernels;

public sealed unsafe class MatrixProductTests : IDisposable
{
    private readonly WorkerPool _pool = new(2);

    /// <summary>The paths that this machine, and the switches of the runtime, allow.</summary>
    public static TheoryData<SimdPath> Paths => [.. Enum.GetValues<SimdPath>().Where(p => p <= SimdPaths.Widest)];

    /// <summary>One case of the formula; operands that are transposed are stored so.</summary>
    private sealed record Case(int Rows, int Columns, int Depth, bool TransposeLeft, bool TransposeRight, bool Add, bool Bias, int Gap);

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_SizesAroundTheTile_MatchesTheSum(SimdPath path)
    {
        using MatrixProduct product = new(_pool, path);
        (int rows, int columns) = path switch
        {
            SimdPath.Avx512 => (14, 32),
            SimdPath.Avx2 => (6, 16),
            _ => (8, 8),
        };
        Random random = new(1);
        for (int i = 0; i < 300; i++)
        {
            bool Coin() => random.Next(2) == 0;
            Check(
                product,
                random,
                new(
                    random.Next(1, (2 * rows) + 4),
                    random.Next(1, (2 * columns) + 4),
                    random.Next(1, 68),
                    Coin(),
                    Coin(),
                    Coin(),
                    Coin(),
                    Gap: random.Next(10)
                )
            );
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_SeveralBlocksChunksAndPasses_MatchesTheSum(SimdPath path)
    {
        using MatrixProduct product = new(_pool, path);
        Random random = new(2);
        foreach (bool transposeLeft in (bool[])[false, true])
        {
            foreach (bool transposeRight in (bool[])[false, true])
            {
                // Many chunks of rows; blocks of the depth; chunks of columns; both of them in passes.
                Check(product, random, new(400, 70, 65, transposeLeft, transposeRight, Add: false, Bias: true, Gap: 1));
                Check(product, random, new(40, 35, 1000, transposeLeft, transposeRight, Add: true, Bias: true, Gap: 0));
                Check(product, random, new(5, 700, 385, transposeLeft, transposeRight, Add: false, Bias: false, Gap: 3));
                Check(product, random, new(2, 2800, 384, transposeLeft, transposeRight, Add: false, Bias: true, Gap: 0));
                Check(product, random, new(2, 1030, 1200, transposeLeft, transposeRight, Add: true, Bias: true, Gap: 2));
            }
        }
        // More rows of a transposed left than there is room for, even for one block of the depth.
        Check(product, random, new(5470, 2, 384, TransposeLeft: true, TransposeRight: false, Add: false, Bias: false, Gap: 0));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_NoDepth_LeavesBiasAndOldOutput(SimdPath path)
    {
        using MatrixProduct product = new(_pool, path);
        Random random = new(3);
        foreach (bool add in (bool[])[false, true])
        {
            foreach (bool bias in (bool[])[false, true])
            {
                Check(product, random, new(17, 35, 0, TransposeLeft: false, TransposeRight: true, add, bias, Gap: 1));
            }
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    public void Multiply_EmptyOutput_DoesNothing(int rows, int columns)
    {
        using MatrixProduct product = new(_pool);
        using TestMatrix left = new(rows, 7, 7);
        using TestMatrix right = new(7, columns, columns);
        using TestMatrix output = new(rows, columns, columns + 1);
        product.Multiply(left.View, right.View, output.View);
        output.AssertPoisonIsWhole();
    }

    /// <summary>The three products of a layer, with the rows that one expert is given.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_ChosenRows_EqualsTheProductOfTheirCopy(SimdPath path)
    {
        using MatrixProduct product = new(_pool, path);
        Random random = new(4);
        using TestMatrix x = new(90, 40, 43, random);
        using TestMatrix weight = new(37, 40, 40, random);
        using TestMatrix dOutput = new(70, 37, 37, random);
        int[] chosen = [.. Enumerable.Range(0, 70).Select(_ => random.Next(90))];
        using TestMatrix copy = new(70, 40, 40);
        for (int r = 0; r < 70; r++)
        {
            for (int c = 0; c < 40; c++)
            {
                copy[r, c] = x[chosen[r], c];
            }
        }
        using TestMatrix expected = new(70, 37, 37);
        using TestMatrix actual = new(70, 37, 37);
        using TestMatrix expectedWeight = new(37, 40, 40);
        using TestMatrix actualWeight = new(37, 40, 40);
        fixed (int* rows = chosen)
        {
            Matrix gathered = x.View.ChooseRows(rows, 70);
            product.Multiply(copy.View, weight.View.Transpose(), expected.View);
            product.Multiply(gathered, weight.View.Transpose(), actual.View);
            product.Multiply(dOutput.View.Transpose(), copy.View, expectedWeight.View);
            product.Multiply(dOutput.View.Transpose(), gathered, actualWeight.View);
            Assert.Equal(expected.ToArray(), actual.ToArray());
            Assert.Equal(expectedWeight.ToArray(), actualWeight.ToArray());
            // And as the left operand of a weight gradient, here (in, out).
            using TestMatrix turned = new(40, 37, 37);
            product.Multiply(gathered.Transpose(), dOutput.View, turned.View);
            for (int i = 0; i < 40 * 37; i++)
            {
                Assert.Equal(expectedWeight[i % 37, i / 37], turned[i / 37, i % 37]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_NaN_ReachesItsRowOrColumnOnly(SimdPath path)
    {
        using MatrixProduct product = new(_pool, path);
        Random random = new(5);
        foreach (bool transpose in (bool[])[false, true])
        {
            using TestMatrix left = transpose ? new(50, 33, 33, random) : new(33, 50, 50, random);
            using TestMatrix right = transpose ? new(45, 50, 50, random) : new(50, 45, 45, random);
            using TestMatrix output = new(33, 45, 45);
            left[transpose ? 47 : 15, transpose ? 15 : 47] = float.NaN;
            right[transpose ? 44 : 3, transpose ? 3 : 44] = float.PositiveInfinity;
            product.Multiply(transpose ? left.View.Transpose() : left.View, transpose ? right.View.Transpose() : right.View, output.View);
            for (int r = 0; r < 33; r++)
            {
                for (int c = 0; c < 45; c++)
                {
                    Assert.True(
                        r == 15 ? float.IsNaN(output[r, c]) : float.IsFinite(output[r, c]) == (c != 44),
                        $"({r}, {c}) is {output[r, c]}"
                    );
                }
            }
        }
    }

    /// <summary>Poison shows what is used beyond an operand; this shows what is read, or even touched: the process would end.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_OperandsAtTheEndOfMemory_ReadsNothingBeyond(SimdPath path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Guards its memory by Linux's calls.");
        using MatrixProduct product = new(_pool, path);
        Random random = new(10);
        for (int i = 0; i < 120; i++)
        {
            // Half of them smaller than a vector, where beyond a row is soon beyond the memory.
            (int rows, int columns, int depth) =
                i < 60
                    ? (random.Next(1, 6), random.Next(1, 6), random.Next(1, 20))
                    : (random.Next(1, 40), random.Next(1, 70), random.Next(1, 70));
            using PageGuard left = new(rows * depth, random);
            using PageGuard right = new(depth * columns, random);
            using PageGuard bias = new(columns, random);
            using PageGuard output = new(rows * columns, random);
            Matrix a = i % 2 == 0 ? new(left.Data, rows, depth) : new Matrix(left.Data, depth, rows).Transpose();
            Matrix b = i / 2 % 2 == 0 ? new(right.Data, depth, columns) : new Matrix(right.Data, columns, depth).Transpose();
            product.Multiply(a, b, new(output.Data, rows, columns), add: i % 3 == 0, bias.Data);
            // All terms are positive: a sum that was made is, too.
            Assert.True(output.Data[(rows * columns) - 1] > 0);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_AnyNumberOfThreads_GivesTheSameBits(SimdPath path)
    {
        Random random = new(6);
        // Forward, input gradient, and a weight gradient of many tokens; each large enough to be shared.
        (int Rows, int Columns, int Depth, bool TransposeLeft, bool TransposeRight)[] shapes =
        [
            (300, 100, 130, false, true),
            (300, 130, 100, false, false),
            (70, 60, 900, true, false),
        ];
        foreach ((int rows, int columns, int depth, bool transposeLeft, bool transposeRight) in shapes)
        {
            using TestMatrix left = transposeLeft ? new(depth, rows, rows, random) : new(rows, depth, depth, random);
            using TestMatrix right = transposeRight ? new(columns, depth, depth, random) : new(depth, columns, columns, random);
            float[]? first = null;
            foreach (int threads in (int[])[1, 2, 3, 5, 0])
            {
                using WorkerPool pool = new(Math.Max(1, threads));
                using MatrixProduct product = new(pool, path);
                using TestMatrix output = new(rows, columns, columns, new Random(7));
                Matrix a = transposeLeft ? left.View.Transpose() : left.View;
                Matrix b = transposeRight ? right.View.Transpose() : right.View;
                if (threads == 0)
                {
                    product.MultiplyAlone(worker: 0, a, b, output.View, add: true);
                }
                else
                {
                    product.Multiply(a, b, output.View, add: true);
                }
                first ??= output.ToArray();
                Assert.Equal(first, output.ToArray());
            }
        }
    }

    [Fact]
    public void MultiplyAlone_InChunksOfAJob_GivesWhatEachGivesByItself()
    {
        using MatrixProduct product = new(_pool);
        Random random = new(8);
        using TestMatrix left = new(20 * 32, 64, 64, random);
        using TestMatrix right = new(20 * 50, 64, 64, random);
        using TestMatrix together = new(20 * 32, 50, 50);
        using TestMatrix single = new(20 * 32, 50, 50);
        Batch batch = new(product, left.View, right.View, together.View);
        _pool.Run(20, batch);
        for (int i = 0; i < 20; i++)
        {
            product.Multiply(left.View.RowRange(32 * i, 32), right.View.RowRange(50 * i, 50).Transpose(), single.View.RowRange(32 * i, 32));
        }
        Assert.Equal(single.ToArray(), together.ToArray());
    }

    [Fact]
    public void Multiply_SizesThatDoNotFit_NamesThem()
    {
        using MatrixProduct product = new(_pool);
        using TestMatrix left = new(3, 4, 4);
        using TestMatrix right = new(5, 6, 6);
        using TestMatrix output = new(3, 6, 6);
        Assert.StartsWith(
            "(3, 4) times (5, 6) into (3, 6)",
            Assert.Throws<ArgumentException>(() => product.Multiply(left.View, right.View, output.View)).Message
        );
        Assert.Throws<ArgumentException>(() => product.Multiply(left.View, left.View.Transpose(), output.View));
        using TestMatrix square = new(3, 3, 3);
        Assert.Throws<ArgumentException>(() => product.Multiply(left.View, left.View.Transpose(), square.View.Transpose()));
    }

    /// <summary>Scratch memory is a worker's own: nobody is given that of another, or what lies beyond all of it.</summary>
    [Fact]
    public void Multiply_WithoutScratchMemoryOfItsOwn_IsRefused()
    {
        using MatrixProduct product = new(_pool);
        using TestMatrix left = new(3, 4, 4);
        using TestMatrix output = new(3, 3, 3);
        foreach (int worker in (int[])[-1, _pool.Threads])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => product.MultiplyAlone(worker, left.View, left.View.Transpose(), output.View));
        }
        Exception refused = Assert.Throws<InvalidOperationException>(() => _pool.Run(2, new SharedInside(product, left.View, output.View)));
        Assert.Contains("MultiplyAlone", refused.Message, StringComparison.Ordinal);
        output.AssertPoisonIsWhole();
    }

    /// <summary>
    /// Against the sum in double. Each element is a sum of depth products, a bias and an old value in single precision, in
    /// whatever order: its error is at most γ_n·(Σ|left·right| + |bias| + |old|), with n = depth + 2 roundings of sums and
    /// one more of a product where the path does not fuse, and γ_n = n·u/(1 − n·u), u = 2⁻²⁴ (Higham, section 3.1).
    /// </summary>
    private static void Check(MatrixProduct product, Random random, Case c)
    {
        using TestMatrix left = c.TransposeLeft
            ? new(c.Depth, c.Rows, c.Rows + c.Gap, random)
            : new(c.Rows, c.Depth, c.Depth + c.Gap, random);
        using TestMatrix right = c.TransposeRight
            ? new(c.Columns, c.Depth, c.Depth + c.Gap, random)
            : new(c.Depth, c.Columns, c.Columns + c.Gap, random);
        using TestMatrix bias = new(1, c.Columns, c.Columns, random);
        using TestMatrix output = c.Add ? new(c.Rows, c.Columns, c.Columns + c.Gap, random) : new(c.Rows, c.Columns, c.Columns + c.Gap);
        float[] old = output.ToArray();
        product.Multiply(
            c.TransposeLeft ? left.View.Transpose() : left.View,
            c.TransposeRight ? right.View.Transpose() : right.View,
            output.View,
            c.Add,
            c.Bias ? bias.Data : null
        );
        double roundings = (c.Depth + 3) * Math.ScaleB(1, -24);
        for (int i = 0; i < c.Rows; i++)
        {
            for (int j = 0; j < c.Columns; j++)
            {
                double sum = (c.Bias ? bias[0, j] : 0) + (c.Add ? old[(i * c.Columns) + j] : 0.0);
                double size = (c.Bias ? Math.Abs(bias[0, j]) : 0) + (c.Add ? Math.Abs(old[(i * c.Columns) + j]) : 0);
                for (int k = 0; k < c.Depth; k++)
                {
                    double term = (double)(c.TransposeLeft ? left[k, i] : left[i, k]) * (c.TransposeRight ? right[j, k] : right[k, j]);
                    sum += term;
                    size += Math.Abs(term);
                }
                double bound = roundings / (1 - roundings) * size;
                // Written so that a NaN fails.
                Assert.True(Math.Abs(output[i, j] - sum) <= bound, $"{c}: ({i}, {j}) is {output[i, j]}, not {sum} ± {bound}");
            }
        }
        output.AssertPoisonIsWhole();
    }

    public void Dispose() => _pool.Dispose();

    private readonly struct SharedInside(MatrixProduct product, Matrix left, Matrix output) : IChunkedJob
    {
        public void Run(int chunk, int worker) => product.Multiply(left, left.Transpose(), output);
    }

    private readonly struct Batch(MatrixProduct product, Matrix left, Matrix right, Matrix output) : IChunkedJob
    {
        public void Run(int chunk, int worker) =>
            product.MultiplyAlone(
                worker,
                left.RowRange(32 * chunk, 32),
                right.RowRange(50 * chunk, 50).Transpose(),
                output.RowRange(32 * chunk, 32)
            );
    }
}
