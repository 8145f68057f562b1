using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Runs;

/// <summary>How the work on a folder ended.</summary>
/// <param name="End">Reached where all its runs are finished.</param>
/// <param name="Results">A line of JSON for each run, the shortest first; empty where not all are finished.</param>
/// <param name="Stop">Where it ended before; null where all are finished.</param>
public sealed record JobEnd(RunEnd End, IReadOnlyList<string> Results, JobStop? Stop);

/// <summary>Where a run ended before its last token.</summary>
/// <param name="Steps">Made.</param>
/// <param name="Tokens">Trained on.</param>
/// <param name="SavedStep">Of the checkpoint that is kept; 0 where there is none.</param>
/// <param name="Divergence">What happened in the next step; null where it was asked to stop.</param>
public sealed record JobStop(long Steps, long Tokens, long SavedStep, Divergence? Divergence);

/// <summary>
/// All that one folder is to hold: a run, or a trunk and its decayed branches with a table of their results. What is finished is not done
/// again, and what was stopped goes on.
/// </summary>
/// <param name="folder">In which the run, or the trunk, has begun: <see cref="RunFolder.Begin"/>.</param>
/// <param name="model">Its model.</param>
/// <param name="configuration">With branches for a trunk.</param>
/// <param name="decayShare">Of each branch, in which its rate falls.</param>
/// <param name="data">To train on.</param>
/// <param name="threads">To work with; the bits do not depend on them.</param>
/// <param name="checkpoints">When they are written.</param>
public sealed class TrainingJob(
    RunFolder folder,
    Model model,
    RunConfiguration configuration,
    double decayShare,
    TrainingData data,
    int threads,
    CheckpointRule checkpoints
)
{
    /// <summary>Is told what comes next of a trunk: the length of a branch, null for the trunk itself.</summary>
    public Action<long?>? StageBegins { get; init; }

    /// <summary>Is told of each run that is opened.</summary>
    public Action<TrainingRun>? RunBegins { get; init; }

    /// <summary>Is told of each step, and of the tokens to which the run goes.</summary>
    public Action<TrainingRun, StepReport, double>? StepMade { get; init; }

    /// <summary>Works until all is finished, a loss explodes, or it is asked to stop: then a checkpoint is kept.</summary>
    /// <exception cref="UserException">Something cannot be read or written; the last checkpoint is kept.</exception>
    public JobEnd Run(CancellationToken stop)
    {
        if (configuration.Branches.Count == 0)
        {
            return folder.IsFinished ? new JobEnd(RunEnd.Reached, [folder.Result], null) : Train(configuration, folder, stop);
        }
        Trunk trunk = new(folder, model, configuration, decayShare);
        StageBegins?.Invoke(null);
        if (!trunk.Lengths.All(l => File.Exists(RunFolder.ResultIn(trunk.BranchPath(l)))))
        {
            double last = trunk.Leaves(trunk.Lengths[^1]);
            using TrainingRun run = Open(configuration, folder);
            (RunEnd end, Divergence? divergence) = trunk.Run(run, step => StepMade?.Invoke(run, step, last), stop);
            if (end != RunEnd.Reached)
            {
                return Ended(end, run, divergence);
            }
        }
        List<string> results = [];
        foreach (long length in trunk.Lengths)
        {
            StageBegins?.Invoke(length);
            using RunFolder branch = RunFolder.Open(trunk.BranchPath(length));
            JobEnd end = branch.IsFinished ? new JobEnd(RunEnd.Reached, [branch.Result], null) : Train(trunk.Branch(length), branch, stop);
            if (end.End != RunEnd.Reached)
            {
                return end;
            }
            results.AddRange(end.Results);
        }
        TextFile.WriteWhole(RunFolder.RunsIn(folder.Location), string.Concat(results));
        return new JobEnd(RunEnd.Reached, results, null);
    }

    private JobEnd Train(RunConfiguration own, RunFolder place, CancellationToken stop)
    {
        using TrainingRun run = Open(own, place);
        RunEnd end = run.RunUntil(double.PositiveInfinity, step => StepMade?.Invoke(run, step, own.Tokens), stop);
        return end == RunEnd.Reached ? new JobEnd(end, [run.Finish().ToJson()], null) : Ended(end, run, run.Trainer.Divergence);
    }

    private TrainingRun Open(RunConfiguration own, RunFolder place)
    {
        TrainingRun run = new(place, model, own, data, threads, checkpoints);
        RunBegins?.Invoke(run);
        return run;
    }

    private static JobEnd Ended(RunEnd end, TrainingRun run, Divergence? divergence) =>
        new(end, [], new JobStop(run.Steps, run.Trainer.Tokens, run.SavedStep, end == RunEnd.Diverged ? divergence : null));
}
