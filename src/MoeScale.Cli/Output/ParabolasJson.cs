using System.Text.Json.Serialization;
using MoeScale.Cli.Input;
using MoeScale.Laws.Fitting.IsoFlop;

namespace MoeScale.Cli.Output;

/// <summary>Parabolas of loss in ln N, the exponents of their minima, and those of the fitted law.</summary>
internal sealed record ParabolasJson(
    string Compute,
    IReadOnlyList<ParabolaJson> Curves,
    ExponentJson Size,
    ExponentJson Tokens,
    ExponentsJson? Parametric,
    ExponentsJson? ParabolasOfLaw,
    ExponentsJson? Bias
)
{
    public static ParabolasJson Of(IsoFlopApproach a) =>
        new(
            a.Compute,
            [.. a.Curves.Select(ParabolaJson.Of)],
            new ExponentJson(a.Size.Coefficient, a.Size.Exponent, a.Size.StandardError),
            new ExponentJson(a.Tokens.Coefficient, a.Tokens.Exponent, a.Tokens.StandardError),
            a.Parametric is AllocationExponents p ? new ExponentsJson(p.Size, p.Tokens) : null,
            a.Bias is IsoFlopBias b ? new ExponentsJson(b.Size, b.Tokens) : null,
            a.Bias is IsoFlopBias d ? new ExponentsJson(d.SizeBias, d.TokensBias) : null
        );
}

/// <summary>A parabola; null where it has no minimum, and the reason where it does not count.</summary>
internal sealed record ParabolaJson
{
    public required double Flops { get; init; }

    [JsonPropertyName("least_flops")]
    public required double MinFlops { get; init; }

    [JsonPropertyName("most_flops")]
    public required double MaxFlops { get; init; }

    public required int Rows { get; init; }

    public required int Sizes { get; init; }

    public required double SmallestN { get; init; }

    public required double LargestN { get; init; }

    public required double? OptimalN { get; init; }

    public required double? OptimalD { get; init; }

    public required double? OptimalLoss { get; init; }

    public required string? Reason { get; init; }

    public static ParabolaJson Of(IsoFlopCurve c) =>
        new()
        {
            Flops = c.Flops,
            MinFlops = c.MinFlops,
            MaxFlops = c.MaxFlops,
            Rows = c.Rows.Count,
            Sizes = c.Sizes,
            SmallestN = c.SmallestSize,
            LargestN = c.LargestSize,
            OptimalN = c.OptimalSize,
            OptimalD = c.OptimalTokens,
            OptimalLoss = c.OptimalLoss,
            Reason = c.LeftOut?.Reason.Say(CommandTerms.All),
        };
}

internal sealed record ExponentJson(double Coefficient, double Exponent, double? Se);

internal sealed record ExponentsJson(double N, double D);
