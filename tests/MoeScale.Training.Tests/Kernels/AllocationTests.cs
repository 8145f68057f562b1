using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Attention;
using MoeScale.Training.Kernels.Experts;
using MoeScale.Training.Kernels.Products;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Tests.Kernels;

/// <summary>Some count what all threads allocate, so nothing else may run meanwhile.</summary>
[Collection(nameof(Alone))]
public unsafe class AllocationTests
{
    [Fact]
    public void WorkerPool_AwakeOrAsleep_AllocatesNothing()
    {
        using WorkerPool pool = new(3);
        int[] times = new int[50];
        Assert.Equal(
            0,
            Allocations.MinOf(
                10,
                () =>
                {
                    pool.Run(50, new Count(times));
                    Thread.Sleep(2);
                    pool.Run(50, new Count(times));
                }
            )
        );
    }

    [Fact]
    public void MatrixProduct_AfterTheFirstTime_AllocatesNothing()
    {
        using WorkerPool pool = new(2);
        using MatrixProduct product = new(pool);
        Random random = new(9);
        using TestMatrix left = new(300, 120, 120, random);
        using TestMatrix right = new(100, 120, 120, random);
        using TestMatrix output = new(300, 100, 100);
        Assert.Equal(
            0,
            Allocations.MinOf(
                10,
                () =>
                {
                    product.Multiply(left.View, right.View.Transpose(), output.View);
                    product.MultiplyAlone(worker: 0, left.View, right.View.Transpose(), output.View, add: true);
                }
            )
        );
    }

    [Fact]
    public void Kernels_AllOfThem_AllocateNothing()
    {
        const int rows = 20,
            width = 48;
        AttentionShape s = new(rows, 2, 1, 12);
        using Guarded<float> x = new(new Draw(1).Floats(rows * width * 2)),
            y = new(new Draw(2).Floats(rows * width * 2)),
            z = new(new Draw(3).Floats(rows * width * 2));
        using Guarded<float> w = new(new Draw(4).Floats(rows * width * 2)),
            scratch = new((int)s.ScratchFloats);
        using Guarded<float> sums = new(new float[rows * width]);
        using Guarded<int> tokens = new(new Draw(5).Integers(rows, 20));
        using Guarded<int> starts = new([.. Enumerable.Range(0, rows + 1)]);
        void All()
        {
            Exponential.Forward(x, width, y);
            LayerNorm.Forward(x, y, z, z, rows, width, 1e-5f, y, sums, sums.Pointer + rows, w);
            LayerNorm.Backward(x, z, y, rows, width, sums, sums.Pointer + rows, true, w, y, y);
            RmsNorm.Forward(x, y, z, rows, width, 1e-5f, y, sums, w);
            RmsNorm.Backward(x, z, y, rows, width, sums, true, w, y);
            for (NonLinearity f = NonLinearity.Gelu; f <= NonLinearity.Silu; f++)
            {
                Activations.Forward(f, x, y, rows, width, w);
                Activations.Backward(f, x, y, rows, width, w, y);
                GatedActivations.Forward(f, x, y, rows, width, w);
                GatedActivations.Backward(f, x, y, rows, width, w, y);
            }
            Rotary.FillTables(10000, rows, 12, y, z);
            Rotary.Turn(0, rows, s.InputWidth, 3, 12, rows, y, z, false, x);
            CausalAttention.Forward(s, x, 0, scratch, y, sums);
            CausalAttention.Backward(s, x, y, y, 0, sums, scratch, w);
            CrossEntropy.Forward(x, tokens, rows, width, sums);
            CrossEntropy.ForwardBackward(x, tokens, rows, width, 1, sums);
            Embedding.Forward(tokens, x, y, 0, rows, rows, width, w);
            Embedding.Backward(tokens, x, rows, width, 0, width, w);
            Embedding.BackwardPositions(x, rows, rows, width, 0, width, w);
            AdamW.Update(new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 0.1, 1, 1), x, width, y, z, w);
            Sums.Columns(x, rows, width, y);
            Sums.Parts(x, rows, width, 0, width, true, y);
            _ = Sums.OfSquares(x, rows * width);
            RouterScores.Forward(x, rows, width, true, y, sums, sums.Pointer + rows);
            RouterScores.AddShares(y, rows, width, true, z);
            RouterScores.Backward(x, rows, width, true, y, sums, new RowChoices(starts, tokens, w), z, 0.1f);
            SlotRows.Gather(x, starts, tokens, w, rows, width, true, y);
            SlotRows.Weigh(x, y, w, rows, width, z);
            SlotRows.AddBiasTerms(x, tokens, y, rows, width, w);
            SlotRows.AddWeighted(x, tokens, y, rows, width, w);
        }
        All();
        long before = GC.GetAllocatedBytesForCurrentThread();
        All();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private readonly struct Count(int[] times) : IChunkedJob
    {
        public void Run(int chunk, int worker) => Interlocked.Increment(ref times[chunk]);
    }
}
