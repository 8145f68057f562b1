using System.Diagnostics;
using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>loss[r] = ln Σ_c e^x[r,c] − x[r, target], in nats: softmax and cross entropy in one.</summary>
/// <remarks>
/// The maximum of a row is taken off first, so that no exponential overflows. A NaN or +∞ makes the loss of its row a
/// NaN and leaves other rows alone; a logit of −∞ is a class without probability.
/// </remarks>
internal static unsafe class CrossEntropy
{
    /// <summary>A row with this target has no loss and no gradient.</summary>
    public const int Ignored = -1;

    // Exponentials are summed in single precision over this many, then in double: so long vocabularies lose nothing.
    private const int Block = 1024;

    /// <summary>The loss of each row alone.</summary>
    /// <param name="logits">(rows, classes); holds e^(x − max) on return.</param>
    /// <param name="targets">(rows), each below classes, or <see cref="Ignored"/>.</param>
    /// <param name="loss">(rows)</param>
    public static void Forward(float* logits, int* targets, int rows, int classes, float* loss) =>
        Simd.Run(new ForwardKernel(logits, targets, rows, classes, loss));

    /// <summary>The loss of each row, and in place of the logits scale·(softmax(x)[r,c] − [c = target]).</summary>
    /// <param name="logits">(rows, classes); the gradient on return.</param>
    /// <param name="targets">(rows), each below classes, or <see cref="Ignored"/>.</param>
    /// <param name="scale">1/rows for the mean of the losses.</param>
    /// <param name="loss">(rows), not scaled.</param>
    public static void ForwardBackward(float* logits, int* targets, int rows, int classes, float scale, float* loss) =>
        Simd.Run(new ForwardBackwardKernel(logits, targets, rows, classes, scale, loss));

    [MethodImpl(Body.OfKernel)]
    private static void Forward<V>(float* logits, int* targets, int rows, int classes, float* loss)
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++, logits += classes)
        {
            loss[r] = targets[r] == Ignored ? 0 : LossOfRow<V>(logits, targets[r], classes, out _);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void ForwardBackward<V>(float* logits, int* targets, int rows, int classes, float scale, float* loss)
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++, logits += classes)
        {
            if (targets[r] == Ignored)
            {
                loss[r] = 0;
                new Span<float>(logits, classes).Clear();
                continue;
            }
            loss[r] = LossOfRow<V>(logits, targets[r], classes, out double sum);
            V factor = V.Broadcast((float)(scale / sum));
            for (int c = 0; c < classes; c += V.Count)
            {
                (V.Load(logits + c, classes - c) * factor).Store(logits + c, classes - c);
            }
            logits[targets[r]] -= scale;
        }
    }

    /// <summary>Leaves e^(x − max) in the row, and gives their sum.</summary>
    [MethodImpl(Body.OfKernel)]
    private static float LossOfRow<V>(float* x, int target, int classes, out double sum)
        where V : struct, ISimdVector<V>
    {
        Debug.Assert((uint)target < (uint)classes);
        V lowest = V.Broadcast(float.NegativeInfinity),
            most = lowest;
        for (int c = 0; c < classes; c += V.Count)
        {
            most = V.Max(most, V.First(V.Load(x + c, classes - c), classes - c, lowest));
        }
        float maximum = V.Maximum(most),
            ofTarget = x[target];
        V shift = V.Broadcast(maximum);
        sum = 0;
        for (int from = 0; from < classes; from += Block)
        {
            int to = Math.Min(from + Block, classes);
            V total = V.Zero;
            for (int c = from; c < to; c += V.Count)
            {
                V e = Exponential.Of(V.Load(x + c, to - c) - shift);
                e.Store(x + c, to - c);
                total += V.First(e, to - c, V.Zero);
            }
            sum += V.Sum(total);
        }
        return (float)(Math.Log(sum) + (maximum - ofTarget));
    }

    private readonly struct ForwardKernel(float* logits, int* targets, int rows, int classes, float* loss) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Forward<V>(logits, targets, rows, classes, loss);
    }

    private readonly struct ForwardBackwardKernel(float* logits, int* targets, int rows, int classes, float scale, float* loss)
        : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => ForwardBackward<V>(logits, targets, rows, classes, scale, loss);
    }
}
