using MoeScale.Models;

namespace MoeScale.Training.Layers.Experts;

/// <summary>How each kind of routing sends tokens to experts.</summary>
internal static class Selections
{
    private delegate ISelection Make(MemoryPlan plan, ComputeContext compute, Model model, Parameter? balanceBias);

    private static readonly Dictionary<RoutingKind, Make> All = new()
    {
        [RoutingKind.TokenChoice] = (_, compute, model, balanceBias) => new TokenChoice(compute, model, balanceBias),
        [RoutingKind.ExpertChoice] = (plan, compute, model, _) => new ExpertChoice(plan, compute, model),
    };

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="balanceBias">(experts) added to scores for the selection only; null for none.</param>
    public static ISelection Of(MemoryPlan plan, ComputeContext compute, Model model, Parameter? balanceBias) =>
        All[model.Routing.Kind](plan, compute, model, balanceBias);
}
