using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export;

/// <summary>Whether a model and its batch can be laid out over ranks as asked, in any engine.</summary>
internal static class EngineLayout
{
    /// <exception cref="UserException">They cannot; names what does not divide what.</exception>
    public static void Require(Model model, RunConfiguration run, ExportOptions options)
    {
        TrainingSetup setup = options.Layout with
        {
            SequencesPerMicroBatch = run.MicroBatchSequences,
            SequenceLength = run.Context,
            // Ranks that divide a sequence hold experts as data ranks do.
            DataParallel = options.Layout.DataParallel * options.ContextParallel,
        };
        if (setup.WhyNot(model) is LayoutFault fault)
        {
            throw new UserException($"'{model.Name}' cannot be trained so: {fault.Reason}.");
        }
        if (model.IsDense && options.Layout.ExpertParallel > 1)
        {
            throw new UserException($"'{model.Name}' has no experts that {LayoutSettings.ExpertParallel} could share out. Leave it out.");
        }
        if (options.ContextParallel > 1 && run.Context % (2.0 * options.ContextParallel * setup.SequenceRanks) != 0)
        {
            throw new UserException(
                $"sequences of {run.Context} tokens are no multiple of twice {ExportSettings.ContextParallel} {options.ContextParallel} "
                    + $"times the ranks of {LayoutSettings.TensorParallel}. Change one of them."
            );
        }
        // The whole batch comes first, since the others follow from it.
        foreach ((_, int sequences) in new BatchRamp(run.BatchSequences, run.RampTokens).Sizes.Reverse())
        {
            RequireBatch(run, sequences, options.Layout.DataParallel);
        }
    }

    private static void RequireBatch(RunConfiguration run, int sequences, int dataRanks)
    {
        double together = (double)run.MicroBatchSequences * dataRanks;
        if (sequences % together != 0)
        {
            double nearest = Math.Max(1, Math.Round(sequences / together)) * together * run.Context;
            throw new UserException(
                $"a step of {sequences} sequences is no multiple of {LayoutSettings.MicroBatch} {run.MicroBatchSequences} times "
                    + $"{LayoutSettings.DataParallel} {dataRanks}. Change one of them, or give "
                    + $"{RecipeSettings.BatchTokens.Name.To($"{nearest:0}")}."
            );
        }
    }
}
