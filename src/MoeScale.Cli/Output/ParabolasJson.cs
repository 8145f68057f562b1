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
            [
                .. a.Curves.Select(c => new ParabolaJson(
                    c.Flops,
                    c.MinFlops,
                    c.MaxFlops,
                    c.Rows.Count,
                    c.Sizes,
                    c.SmallestSize,
                    c.LargestSize,
                    c.OptimalSize,
                    c.OptimalTokens,
                    c.OptimalLoss,
                    c.Reason
                )),
            ],
            new ExponentJson(a.Size.Coefficient, a.Size.Exponent, a.Size.StandardError),
            new ExponentJson(a.Tokens.Coefficient, a.Tokens.Exponent, a.Tokens.StandardError),
            a.Parametric is AllocationExponents p ? new ExponentsJson(p.Size, p.Tokens) : null,
            a.Bias is IsoFlopBias b ? new ExponentsJson(b.Size, b.Tokens) : null,
            a.Bias is IsoFlopBias d ? new ExponentsJson(d.SizeBias, d.TokensBias) : null
        );
}

internal sealed record ParabolaJson(
    double Flops,
    double MinFlops,
    double MaxFlops,
    int Rows,
    int Sizes,
    double SmallestN,
    double LargestN,
    double? OptimalN,
    double? OptimalD,
    double? OptimalLoss,
    string? Reason
);

internal sealed record ExponentJson(double Coefficient, double Exponent, double? Se);

internal sealed record ExponentsJson(double N, double D);
