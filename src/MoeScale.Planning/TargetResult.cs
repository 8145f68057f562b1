namespace MoeScale.Planning;

/// <summary>The answer to "what does this loss need?".</summary>
/// <param name="Plan">The plan that just reaches it; null if no budget does.</param>
/// <param name="LowestLoss">The loss of <paramref name="Plan"/>; without one, the lowest within reach, or null if nothing fits at
/// all.</param>
/// <param name="Choices">What each expansion rate and granularity needs.</param>
public sealed record TargetResult(Plan? Plan, double? LowestLoss, IReadOnlyList<TargetChoice> Choices);

/// <summary>What one expansion rate and granularity needs to reach a loss.</summary>
/// <param name="Experts">E.</param>
/// <param name="Granularity">G.</param>
/// <param name="Budget">FLOPs or bytes; null if no budget is enough.</param>
/// <param name="Configuration">Its model at that budget, without rates and second opinions.</param>
public sealed record TargetChoice(double Experts, double Granularity, double? Budget, Configuration? Configuration);
