using MoeScale.Models;

namespace MoeScale.Planning.Tests;

/// <summary>
/// Training memory of the joint paper's shapes, written out again: n = d/64 blocks and heads, SwiGLU of 3·d, V = 50257, 512 tokens.
/// </summary>
internal static class TrainingBruteForce
{
    /// <summary>Bytes of mixed precision on the most loaded rank; infinite for a model that can be built but not be laid out so.</summary>
    /// <param name="s">The layout, with sequence parallelism and without dropout.</param>
    /// <param name="d">d_model.</param>
    /// <param name="experts">E experts of 3·d, top-1; 1 is dense.</param>
    /// <param name="whole">Whether blocks are whole and everything must divide.</param>
    public static double Joint(TrainingSetup s, double d, double experts, bool whole)
    {
        const double vocabulary = 50257,
            sequence = 512;
        double blocks = d / 64;
        int t = s.TensorParallel;
        int expertTensor = s.ExpertTensorParallel ?? t;
        bool sparse = experts > 1;
        if (
            whole
            && (
                blocks < s.PipelineParallel || blocks % t != 0 || (sparse && (experts % s.ExpertParallel != 0 || 3 * d % expertTensor != 0))
            )
        )
        {
            return double.PositiveInfinity;
        }
        double[] bytes =
        [
            .. Enumerable
                .Range(0, s.PipelineParallel)
                .Select(stage =>
                {
                    bool first = stage == 0,
                        last = stage == s.PipelineParallel - 1;
                    double even = blocks / s.PipelineParallel;
                    double n = !whole ? even : Math.Floor(even) + (stage < blocks % s.PipelineParallel ? 1 : 0);
                    double tensor =
                        (
                            (n * ((4 * d * d) + (sparse ? 0 : 9 * d * d)))
                            + ((first ? 1 : 0) * vocabulary * d)
                            + ((last ? 1 : 0) * vocabulary * d)
                        ) / t;
                    double replicated = (n * ((2 * d) + (sparse ? d * experts : 0))) + (last ? d : 0);
                    double routed = sparse ? n * 9 * d * d * experts / (expertTensor * s.ExpertParallel) : 0;
                    double states =
                        ((tensor + replicated) * PerParam(s.Zero, s.DataParallel))
                        + (routed * PerParam(s.Zero, s.DataParallel * t / (double)(expertTensor * s.ExpertParallel)));

                    // Inputs of two norms, of attention and of the layer; q, k, v; the projection's input: 8·d. Hidden: gate, up and
                    // product of 3·d.
                    double rest = sparse ? (4 * experts / t) + (2 * d * expertTensor / t) + (2 * 9 * d / t) + (2 * d / t) : 2 * 9 * d / t;
                    double linear = (2 * 8 * d / t) + rest;
                    double all = linear + (s.FusedAttention ? 0 : 2 * blocks * sequence / t);
                    double kept = s.Recomputation switch
                    {
                        Recomputation.None => all,
                        Recomputation.Selective => linear,
                        _ => 2 * d / t,
                    };
                    double ends = last ? (4 * d / t) + (4 * vocabulary / t) : 0;
                    return states
                        + (s.SequencesPerMicroBatch * sequence * (((s.PipelineParallel - stage) * n * kept) + (all - kept) + ends));
                }),
        ];
        return bytes.Max();
    }

    private static double PerParam(int zero, double ranks) =>
        zero switch
        {
            0 => 18,
            1 => 6 + (12 / ranks),
            2 => 2 + (16 / ranks),
            _ => 18 / ranks,
        };
}
