using MoeScale.Laws;

namespace MoeScale.Planning;

/// <summary>A learning rate or batch size for a configuration.</summary>
/// <param name="Law">Id of the law.</param>
/// <param name="LearningRate">Peak learning rate, if the law gives one.</param>
/// <param name="BatchTokens">Global batch in tokens, if the law gives one.</param>
/// <param name="N">The parameters that the law counts, at this configuration; null if it has no N.</param>
/// <param name="NColumn">The column or formula that gives N; empty if it has no N.</param>
/// <param name="NConvention">What the law counts as N, in words; empty if it has no N.</param>
/// <param name="OutsideRange">Where the configuration leaves the law's experiments.</param>
public sealed record Rate(
    string Law,
    double? LearningRate,
    double? BatchTokens,
    double? N,
    string NColumn,
    string NConvention,
    IReadOnlyList<Excess> OutsideRange
)
{
    /// <summary>What makes the model another one than those that the law speaks of.</summary>
    public IReadOnlyList<Excess> OtherModels { get; init; } = [];
}

/// <summary>What an allocation law would make of the training FLOPs of a configuration.</summary>
/// <param name="Law">Id of the law.</param>
/// <param name="Tokens">Its training tokens.</param>
/// <param name="FlopsPerToken">Its training FLOPs for each token: the size of its model, in FLOPs. Tokens · FlopsPerToken are the training
/// FLOPs.</param>
/// <param name="OutsideRange">Where the configuration leaves the law's experiments.</param>
public sealed record Allocation(string Law, double Tokens, double FlopsPerToken, IReadOnlyList<Excess> OutsideRange)
{
    /// <inheritdoc cref="Rate.OtherModels"/>
    public IReadOnlyList<Excess> OtherModels { get; init; } = [];
}
