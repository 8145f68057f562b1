using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Files;

/// <summary>One model with one recipe: a run, or a trunk with its branches.</summary>
public sealed record Cell
{
    /// <summary>As its folder is called; the "trunk" of its runs.</summary>
    public required string Name { get; init; }

    public required Model Model { get; init; }

    /// <summary>How it is trained.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>Where the law that gave the rate is beyond its experiments; null where it is not, or no law gave it.</summary>
    public OutsideRate? RateOutside { get; init; }

    /// <summary>What the cell's grid says of it, key and value, for people.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    public int Context => (int)Model.Context;

    /// <inheritdoc cref="Recipe.Lengths"/>
    public IReadOnlyList<long> Lengths
    {
        get => Recipe.Lengths;
        init => Recipe = Recipe.WithLengths(value);
    }

    /// <inheritdoc cref="Recipe.IsTrunk"/>
    public bool IsTrunk => Recipe.IsTrunk;

    /// <summary>Sequences of a step.</summary>
    public int Batch => Recipe.Run.BatchSequences;

    /// <summary>Sequences that are computed at once.</summary>
    public int MicroBatch => Recipe.Run.MicroBatchSequences;

    /// <summary>The highest.</summary>
    public double LearningRate => Recipe.Run.LearningRate;

    public ulong Seed => Recipe.Run.Seed;

    /// <inheritdoc cref="Recipe.DecayShare"/>
    public double DecayShare => Recipe.DecayShare;

    /// <summary>Held-out tokens that are scored at the end.</summary>
    public long EvaluationTokens => Recipe.Run.HeldOutTokens;

    public Census Census { get; private init; } = null!;

    /// <summary>What one of its runs is called, "d64-e8/2.00M"; as the cell where it is the only one.</summary>
    public string RunName(long length) => IsTrunk ? $"{Name}/{Quantity.FormatCount(length)}" : Name;

    /// <summary>With its census counted.</summary>
    public Cell Counted() => this with { Census = Census.Of(Model) };

    /// <summary>Tokens trained on for all runs: a trunk is trained up to where its last branch leaves it, once.</summary>
    public double TrainedTokens => TokensFor(Lengths);

    /// <summary>As <see cref="TrainedTokens"/>, if only some runs were made.</summary>
    public double TokensFor(IReadOnlyList<long> lengths) =>
        lengths.Count == 0 ? 0
        : IsTrunk ? ((1 - DecayShare) * lengths[^1]) + (DecayShare * lengths.Sum())
        : lengths.Sum();

    /// <summary>FLOPs of training on one token, three times those of the matrices forward.</summary>
    public double FlopsPerToken => 3 * Census.MatrixFlopsPerToken;
}
