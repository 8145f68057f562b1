using System.Globalization;
using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>
/// Each token takes its best experts. Shazeer et al. 2017 (arXiv 1701.06538); with one expert a token, Switch (2101.03961).
/// </summary>
internal sealed class TokenChoiceRouting : RoutingKind
{
    public override string Name => "token_choice";

    public override IReadOnlyList<string> Keys { get; } =
    [RoutingKeys.Weights, RoutingKeys.CapacityFactor, RoutingKeys.BalanceLoss, RoutingKeys.BalanceBias, RoutingKeys.ZLoss];

    public override string Describe(Model model)
    {
        Routing r = model.Routing;
        string capacity = r.CapacityFactor is double factor ? FormattableString.Invariant($"capacity factor {factor}") : "dropless";
        string bias = r.BalanceBias > 0 ? FormattableString.Invariant($"a bias that balances by {r.BalanceBias}, ") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"each token takes {model.TopK}, weighted by {RoutingKeys.NameOf(r.Weights)}, {capacity}, "
                + $"{bias}balance loss {r.BalanceLoss}, z-loss {r.ZLoss}"
        );
    }

    public override string Brief(string topK) => $"top-{topK}";

    internal override string Trait => "each token chooses for itself";

    internal override Phrase NotFor(Phrase key, RoutingKind other) =>
        $"{key} belongs to routing {Name}; with {other.Name} {other.Trait}. Leave one of the two out";

    internal override Routing Read(YamlMap yaml, RouterWeights weights)
    {
        double bias = AtLeastZero(RoutingKeys.BalanceBias) ?? 0;
        double? capacity = yaml.OptionalNumber(RoutingKeys.CapacityFactor);
        if (capacity is <= 0)
        {
            throw yaml.Error(
                RoutingKeys.CapacityFactor,
                $"{yaml.Named(RoutingKeys.CapacityFactor)} is {capacity}; it needs a number above zero, and without it no token is dropped"
            );
        }
        double? balance = AtLeastZero(RoutingKeys.BalanceLoss) ?? (bias > 0 ? 0 : null);
        double? z = AtLeastZero(RoutingKeys.ZLoss);
        return new Routing
        {
            Weights = weights,
            CapacityFactor = capacity,
            BalanceLoss = balance ?? Routing.DefaultBalanceLoss,
            ZLoss = z ?? Routing.DefaultZLoss,
            BalanceBias = bias,
            Assumed = [.. balance is null ? [RoutingKeys.BalanceLoss] : (string[])[], .. z is null ? [RoutingKeys.ZLoss] : (string[])[]],
        };

        double? AtLeastZero(string key)
        {
            double? value = yaml.OptionalNumber(key);
            return value is null or >= 0
                ? value
                : throw yaml.Error(key, $"{yaml.Named(key)} is {value}; it needs a number that is not below zero");
        }
    }

    internal override IEnumerable<(string Key, object Value)> Write(Model model)
    {
        Routing r = model.Routing;
        yield return (RoutingKeys.Weights, RoutingKeys.NameOf(r.Weights));
        yield return (RoutingKeys.BalanceLoss, r.BalanceLoss);
        yield return (RoutingKeys.ZLoss, r.ZLoss);
        if (r.CapacityFactor is double capacity)
        {
            yield return (RoutingKeys.CapacityFactor, capacity);
        }
        if (r.BalanceBias > 0)
        {
            yield return (RoutingKeys.BalanceBias, r.BalanceBias);
        }
    }
}
