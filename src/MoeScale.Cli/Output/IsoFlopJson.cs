using MoeScale.Planning;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>plan --isoflop</c>.</summary>
internal sealed record IsoFlopJson(string Law, string Family, IReadOnlyList<IsoFlopCurveJson> Curves)
{
    public static IsoFlopJson Of(PlanRequest request, IReadOnlyList<IsoFlopCurve> curves) =>
        new(
            request.Law.Id,
            request.Family.Id,
            [
                .. curves.Select(c => new IsoFlopCurveJson(
                    c.Flops,
                    c.Experts,
                    c.Granularity,
                    IsoFlopPointJson.Of(c.Minimum),
                    [.. c.Points.Select(IsoFlopPointJson.Of)]
                )),
            ]
        );
}

internal sealed record IsoFlopCurveJson(
    double Flops,
    double Experts,
    double Granularity,
    IsoFlopPointJson Minimum,
    IReadOnlyList<IsoFlopPointJson> Points
);

internal sealed record IsoFlopPointJson(double ActiveParams, double TotalParams, double Tokens, double Loss)
{
    public static IsoFlopPointJson Of(IsoFlopPoint p) => new(p.ActiveParams, p.TotalParams, p.Tokens, p.Loss);
}
