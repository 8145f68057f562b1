using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws.Fitting.IsoFlop;

namespace MoeScale.Cli.Output;

/// <summary>What parabolas through isoFLOP curves say, beside the parametric fit.</summary>
internal static class ParabolaPage
{
    public static void Write(IsoFlopApproach a)
    {
        Page.Paragraph($"IsoFLOP parabolas of loss in ln N ({a.Compute}):");
        Page.Table(
            ["FLOPs", "rows", "sizes", "from", "to", "best N", "best D", "loss", "<"],
            [
                .. a.Curves.Select(c =>
                    (IReadOnlyList<string>)
                        [
                            Figures.Scientific(c.Flops),
                            Figures.Exact(c.Rows.Count),
                            Figures.Exact(c.Sizes),
                            Quantity.FormatCount(c.SmallestSize),
                            Quantity.FormatCount(c.LargestSize),
                            Count(c.OptimalSize),
                            Count(c.OptimalTokens),
                            c.OptimalLoss is double loss ? Figures.Loss(loss) : "-",
                            c.LeftOut is null ? "" : "left out",
                        ]
                ),
            ]
        );
        Page.Table(
            ["<", "N_opt ~ C^", "D_opt ~ C^"],
            [
                ["parabolas", Exponent(a.Size), Exponent(a.Tokens)],
                .. a.Parametric is AllocationExponents p
                    ?
                    [
                        ["the fitted law", Three(p.Size), Three(p.Tokens)],
                    ]
                    : Array.Empty<IReadOnlyList<string>>(),
                .. a.Bias is IsoFlopBias b
                    ?
                    [
                        ["parabolas through the fitted law", Three(b.Size), Three(b.Tokens)],
                        ["  so their own bias is", Signed(b.SizeBias), Signed(b.TokensBias)],
                    ]
                    : Array.Empty<IReadOnlyList<string>>(),
            ]
        );
    }

    private static string Count(double? value) => value is double v ? Quantity.FormatCount(v) : "-";

    private static string Exponent(AllocationLaw law) =>
        law.StandardError is double se ? FormattableString.Invariant($"{law.Exponent:0.000} ± {se:0.000}") : Three(law.Exponent);

    private static string Three(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) =>
        (Math.Abs(value) < 5e-4 ? 0 : value).ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
}
