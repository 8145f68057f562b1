namespace MoeScale.Models;

/// <summary>The blocks of one pipeline stage.</summary>
/// <param name="Dense">With a dense feed-forward layer.</param>
/// <param name="MixtureOfExperts">With experts.</param>
/// <param name="IsFirst">Whether the embedding is here.</param>
/// <param name="IsLast">Whether final norm, head and prediction modules are here.</param>
/// <param name="MicroBatches">
/// Micro-batches whose activations it keeps at once: in a 1F1B schedule, one for itself and each stage after it, or all
/// of the step if they are fewer. Narayanan et al. 2021 (arXiv 2104.04473).
/// </param>
internal readonly record struct PipelineStage(double Dense, double MixtureOfExperts, bool IsFirst, bool IsLast, double MicroBatches);

internal static class PipelineStages
{
    /// <summary>The stages, from first to last.</summary>
    /// <param name="m">The model.</param>
    /// <param name="setup">Suits the model, unless sizes are continuous.</param>
    /// <param name="continuous">Whether a stage may hold a fraction of a block.</param>
    public static PipelineStage[] Of(Model m, TrainingSetup setup, bool continuous)
    {
        PipelineStage[] stages = new PipelineStage[setup.PipelineParallel];
        double start = 0;
        double expertsBefore = 0;
        for (int s = 0; s < stages.Length; s++)
        {
            double end = start + Blocks(m, setup, s, continuous);
            double expertsUpTo = MoeBlocksBefore(m, end, continuous);
            double experts = expertsUpTo - expertsBefore;
            int behind = stages.Length - s;
            stages[s] = new(end - start - experts, experts, s == 0, behind == 1, Math.Min(behind, setup.MicroBatches ?? behind));
            (start, expertsBefore) = (end, expertsUpTo);
        }
        return stages;
    }

    /// <summary>Blocks of a stage.</summary>
    public static double Blocks(Model m, TrainingSetup setup, int stage, bool continuous)
    {
        int stages = setup.PipelineParallel;
        if (setup.StageBlocks is IReadOnlyList<int> given)
        {
            return continuous ? m.Blocks * given[stage] / given.Sum() : given[stage];
        }
        double even = m.Blocks / stages;
        return continuous ? even : Math.Floor(even) + (stage < m.Blocks % stages ? 1 : 0);
    }

    // Between leading and trailing dense blocks, the last of each group of MoeEvery blocks has experts.
    private static double MoeBlocksBefore(Model m, double block, bool continuous)
    {
        double groups = m.IsDense ? 0 : Math.Max(0, Math.Min(block, m.Blocks - m.TrailingDenseBlocks) - m.LeadingDenseBlocks) / m.MoeEvery;
        return continuous ? groups : Math.Floor(groups);
    }
}
