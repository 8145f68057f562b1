using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Attention;

/// <summary>
/// out = softmax(q·kᵀ/√headWidth)·v over the rows up to and with each row, for one sequence and one head of keys and
/// values with all the query heads that share it.
/// </summary>
/// <remarks>
/// Scores are never kept: the forward pass leaves the logarithm of each row's sum, from which the backward pass makes
/// the probabilities again (Dao et al. 2022, arXiv:2205.14135). That costs one product in five and saves
/// 4·Heads·Sequence bytes a token: see bench/results/*/train-ops.md. Blocks above the diagonal are skipped, and what
/// lies above it within a block is never turned into a probability but written as exact zero. No number of a later row
/// changes a bit of an earlier one; a NaN or ∞ among values can reach the up to seven rows before it that share its
/// tile, as 0·NaN.
/// </remarks>
internal static unsafe class CausalAttention
{
    /// <param name="shape">Sizes.</param>
    /// <param name="input">(Sequence, InputWidth), the rows of one sequence.</param>
    /// <param name="kvHead">Which head of keys and values.</param>
    /// <param name="scratch">(ScratchFloats), aligned to 64 bytes, of any content.</param>
    /// <param name="output">(Sequence, OutputWidth): columns of the query heads of <paramref name="kvHead"/> are written.</param>
    /// <param name="logSums">(Heads, Sequence) of this sequence: ln Σ e^score, for <see cref="Backward"/>.</param>
    public static void Forward(in AttentionShape shape, float* input, int kvHead, float* scratch, float* output, float* logSums) =>
        Simd.Run(new ForwardKernel(shape, input, kvHead, scratch, output, logSums), IsNarrow(shape));

    /// <summary>
    /// With P the probabilities, s = 1/√headWidth and δ = Σ_c dOut·out of each row: dS = P∘(dOut·vᵀ − δ), dQ = s·dS·k, dK = s·dSᵀ·q, dV =
    /// Pᵀ·dOut;
    /// dK and dV are summed over the query heads in their order.
    /// </summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="input">(Sequence, InputWidth), as in <see cref="Forward"/>.</param>
    /// <param name="output">(Sequence, OutputWidth), as left by it.</param>
    /// <param name="dOutput">(Sequence, OutputWidth)</param>
    /// <param name="kvHead">Which head of keys and values.</param>
    /// <param name="logSums">(Heads, Sequence), as left by <see cref="Forward"/>.</param>
    /// <param name="scratch">(ScratchFloats), aligned to 64 bytes, of any content.</param>
    /// <param name="dInput">(Sequence, InputWidth): columns of <paramref name="kvHead"/> and its query heads are written, not added
    /// to.</param>
    public static void Backward(
        in AttentionShape shape,
        float* input,
        float* output,
        float* dOutput,
        int kvHead,
        float* logSums,
        float* scratch,
        float* dInput
    ) => Simd.Run(new BackwardKernel(shape, input, output, dOutput, kvHead, logSums, scratch, dInput), IsNarrow(shape));

    // Columns are computed in pairs of vectors.
    private static bool IsNarrow(in AttentionShape shape) => shape.HeadWidth <= 16;

    private readonly struct ForwardKernel(AttentionShape shape, float* input, int kvHead, float* scratch, float* output, float* logSums)
        : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => AttentionForward<V>.Run(shape, input, kvHead, scratch, output, logSums);
    }

    private readonly struct BackwardKernel(
        AttentionShape shape,
        float* input,
        float* output,
        float* dOutput,
        int kvHead,
        float* logSums,
        float* scratch,
        float* dInput
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => AttentionBackward<V>.Run(shape, input, output, dOutput, kvHead, logSums, scratch, dInput);
    }
}
