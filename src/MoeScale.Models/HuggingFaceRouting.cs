using System.Globalization;

namespace MoeScale.Models;

/// <summary>How the library computes a router, and the losses that training with a configuration has.</summary>
internal static class HuggingFaceRouting
{
    // The class keeps such a bias without a rule for it; this is the step of the paper (arXiv 2412.19437).
    private const double BiasStep = 1e-3;

    public static Routing Of(HuggingFaceClass known, JsonSettings c, Model m, List<string> leftOut, List<string> notes)
    {
        CheckSelection(known, c, leftOut);
        bool scales = known.ScalesWeights is not bool usual || c.Flag("norm_topk_prob", usual);
        if (known.SelectsByBias)
        {
            notes.Add(FormattableString.Invariant($"the file gives no step for the bias that balances the load; it is {BiasStep}"));
        }
        if (c.OptionalNumber("router_jitter_noise") is > 0)
        {
            notes.Add("router_jitter_noise is left out");
        }
        (double Added, double? Idle) balance = BalanceLoss(known, c, m, notes);
        return new Routing
        {
            Weights = (known.UsesSigmoid, scales) switch
            {
                (true, true) => RouterWeights.SelectedSigmoid,
                (true, false) => RouterWeights.Sigmoid,
                (false, true) => RouterWeights.SelectedSoftmax,
                (false, false) => RouterWeights.Softmax,
            },
            BalanceBias = known.SelectsByBias ? BiasStep : 0,
            BalanceLoss = balance.Added,
            IdleBalanceLoss = balance.Idle,
            ZLoss = 0,
        };
    }

    // The sum over layers of this program's losses, each 1 at balance, has the weight of the library's one loss, top_k at balance.
    private static (double Added, double? Idle) BalanceLoss(HuggingFaceClass known, JsonSettings c, Model m, List<string> notes)
    {
        switch (known.Balance)
        {
            case BalanceTerm.Pooled:
                double? given = known.ExpertsPart is string part
                    ? c.Map(part)?.OptionalNumber("moe_loss_weight")
                    : c.OptionalNumber("router_aux_loss_coef");
                double pooled = given ?? known.BalanceCoefficient;
                double share = pooled * m.TopK / m.MoeBlocks;
                if (c.Flag("output_router_logits", otherwise: false) || pooled == 0)
                {
                    return (share, null);
                }
                notes.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"output_router_logits is not true, so that training adds no balance loss; true, with the coefficient {pooled}, "
                            + $"is a balance_loss of "
                    ) + FormattableString.Invariant($"{share:0.####e0}")
                );
                return (0, share);
            case BalanceTerm.EachLayer:
                double each = c.OptionalNumber("aux_loss_alpha") ?? known.BalanceCoefficient;
                if (c.Flag("seq_aux", otherwise: true) && each > 0)
                {
                    notes.Add("seq_aux asks for balance in each sequence; here it is asked for in each micro-batch");
                }
                return (each, null);
            default:
                return (0, null);
        }
    }

    private static void CheckSelection(HuggingFaceClass known, JsonSettings c, List<string> leftOut)
    {
        if (known.Selections.Count > 0)
        {
            string scores = known.UsesSigmoid ? "sigmoid" : "softmax";
            if (c.OptionalText("scoring_func") is string other && other != scores)
            {
                throw c.Error("scoring_func", $"models of this type have '{scores}'");
            }
            if (c.OptionalText("topk_method") is string method && !known.Selections.Contains(method))
            {
                throw c.Error("topk_method", $"models of this type have {string.Join(" or ", known.Selections)}");
            }
        }
        if (known.WeightScale is not double usual)
        {
            return;
        }
        bool chooses = known.SelectsByBias || c.OptionalText("topk_method") == "group_limited_greedy";
        double groups = c.OptionalCount("n_group") ?? known.Groups.All;
        double chosen = c.OptionalCount("topk_group") ?? known.Groups.Chosen;
        if (chooses && groups > 1 && chosen < groups)
        {
            leftOut.Add($"a token's experts come from {chosen} of {groups} groups (n_group, topk_group)");
        }
        if ((c.OptionalNumber("routed_scaling_factor") ?? usual) is not 1 and double scale)
        {
            leftOut.Add(FormattableString.Invariant($"the experts' output is multiplied with {scale} (routed_scaling_factor)"));
        }
    }
}
