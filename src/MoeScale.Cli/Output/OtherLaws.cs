using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Planning;

namespace MoeScale.Cli.Output;

/// <summary>What laws of rates and of allocation say of a plan's best model: a table each.</summary>
internal static class OtherLaws
{
    public static void Write(Configuration best)
    {
        if (best.Rates.Count > 0)
        {
            WriteRates(best.Rates);
            Page.BlankLine();
        }
        if (best.Allocations.Count > 0)
        {
            WriteAllocations(best);
            Page.BlankLine();
        }
    }

    private static void WriteRates(IReadOnlyList<Rate> rates)
    {
        Page.Table(
            ["<rate law", "learning rate", "batch", "<N", "<outside its runs?"],
            [
                .. rates.Select(r =>
                    (IReadOnlyList<string>)
                        [
                            r.Law,
                            r.LearningRate is double rate ? Figures.Scientific(rate) : "",
                            r.BatchTokens is double batch ? Quantity.FormatCount(batch) : "",
                            r.N is double n ? $"{Quantity.FormatCount(n)} {Counted(r.NColumn)}" : "",
                            Outside([.. r.OutsideRange, .. r.OtherModels], r.NColumn),
                        ]
                ),
            ]
        );
        string embeddings = rates.Any(r => Counted(r.NColumn).EndsWith('*') || r.OutsideRange.Any(e => Short(e.Name).Contains('*')))
            ? " (* without embedding and head)"
            : "";
        double[] peaks = [.. rates.Select(r => r.LearningRate).OfType<double>()];
        string spread =
            peaks.Length > 1 && peaks.Max() > 2 * peaks.Min()
                ? string.Create(CultureInfo.InvariantCulture, $" The rates differ {peaks.Max() / peaks.Min():0}-fold: sweep between them.")
                : "";
        Page.Paragraph($"Peak learning rates; batches in tokens; N as each law counts parameters{embeddings}.{spread}");
    }

    private static void WriteAllocations(Configuration best)
    {
        Page.Paragraph($"Second opinions on {Figures.Scientific(best.TrainFlops)} FLOPs of training");
        Page.Table(
            ["<law", "tokens", "FLOPs per token", "<outside its runs?"],
            [
                ["this plan", Quantity.FormatCount(best.Tokens), Figures.Scientific(best.FlopsPerToken), ""],
                .. best.Allocations.Select(a =>
                    (IReadOnlyList<string>)
                        [
                            a.Law,
                            Quantity.FormatCount(a.Tokens),
                            Figures.Scientific(a.FlopsPerToken),
                            Outside([.. a.OutsideRange, .. a.OtherModels], ""),
                        ]
                ),
            ]
        );
    }

    /// <summary>total_params_nonembedding is "total*"; a formula of columns has no short name.</summary>
    private static string Counted(string column) =>
        column switch
        {
            "active_params" => "active",
            "total_params" => "total",
            "active_params_nonembedding" => "active*",
            "total_params_nonembedding" => "total*",
            _ => "",
        };

    private static string Outside(IReadOnlyList<Excess> outside, string nColumn) =>
        outside.Count == 0 ? "no" : $"yes: {string.Join(", ", outside.Select(e => e.Name == nColumn ? "N" : Short(e.Name)))}";

    /// <summary>A formula of columns in as few letters as a table has: "active*/total*".</summary>
    private static string Short(string name) => name.Replace("_params_nonembedding", "*").Replace(" / ", "/");
}
