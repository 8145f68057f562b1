using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Diagnostics;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Output;

/// <summary>What the folder of a run, finished or on its way, tells of its routers.</summary>
internal sealed class RouterReport
{
    // Of fewer tokens a share says nothing.
    private const long MinTokens = 20;

    private RouterReport(
        string folder,
        Model model,
        IReadOnlyList<RoutingStep> steps,
        RouterHealth health,
        ProbeHistory? probe,
        ITokenizer? tokenizer
    )
    {
        (Folder, Model, Steps, Health, Probe) = (folder, model, steps, health, probe);
        Blocks = [.. steps[^1].Layers.Select(l => l.Block)];
        Kinds = probe is null ? [] : [.. probe.Last.Layers.Select(l => Specialisation.OfTokens(l, probe, tokenizer))];
        Positions = probe is null ? [] : [.. probe.Last.Layers.Select(l => Specialisation.OfPositions(l, probe))];
    }

    public string Folder { get; }

    public Model Model { get; }

    /// <summary>At least one.</summary>
    public IReadOnlyList<RoutingStep> Steps { get; }

    public RouterHealth Health { get; }

    /// <summary>Null where nothing is held out.</summary>
    public ProbeHistory? Probe { get; }

    /// <summary>The blocks that have experts.</summary>
    public IReadOnlyList<int> Blocks { get; }

    /// <summary>Of each of them, at the end; none without a probe.</summary>
    public IReadOnlyList<Specialisation> Kinds { get; }

    /// <inheritdoc cref="Kinds"/>
    public IReadOnlyList<Specialisation> Positions { get; }

    public int Experts => (int)Model.ExpertCount;

    /// <exception cref="UserException">It is no folder of a run, its model is dense, or no step was made in it.</exception>
    public static RouterReport Open(string folder)
    {
        ITokenizer? tokenizer = TrainedModel.TokenizerOf(folder);
        Model model = ModelFile.Read(RunFolder.ModelIn(folder));
        if (model.IsDense)
        {
            throw new UserException(
                $"{folder} holds a dense model, which has no routers to report of. Its losses are in {RunFolder.MetricsName}."
            );
        }
        IReadOnlyList<RoutingStep> steps = RoutingHistory.Read(RunFolder.RoutingIn(folder), model);
        return steps.Count == 0
            ? throw new UserException(
                $"{folder} tells nothing of its routers yet: {RunFolder.RoutingName} has no step in it. Let the run go on."
            )
            : new RouterReport(
                folder,
                model,
                steps,
                HealthOf(model, steps),
                ProbeHistory.Read(RunFolder.ChoicesIn(folder), model, tokenizer?.VocabularySize ?? (int)model.VocabularySize),
                tokenizer
            );
    }

    /// <summary>What is wrong with the routers of a run in its last steps; none of a dense model.</summary>
    /// <exception cref="UserException">A file of it is damaged.</exception>
    public static (Model Model, IReadOnlyList<RouterFinding> Findings) FindingsIn(string folder)
    {
        Model model = ModelFile.Read(RunFolder.ModelIn(folder));
        IReadOnlyList<RoutingStep> steps = RoutingHistory.Read(RunFolder.RoutingIn(folder), model, RouterHealth.Window);
        return (model, steps.Count == 0 ? [] : HealthOf(model, steps).Findings());
    }

    /// <summary>A figure of a layer, mean over the steps that <see cref="Health"/> looks at.</summary>
    public double Mean(int layer, Func<RouterStep, double> figure) =>
        Steps.TakeLast(RouterHealth.Window).Average(s => figure(s.Layers[layer]));

    /// <summary>The moment of the probe nearest to a share of the tokens seen; null without a probe, or with one moment alone.</summary>
    public int? MomentAt(double share) =>
        Probe is null || Probe.Moments.Count < 2
            ? null
            : Enumerable.Range(0, Probe.Moments.Count - 1).MinBy(i => Math.Abs(Probe.Moments[i].Tokens - (share * Probe.Last.Tokens)));

    /// <summary>The kind of tokens that an expert takes most above its share of all; null where no kind has tokens enough.</summary>
    public (string Kind, int Expert, double Share, double OfAll)? Strongest(int layer)
    {
        Specialisation kinds = Kinds[layer];
        double[,] shares = kinds.Shares();
        (string, int, double, double)? best = null;
        double most = 0;
        for (int kind = 0; kind < kinds.Names.Count; kind++)
        {
            for (int e = 0; e < kinds.Experts && kinds.Tokens[kind] >= MinTokens; e++)
            {
                double above = shares[kind, e] - kinds.ShareOf(e);
                if (above > most)
                {
                    (most, best) = (above, (kinds.Names[kind], e, shares[kind, e], kinds.ShareOf(e)));
                }
            }
        }
        return best;
    }

    /// <summary>The two experts of which the first one's tokens go to the second most often; null where no token meets two.</summary>
    public (int First, int Second, double Share)? Pair(int layer)
    {
        long[,] together = Probe!.Last.Layers[layer].Together();
        (int, int, double)? best = null;
        double most = 0;
        for (int i = 0; i < Experts; i++)
        {
            for (int j = 0; j < Experts && together[i, i] >= MinTokens; j++)
            {
                double share = (double)together[i, j] / together[i, i];
                if (i != j && share > most)
                {
                    (most, best) = (share, (i, j, share));
                }
            }
        }
        return best;
    }

    private static RouterHealth HealthOf(Model model, IReadOnlyList<RoutingStep> steps)
    {
        RouterHealth health = new(model, [.. steps[^1].Layers.Select(l => l.Block)]);
        foreach (RoutingStep step in steps.TakeLast(RouterHealth.Window))
        {
            health.Add(step);
        }
        return health;
    }
}
