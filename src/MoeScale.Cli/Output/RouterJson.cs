using MoeScale.Cli.Input;
using MoeScale.Reporting;
using MoeScale.Training.Diagnostics;

namespace MoeScale.Cli.Output;

/// <summary><c>train --report --json</c>.</summary>
internal sealed record RouterReportJson
{
    public required string Model { get; init; }

    public required long Steps { get; init; }

    public required long Tokens { get; init; }

    public required int Window { get; init; }

    public required int Experts { get; init; }

    public required double TopK { get; init; }

    public required int? ProbeTokens { get; init; }

    public required IReadOnlyList<RouterLayerJson> Layers { get; init; }

    public required IReadOnlyList<RouterFindingJson> Findings { get; init; }

    public required IReadOnlyList<string> Files { get; init; }

    public static RouterReportJson Of(RouterReport r, IReadOnlyList<string> files) =>
        new()
        {
            Model = r.Model.Name,
            Steps = r.Steps[^1].Step,
            Tokens = r.Steps[^1].Tokens,
            Window = r.Health.Steps,
            Experts = r.Experts,
            TopK = r.Model.TopK,
            ProbeTokens = r.Probe?.Tokens.Count,
            Layers = [.. r.Blocks.Select((block, layer) => RouterLayerJson.Of(r, block, layer))],
            Findings =
            [
                .. r
                    .Health.Findings()
                    .Select(f => new RouterFindingJson(
                        f.Block,
                        f.Fault.ToString().ToLowerInvariant(),
                        f.Experts,
                        f.Value,
                        RouterWords.Of(f).Say(CommandTerms.All),
                        RouterWords.Cure(f.Fault, r.Model.Routing).Say(CommandTerms.All)
                    )),
            ],
            Files = files,
        };
}

/// <summary>Of the last steps, but for what the probe tells.</summary>
internal sealed record RouterLayerJson
{
    public required int Block { get; init; }

    public required IReadOnlyList<double> Load { get; init; }

    public required double MaxOverMean { get; init; }

    public required double LoadEntropy { get; init; }

    public required int Dead { get; init; }

    public required int Idle { get; init; }

    public required double Dropped { get; init; }

    public required double Unserved { get; init; }

    public required double BalanceLoss { get; init; }

    public required double ZLoss { get; init; }

    public required double LogitNorm { get; init; }

    public required double TokenEntropy { get; init; }

    public required IReadOnlyList<SaturationJson>? Saturation { get; init; }

    public required double[][]? CoActivation { get; init; }

    public required SpecialisationJson? Kinds { get; init; }

    public required SpecialisationJson? Places { get; init; }

    public static RouterLayerJson Of(RouterReport r, int block, int layer)
    {
        double[] load = r.Health.Load(layer);
        return new RouterLayerJson
        {
            Block = block,
            Load = load,
            MaxOverMean = load.Max(),
            LoadEntropy = LoadFigures.Entropy(r.Health.Choices(layer)),
            Dead = load.Count(l => l == 0),
            Idle = load.Count(l => l < RouterHealth.IdleLoad),
            Dropped = r.Mean(layer, s => s.Dropped),
            Unserved = r.Mean(layer, s => s.Unserved),
            BalanceLoss = r.Mean(layer, s => s.BalanceLoss),
            ZLoss = r.Mean(layer, s => s.ZLoss),
            LogitNorm = r.Mean(layer, s => s.LogitNorm),
            TokenEntropy = r.Health.TokenEntropy(layer),
            Saturation = r.Probe is null
                ? null
                : [.. r.Probe.Moments.Zip(r.Probe.Saturation(layer), (m, s) => new SaturationJson(m.Step, m.Tokens, s))],
            CoActivation = r.Probe is null ? null : SpecialisationJson.Rows(r.Probe.Last.Layers[layer].CoActivation()),
            Kinds = r.Probe is null ? null : SpecialisationJson.Of(r.Kinds[layer]),
            Places = r.Probe is null ? null : SpecialisationJson.Of(r.Positions[layer]),
        };
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
