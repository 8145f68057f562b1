using System.Globalization;
using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>
/// Another routing for a model that has experts, said by the keys of a model file: so nothing can be said in one way only.
/// </summary>
public static class RoutingOverrides
{
    /// <summary>Instead of a capacity factor: no token is dropped.</summary>
    public const string Dropless = "none";

    /// <summary>The keys that may be given.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["top_k", .. RoutingKeys.Names];

    /// <summary>Why a key has no effect on a model, in whole sentences with the cure; null where it has one.</summary>
    public static Phrase? WhyIdle(string key, string value, Model model)
    {
        if (model.IsDense)
        {
            return $"{Place((key, value))}: '{model.Name}' is dense and has nothing to route. Take a model with experts, or leave this "
                + $"out.";
        }
        return null;
    }

    /// <summary>
    /// The model with the given keys; what is not given stays. Keys of the other kind of routing go when <c>routing</c> changes, and a
    /// balance_bias alone takes the place of the load-balancing loss. Experts that choose without a routing_group take four tokens of each
    /// group.
    /// </summary>
    /// <param name="model">One with experts.</param>
    /// <param name="given">Of <see cref="Keys"/>, each once.</param>
    /// <exception cref="UserException">The model is dense, or has no such routing.</exception>
    public static Model Apply(Model model, IReadOnlyList<(string Key, string Value)> given)
    {
        if (given.Count == 0)
        {
            return model;
        }
        if (WhyIdle(given[0].Key, given[0].Value, model) is Phrase idle)
        {
            throw new UserException(idle);
        }
        Dictionary<string, string> keys = given.ToDictionary(g => g.Key, g => g.Value);
        if (
            keys.TryGetValue(RoutingKeys.CapacityFactor, out string? factor)
            && factor != Dropless
            && !(Quantity.TryParseCount(factor, out double places) && places > 0)
        )
        {
            throw new UserException(
                $"{RoutingKeys.SettingOf(RoutingKeys.CapacityFactor).To(factor)}: a capacity factor is a number above zero, such as 1.25, "
                    + $"or '{Dropless}': no token is dropped."
            );
        }
        // What nobody said before is not said now either.
        IEnumerable<(string Key, object Value)> own =
        [
            .. RoutingKeys.Write(model).Where(k => model.Routing.Says(k.Key)),
            ("top_k", model.TopK),
        ];
        YamlMap kinds = Map(own.Select(k => (k.Key, Text(k.Value))).Where(k => k.Key == RoutingKeys.Kind), keys);
        if (RoutingKeys.KindOf(kinds) != model.Routing.Kind)
        {
            own = own.Where(k => k.Key == "top_k");
        }
        bool staysWithoutBias =
            model.Routing.BalanceBias == 0
            && keys.TryGetValue(RoutingKeys.BalanceBias, out string? bias)
            && Quantity.TryParseCount(bias, out double rate)
            && rate == 0;
        if (keys.ContainsKey(RoutingKeys.BalanceBias) && !staysWithoutBias)
        {
            own = own.Where(k => k.Key != RoutingKeys.BalanceLoss);
        }
        YamlMap yaml = Map(own.Select(k => (k.Key, Text(k.Value))), keys);
        Routing routing = RoutingKeys.Read(yaml);
        BiasSet biases = model.Routing.BalanceBias > 0 ? model.Biases & ~BiasSet.Router : model.Biases;
        double topK = yaml.Number("top_k");
        Model changed = model with
        {
            Routing = routing,
            TopK = topK,
            RoutingGroup = routing.Kind.GroupFor(yaml.OptionalNumber(RoutingKeys.Group), model.ExpertCount, topK),
            Biases = biases | (routing.BalanceBias > 0 ? BiasSet.Router : BiasSet.None),
        };
        return Buildable.WhyNot(changed, multipleOf: 1) is BuildFault fault
            ? throw new UserException($"{Phrase.Join(", ", given.Select(Place))}: no such model can be built: {fault.Reason}.")
            : Buildable.Whole(changed);

        YamlMap Map(IEnumerable<(string Key, string Value)> own, Dictionary<string, string> keys) =>
            YamlMap.Of(
                [
                    .. own.Where(k => !keys.ContainsKey(k.Key)).Select(k => (k.Key, k.Value, (Phrase)$"'{model.Name}'")),
                    .. keys.Where(k => !(k.Key == RoutingKeys.CapacityFactor && k.Value == Dropless))
                        .Select(k => (k.Key, k.Value, Place((k.Key, k.Value)))),
                ],
                RoutingKeys.SettingOf
            );

        static string Text(object value) => string.Create(CultureInfo.InvariantCulture, $"{value}");
    }

    private static Phrase Place((string Key, string Value) given) => $"{RoutingKeys.SettingOf(given.Key).To(given.Value)}";
}
