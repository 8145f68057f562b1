using System.CommandLine;
using MoeScale.Models;

namespace MoeScale.Cli.Input;

/// <summary>
/// Options that change how a model routes. Each is a key of a model file with other hyphens, read as the file's value would be.
/// </summary>
internal static class TrainRouting
{
    public static IReadOnlyList<Option<string>> All { get; } =
    [
        .. RoutingOverrides.Keys.Select(key =>
        {
            (string value, string description) = Help(key);
            return new Option<string>("--" + key.Replace('_', '-')) { HelpName = value, Description = description };
        }),
    ];

    /// <exception cref="Basics.UserException">The model is dense, or has no such routing.</exception>
    public static Model Apply(ParseResult parsed, Model model) =>
        RoutingOverrides.Apply(
            model,
            [
                .. RoutingOverrides
                    .Keys.Zip(All)
                    .Where(pair => parsed.GetValue(pair.Second) is not null)
                    .Select(pair => (pair.First, parsed.GetValue(pair.Second)!)),
            ]
        );

    private static (string Value, string Description) Help(string key) =>
        key switch
        {
            "top_k" => ("N", "Experts of a token; where experts choose, in the mean. Default: the model's, as for all that follow here."),
            "routing" => ("KIND", $"{string.Join(" or ", RoutingKind.All)}."),
            "router_weights" => ("KIND", "softmax, selected_softmax, sigmoid or selected_sigmoid."),
            "capacity_factor" => (
                "X",
                $"In training an expert processes at most X times its even share of a micro-batch; {RoutingOverrides.Dropless}: dropless."
            ),
            "balance_loss" => ("X", "Coefficient of the load-balancing loss."),
            "balance_bias" => ("X", "How far a bias moves that balances the load; without --balance-loss in the place of that."),
            "router_z_loss" => ("X", "Coefficient of the router's z-loss."),
            "routing_group" => ("N", "Sequences among which experts choose. Default, where a model has none: 4 tokens an expert."),
            _ => throw new ArgumentOutOfRangeException(nameof(key), key, "no help"),
        };
}
