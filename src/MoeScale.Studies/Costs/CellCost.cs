using MoeScale.Studies.Files;

namespace MoeScale.Studies.Costs;

/// <summary>What one cell costs, before it is trained.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Flops">Of training, all its runs together.</param>
/// <param name="Steps">Of training, all its runs together.</param>
/// <param name="DiskBytes">What it leaves: weights of each run, and metrics.</param>
/// <param name="PeakDiskBytes">With the checkpoints that it has on the way.</param>
/// <param name="Seconds">With the threads that a cell has, or of the user's trainer; null where nobody knows.</param>
public sealed record CellCost(Cell Cell, double Flops, double Steps, double DiskBytes, double PeakDiskBytes, double? Seconds)
{
    // A line of metrics.jsonl, and a float of weights; a checkpoint holds weights and two moments.
    private const double StepBytes = 190;
    private const double WeightBytes = 4;
    private const double CheckpointOverWeights = 3;

    /// <summary>Scoring held-out text is a forward pass, a third of a step.</summary>
    private const double ScoringOverTraining = 1.0 / 3;

    /// <param name="cell">The cell.</param>
    /// <param name="secondsPerToken">Of training; null where nobody knows.</param>
    public static CellCost Of(Cell cell, double? secondsPerToken)
    {
        double tokens = cell.TrainedTokens;
        double steps = Math.Ceiling(tokens / ((double)cell.Batch * cell.Context));
        double weights = cell.Census.StoredParams * WeightBytes;
        double disk = (cell.Lengths.Count * weights) + (steps * StepBytes);
        // A trunk keeps a checkpoint of its own, and one of each branch until that is finished.
        double checkpoints = (cell.IsTrunk ? 1 + cell.Lengths.Count : 1) * CheckpointOverWeights * weights;
        return new CellCost(
            cell,
            tokens * cell.FlopsPerToken,
            steps,
            disk,
            disk + checkpoints,
            secondsPerToken is double s ? s * (tokens + (ScoringOverTraining * cell.Lengths.Count * cell.EvaluationTokens)) : null
        );
    }
}
