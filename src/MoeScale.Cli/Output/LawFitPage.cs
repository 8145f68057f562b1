using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Laws;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Warnings;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>How a law was fitted, for <c>laws show</c>: by its paper, or by <c>fit</c>.</summary>
internal static class LawFitPage
{
    public static void Write(Law law)
    {
        if (law.Procedure is FitProcedure procedure)
        {
            WriteProcedure(procedure);
        }
        if (law.Fitted is FittedLaw fitted)
        {
            WriteFitted(fitted);
        }
    }

    private static void WriteProcedure(FitProcedure p)
    {
        string weight = p.Weight is null ? "" : $", rows weighted by {p.Weight}";
        double starts = p.Starts.Values.Aggregate(1.0, (product, values) => product * values.Count);
        string[] parts =
        [
            Words(p.Objective) + weight,
            .. p.Starts.Count > 0
                ? [$"a grid of {Plural.Of(Figures.Exact(starts), "start")} over {string.Join(", ", p.Starts.Keys)}"]
                : Array.Empty<string>(),
            .. p.Fix.Select(f => $"{f.Key} held at {(Quantity.TryParseCount(f.Value, out _) ? "" : "that of ")}{f.Value}"),
            .. p.HoldOut is null ? Array.Empty<string>() : [$"held out {p.HoldOut}"],
            .. p.SelectByError ? ["chosen by training plus held-out error"] : Array.Empty<string>(),
        ];
        Page.Field("Paper's fit", string.Join("; ", parts));
    }

    private static void WriteFitted(FittedLaw f)
    {
        Page.Field(
            "Fitted to",
            $"{Plural.Of(Figures.Exact(f.Rows), "row")} ({f.Digest}){(f.Finished ? "" : "; interrupted: the best so far")}"
        );
        Page.Field("Objective", string.Create(CultureInfo.InvariantCulture, $"{Words(f.Objective)}: {f.Value:G10}"));
        Page.Field(
            "Starts",
            $"{Figures.Exact(f.Starts.Tried)} tried, "
                + $"{Figures.Exact(f.Starts.Moved)} moved, {Figures.Exact(f.Starts.Agreeing)} agree with the best"
        );
        foreach (CoefficientCertainty c in f.Certainties)
        {
            string[] known =
            [
                .. c.LogStandardError is double part ? [$"standard error {Short(100 * part)} % (of its logarithm)"]
                : c.StandardError is double se ? [$"standard error {Short(se)}"]
                : Array.Empty<string>(),
                .. c.Low is null && c.High is null
                    ? Array.Empty<string>()
                    : [$"{Figures.Number(100 * f.Level)} % from {Short(c.Low)} to {Short(c.High)}"],
            ];
            Page.Field(c == f.Certainties[0] ? "How sure" : "", $"{c.Name}: {string.Join(", ", known)}");
        }
        if (f.Sample is CoefficientTable sample)
        {
            Page.Field("Sample", $"{Plural.Of(Figures.Exact(sample.Count), "draw")} of the bootstrap; plan tells intervals from them");
        }
        Page.Field("Call", f.Call);
        foreach (FitWarning warning in f.Warnings)
        {
            Page.Field("Warning", FitWords.Of(warning).Say(CommandTerms.OutsideFit));
        }
        foreach (string item in f.Checklist)
        {
            Page.Field(item == f.Checklist[0] ? "To report" : "", item);
        }
    }

    /// <summary>"log-huber delta 0.001, sum over rows".</summary>
    public static string Words(Objective o)
    {
        string delta = o.Kind is ObjectiveKind.LogHuber or ObjectiveKind.Huber ? $" delta {Short(o.Delta)}" : "";
        string ridge = o.Ridge > 0 ? $", ridge {Short(o.Ridge)}" : "";
        return $"{o.Name}{delta}, {(o.Reduce == Reduction.Mean ? "mean" : "sum")} over rows{ridge}";
    }

    private static string Short(double? value) => value is double v ? v.ToString("G5", CultureInfo.InvariantCulture) : "open";
}
