using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Runs;

/// <summary>
/// One run at constant rate whose decayed branches serve many token counts: where 0.8·D tokens are seen, the branch of
/// length D is started, a run folder of its own that begins at this checkpoint and decays over the rest. A branch ends
/// with the same bits as a run that was alone from the start with the same warm-up.
/// </summary>
public sealed class Trunk
{
    private readonly RunFolder _folder;
    private readonly Model _model;
    private readonly RunConfiguration _configuration;
    private readonly double _decayShare;

    /// <param name="folder">Of the trunk, in which it has begun.</param>
    /// <param name="model">Of all of them.</param>
    /// <param name="configuration">Of the trunk: constant, as long as the longest branch, with the branches' lengths.</param>
    /// <param name="decayShare">Of each branch.</param>
    public Trunk(RunFolder folder, Model model, RunConfiguration configuration, double decayShare)
    {
        (_folder, _model, _configuration, _decayShare) = (folder, model, configuration, decayShare);
    }

    /// <summary>Lengths, shortest first.</summary>
    public IReadOnlyList<long> Lengths => _configuration.Branches;

    /// <summary>Where a branch leaves the trunk.</summary>
    public double Leaves(long length) => (1 - _decayShare) * length;

    public string BranchPath(long length) => RunFolder.BranchIn(_folder.Location, length);

    /// <summary>The configuration of a branch; also that of the same run alone, but for <see cref="RunConfiguration.Trunk"/>.</summary>
    public RunConfiguration Branch(long length) =>
        _configuration.Branch(length, _decayShare) with
        {
            Trunk = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder.Location))),
        };

    /// <summary>Runs the trunk to where the last branch leaves it, and starts all of them.</summary>
    /// <returns>How it ended, and why if it diverged.</returns>
    /// <exception cref="UserException">Something cannot be written or read, or a branch is gone that the trunk has passed.</exception>
    public (RunEnd End, Divergence? Divergence) Run(TrainingRun trunk, Action<StepReport>? progress, CancellationToken stop)
    {
        foreach (long length in Lengths)
        {
            RunEnd end = trunk.RunUntil(Leaves(length), progress, stop);
            if (end != RunEnd.Reached)
            {
                return (end, trunk.Trainer.Divergence);
            }
            StartBranch(trunk, length);
        }
        trunk.Save();
        return (RunEnd.Reached, null);
    }

    private void StartBranch(TrainingRun trunk, long length)
    {
        using RunFolder branch = RunFolder.Open(BranchPath(length));
        branch.Begin(_model, Branch(length));
        if (branch.IsFinished || Checkpoint.Exists(branch.CheckpointPath))
        {
            return;
        }
        if (trunk.Trainer.Tokens > Leaves(length))
        {
            throw new UserException(
                $"{branch.Location} has lost its checkpoint, and the trunk has passed the place where it left. "
                    + $"Give another folder to begin anew."
            );
        }
        Checkpoint.Write(branch.CheckpointPath, trunk.Trainer);
    }
}
