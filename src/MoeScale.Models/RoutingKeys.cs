using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>The keys of a model file that say how tokens find their experts.</summary>
public static class RoutingKeys
{
    private static readonly string[] Kinds = ["token_choice", "expert_choice"];
    private static readonly string[] WeightNames = ["softmax", "selected_softmax", "sigmoid", "selected_sigmoid"];

    /// <summary>
    /// Keys that mean nothing where experts choose: they always have the same number of tokens, and the paper has no other loss of the
    /// router.
    /// </summary>
    private static readonly string[] OfTokenChoice = ["capacity_factor", "balance_loss", "balance_bias", "router_z_loss"];

    /// <summary>All of them, but <c>routing_group</c>, which is a size.</summary>
    internal static readonly string[] Names = ["routing", "router_weights", .. OfTokenChoice];

    /// <exception cref="UserException">A value that cannot be, or keys that contradict each other.</exception>
    internal static Routing Read(YamlMap yaml)
    {
        RoutingKind kind = KindOf(yaml);
        RouterWeights weights = (RouterWeights)Array.IndexOf(WeightNames, yaml.Choice("router_weights", WeightNames, WeightNames[0]));
        if (kind == RoutingKind.ExpertChoice)
        {
            string? foreign = Array.Find(OfTokenChoice, yaml.Has);
            return foreign is not null
                    ? throw yaml.Error(
                        foreign,
                        $"'{foreign}' belongs to routing token_choice; with expert_choice every expert takes the same number of tokens, and the router has no loss of its own. Leave one of the two out"
                    )
                : weights != RouterWeights.Softmax
                    ? throw yaml.Error(
                        "router_weights",
                        "expert_choice weights by the softmax over all experts; leave 'router_weights' out"
                    )
                : Routing.ExpertChoice;
        }
        if (yaml.Has("routing_group"))
        {
            throw yaml.Error("routing_group", "a group is what experts choose from: 'routing_group' needs routing expert_choice");
        }
        double bias = AtLeastZero("balance_bias") ?? 0;
        double? capacity = yaml.OptionalNumber("capacity_factor");
        return capacity is <= 0
            ? throw yaml.Error(
                "capacity_factor",
                $"'capacity_factor' is {capacity}; it needs a number above zero, and without it no token is dropped"
            )
            : new Routing
            {
                Weights = weights,
                CapacityFactor = capacity,
                BalanceLoss = AtLeastZero("balance_loss") ?? (bias > 0 ? 0 : Routing.DefaultBalanceLoss),
                ZLoss = AtLeastZero("router_z_loss") ?? Routing.DefaultZLoss,
                BalanceBias = bias,
            };

        double? AtLeastZero(string key) =>
            yaml.OptionalNumber(key) is double value
                ? value >= 0
                    ? value
                    : throw yaml.Error(key, $"'{key}' is {value}; it needs a number that is not below zero")
                : null;
    }

    /// <exception cref="UserException">There is no such kind.</exception>
    internal static RoutingKind KindOf(YamlMap yaml) => (RoutingKind)Array.IndexOf(Kinds, yaml.Choice("routing", Kinds, Kinds[0]));

    /// <summary>"token_choice": as a model file says it.</summary>
    public static string NameOf(RoutingKind kind) => Kinds[(int)kind];

    /// <summary>"softmax": as a model file says it.</summary>
    public static string NameOf(RouterWeights weights) => WeightNames[(int)weights];

    /// <summary>The keys of a model with experts, and their values as texts or numbers, that a model file reads back to the same.</summary>
    public static IEnumerable<(string Key, object Value)> Write(Model m)
    {
        Routing r = m.Routing;
        if (r.Kind == RoutingKind.ExpertChoice)
        {
            return [("routing", Kinds[(int)r.Kind]), ("routing_group", m.RoutingGroup)];
        }
        List<(string, object)> keys =
        [
            ("router_weights", WeightNames[(int)r.Weights]),
            ("balance_loss", r.BalanceLoss),
            ("router_z_loss", r.ZLoss),
        ];
        if (r.CapacityFactor is double capacity)
        {
            keys.Add(("capacity_factor", capacity));
        }
        if (r.BalanceBias > 0)
        {
            keys.Add(("balance_bias", r.BalanceBias));
        }
        return keys;
    }
}
