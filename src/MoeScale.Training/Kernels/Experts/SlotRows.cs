using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Experts;

/// <summary>Between tokens and slots: a slot is one token at one expert, and slots of an expert follow each other.</summary>
internal static unsafe class SlotRows
{
    /// <summary>
    /// y[r] = Σ_i weight[i]·x[slot[i]] (+ y[r]) over the choices i of row r, in their order. A choice without a slot adds nothing.
    /// </summary>
    /// <param name="x">(slots, width)</param>
    /// <param name="starts">(rows + 1) where the choices of a row begin.</param>
    /// <param name="slots">Of each choice; negative for none.</param>
    /// <param name="weights">Of each choice; null for 1.</param>
    /// <param name="add">Whether the old y counts.</param>
    /// <param name="y">(rows, width)</param>
    public static void Gather(float* x, int* starts, int* slots, float* weights, int rows, int width, bool add, float* y) =>
        Simd.Run(new GatherKernel(x, starts, slots, weights, rows, width, add, y));

    /// <summary>
    /// The way back through an expert's weight w[s]: dWeight[s] = Σ_c hidden[s,c]·dHidden[s,c] (+ Σ_c dY[token[s],c]·bias[c]), then both
    /// rows times w[s].
    /// </summary>
    /// <param name="hidden">(slots, width); w·hidden on return, which the gradient of the second matrix needs.</param>
    /// <param name="dHidden">(slots, width), the gradient by an expert's output of weight 1; times w on return.</param>
    /// <param name="weights">(slots)</param>
    /// <param name="dWeights">(slots), written.</param>
    public static void Weigh(float* hidden, float* dHidden, float* weights, int slots, int width, float* dWeights) =>
        Simd.Run(new WeighKernel(hidden, dHidden, weights, slots, width, dWeights));

    /// <summary>What an output bias adds: dWeights[s] += Σ_c dY[token[s],c]·bias[c].</summary>
    /// <param name="dY">(rows, width)</param>
    /// <param name="tokens">(slots) rows of dY.</param>
    /// <param name="bias">(width)</param>
    /// <param name="dWeights">(slots)</param>
    public static void AddBiasTerms(float* dY, int* tokens, float* bias, int slots, int width, float* dWeights) =>
        Simd.Run(new AddBiasTermsKernel(dY, tokens, bias, slots, width, dWeights));

    /// <summary>The gradient of an output bias: dBias[c] += Σ_s w[s]·dY[token[s],c].</summary>
    /// <inheritdoc cref="AddBiasTerms"/>
    /// <param name="weights">(slots)</param>
    /// <param name="dBias">(width)</param>
    public static void AddWeighted(float* dY, int* tokens, float* weights, int slots, int width, float* dBias) =>
        Simd.Run(new AddWeightedKernel(dY, tokens, weights, slots, width, dBias));

    [MethodImpl(Body.OfKernel)]
    private static void Gather<V>(float* x, int* starts, int* slots, float* weights, int rows, int width, bool add, float* y)
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++, y += width)
        {
            int first = starts[r],
                end = starts[r + 1];
            for (int c = 0; c < width; c += V.Count)
            {
                V sum = add ? V.Load(y + c, width - c) : V.Zero;
                for (int i = first; i < end; i++)
                {
                    if (slots[i] >= 0)
                    {
                        V value = V.Load(x + ((nint)slots[i] * width) + c, width - c);
                        sum = weights is null ? sum + value : V.MultiplyAdd(V.Broadcast(weights[i]), value, sum);
                    }
                }
                sum.Store(y + c, width - c);
            }
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Weigh<V>(float* hidden, float* dHidden, float* weights, int slots, int width, float* dWeights)
        where V : struct, ISimdVector<V>
    {
        for (int s = 0; s < slots; s++, hidden += width, dHidden += width)
        {
            V w = V.Broadcast(weights[s]),
                dot = V.Zero;
            for (int c = 0; c < width; c += V.Count)
            {
                V h = V.Load(hidden + c, width - c),
                    d = V.Load(dHidden + c, width - c);
                dot = V.MultiplyAdd(h, d, dot);
                (w * h).Store(hidden + c, width - c);
                (w * d).Store(dHidden + c, width - c);
            }
            dWeights[s] = V.Sum(dot);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void AddBiasTerms<V>(float* dY, int* tokens, float* bias, int slots, int width, float* dWeights)
        where V : struct, ISimdVector<V>
    {
        for (int s = 0; s < slots; s++)
        {
            float* row = dY + ((nint)tokens[s] * width);
            V dot = V.Zero;
            for (int c = 0; c < width; c += V.Count)
            {
                dot = V.MultiplyAdd(V.Load(row + c, width - c), V.Load(bias + c, width - c), dot);
            }
            dWeights[s] += V.Sum(dot);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void AddWeighted<V>(float* dY, int* tokens, float* weights, int slots, int width, float* dBias)
        where V : struct, ISimdVector<V>
    {
        for (int s = 0; s < slots; s++)
        {
            float* row = dY + ((nint)tokens[s] * width);
            V w = V.Broadcast(weights[s]);
            for (int c = 0; c < width; c += V.Count)
            {
                V.MultiplyAdd(w, V.Load(row + c, width - c), V.Load(dBias + c, width - c)).Store(dBias + c, width - c);
            }
        }
    }

    private readonly struct GatherKernel(float* x, int* starts, int* slots, float* weights, int rows, int width, bool add, float* y)
        : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Gather<V>(x, starts, slots, weights, rows, width, add, y);
    }

    private readonly struct WeighKernel(float* hidden, float* dHidden, float* weights, int slots, int width, float* dWeights) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Weigh<V>(hidden, dHidden, weights, slots, width, dWeights);
    }

    private readonly struct AddBiasTermsKernel(float* dY, int* tokens, float* bias, int slots, int width, float* dWeights) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => AddBiasTerms<V>(dY, tokens, bias, slots, width, dWeights);
    }

    private readonly struct AddWeightedKernel(float* dY, int* tokens, float* weights, int slots, int width, float* dBias) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => AddWeighted<V>(dY, tokens, weights, slots, width, dBias);
    }
}
