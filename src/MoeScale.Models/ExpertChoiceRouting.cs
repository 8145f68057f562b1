using System.Globalization;
using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>Each expert takes its best tokens of a group. Zhou et al. 2022 (arXiv 2202.09368).</summary>
internal sealed class ExpertChoiceRouting : RoutingKind
{
    // As in the family fine-grained-2024.
    private const double DefaultShare = 4;

    public override string Name => "expert_choice";

    public override IReadOnlyList<string> Keys { get; } = [RoutingKeys.Group];

    public override bool IsBalanced => true;

    public override int GroupOf(Model model) => (int)model.RoutingGroup;

    /// <summary>A token meets that many in the mean.</summary>
    public override double SummedExperts(Model model) => model.TopK;

    public override string Describe(Model model) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"each takes {Plural.Of(model.RoutingGroup * model.TopK / model.ExpertCount, "token")} of each position in groups of "
                + $"{Plural.Of(model.RoutingGroup, "sequence")}, a token meets {model.TopK} in the mean"
        );

    public override string Brief(string topK) => $"which choose; {topK} a token on average";

    internal override string Trait => "every expert takes the same number of tokens, and the router has no loss of its own";

    internal override Phrase NotFor(Phrase key, RoutingKind other) => $"a group is what experts choose from: {key} needs routing {Name}";

    internal override Routing Read(YamlMap yaml, RouterWeights weights) =>
        weights == RouterWeights.Softmax
            ? Routing.ExpertChoice
            : throw yaml.Error(
                RoutingKeys.Weights,
                $"{Name} weights by the softmax over all experts; leave {yaml.Named(RoutingKeys.Weights)} out"
            );

    internal override IEnumerable<(string Key, object Value)> Write(Model model) => [(RoutingKeys.Group, model.RoutingGroup)];

    /// <summary>Without a group each expert takes four tokens of one.</summary>
    internal override double GroupFor(double? given, double experts, double topK) => given ?? DefaultShare * experts / topK;

    // Each expert takes group·top_k/experts of a group's tokens.
    internal override string? WhyNot(Model m)
    {
        if (m.RoutingGroup < 1)
        {
            return "experts choose among the sequences of a group, and routing_group does not say how many those are";
        }
        if (Buildable.NotWhole(RoutingKeys.Group, m.RoutingGroup, 1) is string reason)
        {
            return reason;
        }
        if (m.RoutingGroup * m.TopK < m.ExpertCount * (1 - 1e-9))
        {
            return $"in a group of {Plural.Of(m.RoutingGroup, "sequence")} an expert has less than one token: "
                + $"routing_group must be at least expert_count/top_k = {m.ExpertCount / m.TopK:0.##}";
        }
        return Buildable.IsMultiple(m.RoutingGroup * m.TopK, m.ExpertCount)
            ? null
            : $"routing_group {m.RoutingGroup} times top_k {m.TopK} is not a multiple of the {Plural.Of(m.ExpertCount, "expert")}, "
                + $"so that they would not take equal shares";
    }
}
