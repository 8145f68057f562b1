using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Attention;

/// <summary>
/// Rotary positions: in each head the pairs (x[i], x[i + half]), half = headWidth/2, turn by the angle position·θ^(−i/half).
/// Su et al. 2021 (arXiv:2104.09864), with the two halves paired as Hugging Face's Llama pairs them, not neighbours.
/// </summary>
internal static unsafe class Rotary
{
    /// <param name="theta">θ, 10000 in most models.</param>
    /// <param name="positions">How many.</param>
    /// <param name="headWidth">Even.</param>
    /// <param name="cosines">(positions, headWidth/2)</param>
    /// <param name="sines">(positions, headWidth/2)</param>
    public static void FillTables(double theta, int positions, int headWidth, float* cosines, float* sines)
    {
        int half = headWidth / 2;
        for (int p = 0; p < positions; p++)
        {
            for (int i = 0; i < half; i++)
            {
                (double sine, double cosine) = Math.SinCos(p * Math.Pow(theta, -(double)i / half));
                cosines[(p * half) + i] = (float)cosine;
                sines[(p * half) + i] = (float)sine;
            }
        }
    }

    /// <summary>Turns queries and keys in place; row r stands at position r mod sequence.</summary>
    /// <param name="firstRow">Of the range: x begins there.</param>
    /// <param name="rows">Of the range.</param>
    /// <param name="stride">Floats from a row to the next.</param>
    /// <param name="heads">That turn: those of queries and keys, which lie side by side at the start of a row.</param>
    /// <param name="headWidth">Even.</param>
    /// <param name="sequence">Rows of a sequence.</param>
    /// <param name="cosines">(sequence, headWidth/2)</param>
    /// <param name="sines">(sequence, headWidth/2)</param>
    /// <param name="back">Turns back: gradients, as the transpose of a rotation is its inverse.</param>
    /// <param name="x">(rows, stride)</param>
    public static void Turn(
        int firstRow,
        int rows,
        int stride,
        int heads,
        int headWidth,
        int sequence,
        float* cosines,
        float* sines,
        bool back,
        float* x
    ) => Simd.Run(new TurnKernel(firstRow, rows, stride, heads, headWidth, sequence, cosines, sines, back, x));

    [MethodImpl(Body.OfKernel)]
    private static void Turn<V>(
        int firstRow,
        int rows,
        int stride,
        int heads,
        int headWidth,
        int sequence,
        float* cosines,
        float* sines,
        bool back,
        float* x
    )
        where V : struct, ISimdVector<V>
    {
        int half = headWidth / 2;
        V sign = V.Broadcast(back ? -1 : 1);
        for (int r = 0; r < rows; r++, x += stride)
        {
            int position = (firstRow + r) % sequence;
            float* cosine = cosines + ((nint)position * half),
                sine = sines + ((nint)position * half);
            for (int c = 0; c < half; c += V.Count)
            {
                int left = half - c;
                V cos = V.Load(cosine + c, left),
                    sin = sign * V.Load(sine + c, left);
                float* first = x + c;
                for (int h = 0; h < heads; h++, first += headWidth)
                {
                    V a = V.Load(first, left),
                        b = V.Load(first + half, left);
                    V.SubtractProduct(a * cos, b, sin).Store(first, left);
                    V.MultiplyAdd(a, sin, b * cos).Store(first + half, left);
                }
            }
        }
    }

    private readonly struct TurnKernel(
        int firstRow,
        int rows,
        int stride,
        int heads,
        int headWidth,
        int sequence,
        float* cosines,
        float* sines,
        bool back,
        float* x
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Turn<V>(firstRow, rows, stride, heads, headWidth, sequence, cosines, sines, back, x);
    }
}
