using MoeScale.Laws.Procedure;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>How to search.</summary>
public sealed record FitOptions
{
    public Objective Objective { get; init; } = new();

    /// <summary>Starting points to begin with, where no grid is given; more are tried where few lead to the best minimum.</summary>
    public int Starts { get; init; } = 512;

    public ulong Seed { get; init; } = 1;

    /// <summary>Values of coefficients whose product is the grid of starting points; null for spread points.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>>? Grid { get; init; }

    /// <summary>At most so many threads; 0 for one for each processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Told the share of the work that is done, from any thread.</summary>
    public Action<double>? Progress { get; init; }

    public CancellationToken Cancel { get; init; }
}
