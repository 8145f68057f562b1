using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>The keys of a model file that say how tokens find their experts; each <see cref="RoutingKind"/> has its own.</summary>
public static class RoutingKeys
{
    public const string Kind = "routing";
    public const string Weights = "router_weights";
    public const string CapacityFactor = "capacity_factor";
    public const string BalanceLoss = "balance_loss";
    public const string BalanceBias = "balance_bias";
    public const string ZLoss = "router_z_loss";
    public const string Group = "routing_group";

    private static readonly string[] Kinds = [.. RoutingKind.All.Select(k => k.Name)];
    private static readonly string[] WeightNames = ["softmax", "selected_softmax", "sigmoid", "selected_sigmoid"];

    /// <summary>Those of all kinds.</summary>
    public static IReadOnlyList<string> Names { get; } = [Kind, .. RoutingKind.All.SelectMany(k => k.Keys).Distinct()];

    /// <summary>A key as a setting of the model, by which texts name it.</summary>
    public static Setting SettingOf(string key) => new("model", key);

    /// <exception cref="UserException">A value that cannot be, or keys that contradict each other.</exception>
    internal static Routing Read(YamlMap yaml)
    {
        RoutingKind kind = KindOf(yaml);
        RouterWeights weights = (RouterWeights)Array.IndexOf(WeightNames, yaml.Choice(Weights, WeightNames, WeightNames[0]));
        foreach (RoutingKind other in RoutingKind.All)
        {
            // Any kind weights its experts in some way, and says itself which ones it knows.
            if (other.Keys.FirstOrDefault(key => key != Weights && kind.Lacks(key) && yaml.Has(key)) is string foreign)
            {
                throw yaml.Error(foreign, other.NotFor(yaml.Named(foreign), kind));
            }
        }
        return kind.Read(yaml, weights);
    }

    /// <exception cref="UserException">There is no such kind.</exception>
    internal static RoutingKind KindOf(YamlMap yaml) => RoutingKind.Find(yaml.Choice(Kind, Kinds, RoutingKind.Default.Name))!;

    /// <summary>"softmax": as a model file says it.</summary>
    public static string NameOf(RouterWeights weights) => WeightNames[(int)weights];

    /// <summary>The keys of a model with experts, and their values as texts or numbers, that a model file reads back to the same.</summary>
    public static IEnumerable<(string Key, object Value)> Write(Model m)
    {
        RoutingKind kind = m.Routing.Kind;
        return kind == RoutingKind.Default ? kind.Write(m) : kind.Write(m).Prepend((Kind, kind.Name));
    }
}
