namespace MoeScale.Training.Diagnostics;

/// <summary>How a router fails.</summary>
public enum RouterFault
{
    /// <summary>Experts get far more than the mean load.</summary>
    Overloaded,

    /// <summary>Probabilities are so even that experts cannot be told apart.</summary>
    Undecided,

    /// <summary>Experts get next to nothing.</summary>
    Idle,
}

/// <summary>A failure of a router that shows in its last steps; <c>RouterWords</c> of the reports has the words.</summary>
/// <param name="Block">The block that it stands in, from 0.</param>
/// <param name="Fault">Which.</param>
/// <param name="Experts">Those that are overloaded or idle, the worst first; none of a router that is undecided.</param>
/// <param name="Value">The highest or the lowest load over the mean; of a router that is undecided, e^entropy over the number of
/// experts.</param>
/// <param name="ExpertCount">Experts of the layer.</param>
public sealed record RouterFinding(int Block, RouterFault Fault, IReadOnlyList<int> Experts, double Value, int ExpertCount);
