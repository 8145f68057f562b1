using MoeScale.Training.Diagnostics;

namespace MoeScale.Cli.Output;

/// <summary><c>train --report --json</c>.</summary>
internal sealed record RouterReportJson(
    string Model,
    long Steps,
    long Tokens,
    int Window,
    int Experts,
    double TopK,
    int? ProbeTokens,
    IReadOnlyList<RouterLayerJson> Layers,
    IReadOnlyList<RouterFindingJson> Findings,
    IReadOnlyList<string> Files
)
{
    public static RouterReportJson Of(RouterReport r, IReadOnlyList<string> files) =>
        new(
            r.Model.Name,
            r.Steps[^1].Step,
            r.Steps[^1].Tokens,
            r.Health.Steps,
            r.Experts,
            r.Model.TopK,
            r.Probe?.Tokens.Count,
            [.. r.Blocks.Select((block, layer) => RouterLayerJson.Of(r, block, layer))],
            [
                .. r
                    .Health.Findings()
                    .Select(f => new RouterFindingJson(
                        f.Block,
                        f.Fault.ToString().ToLowerInvariant(),
                        f.Experts,
                        f.Value,
                        f.Text,
                        f.Cure(r.Model.Routing)
                    )),
            ],
            files
        );
}

/// <summary>Of the last steps, but for what the probe tells.</summary>
internal sealed record RouterLayerJson(
    int Block,
    IReadOnlyList<double> Load,
    double MaxOverMean,
    double LoadEntropy,
    int Dead,
    int Idle,
    double Dropped,
    double Unserved,
    double BalanceLoss,
    double ZLoss,
    double LogitNorm,
    double TokenEntropy,
    IReadOnlyList<SaturationJson>? Saturation,
    double[][]? CoActivation,
    SpecialisationJson? Kinds,
    SpecialisationJson? Places
)
{
    public static RouterLayerJson Of(RouterReport r, int block, int layer)
    {
        double[] load = r.Health.Load(layer);
        return new RouterLayerJson(
            block,
            load,
            load.Max(),
            LoadFigures.Entropy(r.Health.Choices(layer)),
            load.Count(l => l == 0),
            load.Count(l => l < RouterHealth.IdleLoad),
            r.Mean(layer, s => s.Dropped),
            r.Mean(layer, s => s.Unserved),
            r.Mean(layer, s => s.BalanceLoss),
            r.Mean(layer, s => s.ZLoss),
            r.Mean(layer, s => s.LogitNorm),
            r.Health.TokenEntropy(layer),
            r.Probe is null ? null : [.. r.Probe.Moments.Zip(r.Probe.Saturation(layer), (m, s) => new SaturationJson(m.Step, m.Tokens, s))],
            r.Probe is null ? null : SpecialisationJson.Rows(r.Probe.Last.Layers[layer].CoActivation()),
            r.Probe is null ? null : SpecialisationJson.Of(r.Kinds[layer]),
            r.Probe is null ? null : SpecialisationJson.Of(r.Positions[layer])
        );
    }
}

internal sealed record SaturationJson(long Step, long Tokens, double Saturation);

/// <param name="Names">Of the rows of shares.</param>
/// <param name="Tokens">Of each row.</param>
/// <param name="Shares">(rows, experts) of the row's tokens</param>
/// <param name="Explained">Of the choice of an expert.</param>
internal sealed record SpecialisationJson(IReadOnlyList<string> Names, IReadOnlyList<long> Tokens, double[][] Shares, double Explained)
{
    public static SpecialisationJson Of(Specialisation s) => new(s.Names, s.Tokens, Rows(s.Shares()), s.Explained());

    public static double[][] Rows(double[,] values) =>
        [
            .. Enumerable
                .Range(0, values.GetLength(0))
                .Select(i => Enumerable.Range(0, values.GetLength(1)).Select(j => values[i, j]).ToArray()),
        ];
}

internal sealed record RouterFindingJson(int Block, string Fault, IReadOnlyList<int> Experts, double Value, string Text, string Cure);
