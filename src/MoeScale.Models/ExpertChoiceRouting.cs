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
    internal override BuildFault? WhyNot(Model m)
    {
        if (m.RoutingGroup < 1)
        {
            return new RoutingGroupFault.NotGiven();
        }
        if (Buildable.NotWhole(RoutingKeys.Group, m.RoutingGroup, 1) is BuildFault fault)
        {
            return fault;
        }
        if (m.RoutingGroup * m.TopK < m.ExpertCount * (1 - 1e-9))
        {
            return new RoutingGroupFault.TooSmall(m.RoutingGroup, m.ExpertCount / m.TopK);
        }
        return Buildable.IsMultiple(m.RoutingGroup * m.TopK, m.ExpertCount)
            ? null
            : new RoutingGroupFault.UnevenShares(m.RoutingGroup, m.TopK, m.ExpertCount);
    }
}
