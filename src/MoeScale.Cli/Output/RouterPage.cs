using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Models;
using MoeScale.Reporting;
using MoeScale.Training.Diagnostics;

namespace MoeScale.Cli.Output;

/// <summary>What <c>train --report</c> prints, and what <c>train</c> says of its routers.</summary>
internal static class RouterPage
{
    private const double Early = 0.5;

    public static void Write(RouterReport report, IReadOnlyList<string> files)
    {
        Model m = report.Model;
        Page.Field(
            "Model",
            $"{m.Name}: {report.Blocks.Count} of {Plural.Of(m.Blocks, "block")} with {Plural.Of(report.Experts, "expert")}, "
                + $"{m.Routing.Kind.Brief(Figures.Number(m.TopK))}"
        );
        Page.Field(
            "Steps",
            $"{Figures.Exact(report.Steps[^1].Step)}, {Plural.Of(Figures.Exact(report.Steps[^1].Tokens), "token")}; "
                + $"figures are of the last {report.Health.Steps}"
        );
        Page.BlankLine();
        int? early = report.MomentAt(Early);
        Page.Table(
            ["block", "max load", "entropy", "idle", "dropped", "unserved", "wavers", "early", "kind", "place"],
            [.. report.Blocks.Select((block, layer) => Row(report, block, layer, early))]
        );
        Page.BlankLine();
        Page.Paragraph(
            $"max load: over the mean. entropy: of the load, % of ln {report.Experts}. "
                + $"idle: experts below {100 * RouterHealth.IdleLoad:0} % of the mean. "
                + $"dropped: % of choices that found their expert full. "
                + $"unserved: % of tokens that none processed. wavers: between so many of {Plural.Of(report.Experts, "expert")} a token "
                + $"does, e^entropy of its probabilities."
        );
        if (report.Probe is ProbeHistory probe)
        {
            string when = early is int moment
                ? $"early: % of the last choices that were made after {Plural.Of(Figures.Exact(probe.Moments[moment].Tokens), "token")} "
                    + $"already. "
                : "";
            Page.Paragraph(
                $"{when}kind, place: how far what a token is, or where it stands, decides its experts, in %; "
                    + $"on {Figures.Exact(probe.Tokens.Count)} held-out tokens."
            );
            Page.BlankLine();
            Page.Table(
                ["block", "<most apart", "<most together"],
                [.. report.Blocks.Select((block, layer) => Specialised(report, block, layer))]
            );
        }
        Page.BlankLine();
        WriteFindings(m, report.Health.Findings(), CommandTerms.All, tellsHealth: true);
        Page.Field("Drawn", $"{report.Folder}: {string.Join(", ", files)}");
    }

    /// <summary>What is wrong, and what helps.</summary>
    /// <param name="model">Whose routers they are.</param>
    /// <param name="findings">What was found.</param>
    /// <param name="terms">What settings are called where the run's were given.</param>
    /// <param name="tellsHealth">Whether to say it too where nothing was found.</param>
    public static void WriteFindings(Model model, IReadOnlyList<RouterFinding> findings, Terms terms, bool tellsHealth)
    {
        // One cure for all blocks that suffer alike.
        foreach (IGrouping<RouterFault, RouterFinding> fault in findings.GroupBy(f => f.Fault))
        {
            foreach (RouterFinding finding in fault)
            {
                Page.Field("Warning", RouterWords.Of(finding).Say(terms));
            }
            Page.Field("", RouterWords.Cure(fault.Key, model.Routing).Say(terms));
        }
        if (findings.Count == 0 && tellsHealth)
        {
            Page.Field("Routers", "no expert is overloaded or idle, and all routers tell experts apart.");
        }
    }

    private static IReadOnlyList<string> Row(RouterReport r, int block, int layer, int? early)
    {
        double[] load = r.Health.Load(layer);
        return
        [
            $"{block}",
            Figures.Number(load.Max()),
            Hundredths(load.Length == 1 ? 1 : LoadFigures.Entropy(r.Health.Choices(layer)) / Math.Log(load.Length)),
            $"{load.Count(l => l < RouterHealth.IdleLoad)}",
            Hundredths(r.Mean(layer, s => s.Dropped)),
            Hundredths(r.Mean(layer, s => s.Unserved)),
            Figures.Number(Math.Exp(r.Health.TokenEntropy(layer))),
            early is int moment ? Hundredths(r.Probe!.Moments[moment].Layers[layer].OverlapWith(r.Probe.Last.Layers[layer])) : "-",
            r.Kinds.Count > 0 ? Hundredths(r.Kinds[layer].Explained()) : "-",
            r.Positions.Count > 0 ? Hundredths(r.Positions[layer].Explained()) : "-",
        ];
    }

    private static IReadOnlyList<string> Specialised(RouterReport r, int block, int layer) =>
        [
            $"{block}",
            r.Strongest(layer) is (string kind, int expert, double share, double ofAll)
                ? $"{kind}: {Percent(share)} to expert {expert}, of all {Percent(ofAll)}"
                : "-",
            r.Pair(layer) is (int first, int second, double together) ? $"{Percent(together)} of {first} to {second}" : "none",
        ];

    private static string Percent(double share) => $"{Hundredths(share)} %";

    private static string Hundredths(double share) => FormattableString.Invariant($"{100 * share:0.#}");
}
