namespace MoeScale.Models;

/// <summary>What the output of a chosen expert is multiplied with.</summary>
public enum RouterWeights
{
    /// <summary>Its probability among all experts: softmax, then selection.</summary>
    Softmax,

    /// <summary>
    /// Its probability among those chosen: selection, then softmax; the same as <see cref="Softmax"/> scaled to the sum 1.
    /// </summary>
    SelectedSoftmax,

    /// <summary>1/(1 + e^−logit).</summary>
    Sigmoid,

    /// <summary><see cref="Sigmoid"/> scaled to the sum 1 over those chosen, as DeepSeek-V3 does (arXiv 2412.19437).</summary>
    SelectedSigmoid,
}

/// <summary>
/// How the tokens of a Mixture-of-Experts layer find their experts, and what keeps the load even. It costs no parameters but the router's.
/// </summary>
public sealed record Routing
{
    public RoutingKind Kind { get; init; } = RoutingKind.Default;

    public RouterWeights Weights { get; init; }

    /// <summary>
    /// Training: an expert processes at most ⌈factor · tokens · top_k / experts⌉ tokens of a micro-batch, and the rest pass it by.
    /// Null: none is dropped. Evaluation never drops any.
    /// </summary>
    public double? CapacityFactor { get; init; }

    /// <summary>
    /// Coefficient of experts · Σ f_i·P_i, which is 1 at perfect balance (Switch; f shares of tokens, P mean probabilities).
    /// </summary>
    public double BalanceLoss { get; init; } = DefaultBalanceLoss;

    /// <summary>Coefficient of the mean of ln²(Σ e^logit) (ST-MoE, arXiv 2202.08906).</summary>
    public double ZLoss { get; init; } = DefaultZLoss;

    /// <summary>
    /// After each step a bias, used in the selection only, goes up by this where an expert had less than the mean load, and down where
    /// it had more (arXiv 2408.15664). 0: none; a router's bias is then learned and added to its logit.
    /// </summary>
    public double BalanceBias { get; init; }

    /// <summary>
    /// Keys of losses that nobody gave: they have the values of this program's own runs. Models that differ in this alone are equal.
    /// </summary>
    public IReadOnlyList<string> Assumed { get; init; } = [];

    /// <summary>
    /// Of a configuration whose training does not add its balance loss: the coefficient, as <see cref="BalanceLoss"/> would have it. Null
    /// for none. Models that differ in this alone are equal.
    /// </summary>
    public double? IdleBalanceLoss { get; init; }

    /// <summary>Of the load-balancing loss where a file gives none and no bias balances the load.</summary>
    public const double DefaultBalanceLoss = 0.01;

    /// <summary>Of the z-loss where a file gives none.</summary>
    public const double DefaultZLoss = 0.001;

    /// <summary>Each expert takes its best tokens, which is balance enough.</summary>
    public static Routing ExpertChoice { get; } =
        new()
        {
            Kind = RoutingKind.ExpertChoice,
            BalanceLoss = 0,
            ZLoss = 0,
        };

    // What is trained, without where it comes from.
    private (RoutingKind, RouterWeights, double?, double, double, double) Trained =>
        (Kind, Weights, CapacityFactor, BalanceLoss, ZLoss, BalanceBias);

    /// <summary>Whether a value of a key was given, not assumed.</summary>
    /// <param name="key">Of <see cref="RoutingKeys"/>.</param>
    public bool Says(string key) => !Assumed.Contains(key);

    /// <inheritdoc/>
    public bool Equals(Routing? other) => other is not null && Trained == other.Trained;

    /// <inheritdoc/>
    public override int GetHashCode() => Trained.GetHashCode();
}
