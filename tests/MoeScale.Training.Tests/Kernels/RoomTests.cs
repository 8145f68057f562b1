using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Products;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class RoomTests
{
    public static TheoryData<SimdPath> Paths => MatrixProductTests.Paths;

    [Fact]
    public void For_MoreThanThereIs_IsRefused()
    {
        using Guarded<float> memory = new(40);
        float* data = memory;
        Assert.True(new Room(data, 40).For(40, "rows") == data);
        Exception refused = Assert.Throws<InvalidOperationException>(() => new Room(data, 40).Require(41, "rows"));
        Assert.Equal("There is room for 40 elements of rows, and 41 are to be written.", refused.Message);
        // What a size that does not fit 32 bits turns into.
        Assert.Throws<InvalidOperationException>(() => new Room(data, 40).Require(-1, "rows"));
    }

    [Fact]
    public void Take_SeveralThings_FollowEachOtherInWholeLines()
    {
        using Guarded<float> memory = new(40);
        Room room = new(memory, 40);
        float* first = room.Take(3, "a"),
            second = room.Take(16, "b");
        Assert.True(first == memory.Pointer && second == first + 16);
        Assert.Throws<InvalidOperationException>(() => room.Take(9, "c"));
    }

    /// <summary>
    /// A pass of a product packs exactly what it asked for and not an element more, whoever packs first: chunks are packed in any order.
    /// One element less is refused.
    /// </summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public void ProductPass_AnySizes_StaysWithinItsRooms(SimdPath path)
    {
        switch (path)
        {
            case SimdPath.Avx512:
                CheckPasses<Avx512Tile>();
                break;
            case SimdPath.Avx2:
                CheckPasses<Avx2Tile>();
                break;
            default:
                CheckPasses<PortableTile>();
                break;
        }
    }

    private static void CheckPasses<TTile>()
        where TTile : struct, ITile
    {
        Random random = new(13);
        for (int i = 0; i < 300; i++)
        {
            int rows = random.Next(1, 150),
                columns = random.Next(1, 100),
                depth = random.Next(1, 100);
            bool turnsLeft = i % 2 == 0,
                turnsRight = i / 2 % 2 == 0;
            using TestMatrix left = turnsLeft ? new(depth, rows, rows, random) : new(rows, depth, depth, random);
            using TestMatrix right = turnsRight ? new(columns, depth, depth, random) : new(depth, columns, columns, random);
            using TestMatrix output = new(rows, columns, columns + 1);
            Matrix a = turnsLeft ? left.View.Transpose() : left.View,
                b = turnsRight ? right.View.Transpose() : right.View;
            Product product = new(a, b, output.View, add: false, bias: null);
            int leftRoom = rows * depth,
                rightRoom = (columns + TTile.Columns - 1) / TTile.Columns * TTile.Columns * depth;
            using Guarded<float> packedLeft = new(leftRoom),
                packedRight = new(rightRoom),
                scratch = new(ProductPass<TTile>.Scratch);
            float* l = packedLeft,
                r = packedRight;
            ProductPass<TTile> Pass(int less, int lessRight) =>
                new(
                    product,
                    firstColumn: 0,
                    columns,
                    firstDepth: 0,
                    depth,
                    depthBlock: 32,
                    new(turnsLeft ? new Room(l, leftRoom - less) : default, new Room(r, rightRoom - lessRight))
                );

            Assert.Throws<InvalidOperationException>(() => Pass(0, 1));
            if (turnsLeft)
            {
                Assert.Throws<InvalidOperationException>(() => Pass(1, 0));
            }
            ProductPass<TTile> pass = Pass(0, 0);
            foreach (int chunk in Enumerable.Range(0, pass.PackChunks).OrderBy(_ => random.Next()))
            {
                pass.Pack(chunk);
            }
            foreach (int chunk in Enumerable.Range(0, pass.MultiplyChunks).OrderBy(_ => random.Next()))
            {
                pass.Multiply(chunk, scratch);
            }
            output.AssertPoisonIsWhole();
            for (int n = 0; n < rows + columns; n++)
            {
                (int row, int column) = (n % rows, n % columns);
                double sum = 0;
                for (int k = 0; k < depth; k++)
                {
                    sum += (double)(turnsLeft ? left[k, row] : left[row, k]) * (turnsRight ? right[column, k] : right[k, column]);
                }
                // γ of a hundred roundings of sums of terms below 1.
                Assert.True(
                    Math.Abs(output[row, column] - sum) <= 6e-6 * depth,
                    $"({row}, {column}) of ({rows}, {columns}, {depth}) is {output[row, column]}, not {sum}"
                );
            }
        }
    }
}
