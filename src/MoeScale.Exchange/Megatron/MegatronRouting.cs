using MoeScale.Models;

namespace MoeScale.Exchange.Megatron;

/// <summary>How Megatron-LM says what the output of a chosen expert is multiplied with.</summary>
/// <param name="ScoreFunction">"softmax" or "sigmoid".</param>
/// <param name="IsBeforeChoice">Whether the softmax is over all experts.</param>
internal sealed record MegatronRouting(string ScoreFunction, bool IsBeforeChoice)
{
    public const string Scores = "moe_router_score_function";
    public const string BeforeChoice = "moe_router_pre_softmax";
    public const string HasBias = "moe_router_enable_expert_bias";
    public const string BiasRate = "moe_router_bias_update_rate";
    public const string BalanceKind = "moe_router_load_balancing_type";
    public const string BalanceLoss = "moe_aux_loss_coeff";
    public const string ZLoss = "moe_z_loss_coeff";
    public const string Groups = "moe_router_num_groups";
    public const string GroupTopK = "moe_router_group_topk";
    public const string WeightScale = "moe_router_topk_scaling_factor";

    // Sigmoids of several experts are always scaled to the sum 1, and that of one never is.
    private static readonly (RouterWeights Ours, bool OneExpert, MegatronRouting Theirs)[] All =
    [
        (RouterWeights.Softmax, true, new("softmax", true)),
        (RouterWeights.Softmax, false, new("softmax", true)),
        (RouterWeights.SelectedSoftmax, false, new("softmax", false)),
        (RouterWeights.Sigmoid, true, new("sigmoid", false)),
        (RouterWeights.SelectedSigmoid, false, new("sigmoid", false)),
    ];

    /// <summary>Null where it cannot be said.</summary>
    public static MegatronRouting? Of(Model m) => Array.Find(All, a => a.Ours == m.Routing.Weights && a.OneExpert == (m.TopK == 1)).Theirs;

    /// <summary>Whether a bias that balances the load can stand beside it.</summary>
    public bool TakesBias => ScoreFunction == "sigmoid";

    /// <param name="topK">Experts of a token.</param>
    public RouterWeights Read(double topK) =>
        Array.Find(All, a => a.OneExpert == (topK == 1) && a.Theirs == this) is { Theirs: not null } found
            ? found.Ours
            : RouterWeights.SelectedSoftmax;
}
