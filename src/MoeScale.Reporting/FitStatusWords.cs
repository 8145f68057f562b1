using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Warnings;

namespace MoeScale.Reporting;

/// <summary>What the status of a fit is called, and says.</summary>
public static class FitStatusWords
{
    /// <summary>As JSON has it.</summary>
    public static string Name(FitStatus status) =>
        status switch
        {
            FitStatus.Converged => "converged",
            FitStatus.Unidentifiable => "unidentifiable",
            FitStatus.RefitsFailed => "refits_failed",
            FitStatus.NotAtMinimum => "not_at_minimum",
            FitStatus.NoValue => "no_value",
            _ => "interrupted",
        };

    /// <summary>As JSON names where intervals come from.</summary>
    public static string Name(IntervalSource source) =>
        source switch
        {
            IntervalSource.Bootstrap => "bootstrap",
            IntervalSource.Profile => "profile",
            _ => "curvature",
        };

    /// <summary>In two words or three; empty where it converged.</summary>
    public static string Short(FitStatus status) =>
        status switch
        {
            FitStatus.Converged => "",
            FitStatus.Unidentifiable => "not identified",
            FitStatus.RefitsFailed => "most refits failed",
            FitStatus.NotAtMinimum => "no minimum",
            FitStatus.NoValue => "the formula has no value at some row",
            _ => "unfinished",
        };

    /// <summary>Why there is no law, in words that follow a colon; empty where there is one.</summary>
    public static string WhyNoLaw(FitStatus status) =>
        status switch
        {
            FitStatus.Converged => "",
            FitStatus.Unidentifiable => "these runs do not tell its coefficients apart",
            FitStatus.RefitsFailed => "a minimum, but most bootstrap refits reached none",
            FitStatus.NotAtMinimum => "no minimum: a coefficient runs away",
            FitStatus.NoValue => "the formula has no value at some run",
            _ => "interrupted",
        };

    /// <summary>Where the search ended, in words that follow "it ended".</summary>
    public static string End(FitStatus status) =>
        status switch
        {
            FitStatus.Converged or FitStatus.RefitsFailed => "at a minimum, checked by second derivatives",
            FitStatus.Unidentifiable => "at a minimum along which coefficients can change together",
            FitStatus.Interrupted => "when the user stopped it",
            _ => "where the objective still falls",
        };

    /// <summary>What came of a fit, in a line.</summary>
    /// <param name="fit">The fit.</param>
    /// <param name="error">How far off its predictions are, in words that may follow; or empty.</param>
    public static string Result(Fit fit, string error) =>
        fit.Status switch
        {
            FitStatus.Converged => $"converged: a minimum, {Chosen(fit)}{(fit.IsDoubtful ? ", which few starts led to" : "")}{error}",
            FitStatus.Unidentifiable => "not identified: coefficients can change together and fit as well, so their values mean nothing",
            FitStatus.RefitsFailed =>
                $"doubtful: a minimum, but {fit.Bootstrap!.Failed} of {fit.Bootstrap.Draws} bootstrap refits reached none{error}",
            FitStatus.NotAtMinimum => "failed: the lowest point found is no minimum",
            FitStatus.NoValue => $"failed: {Short(fit.Status)}",
            _ => $"unfinished: stopped, the best so far{error}",
        };

    /// <summary>Why a fit is no answer, and what cures it, in whole sentences; null where it is one.</summary>
    public static Phrase? Refusal(Fit fit) =>
        fit.Status switch
        {
            FitStatus.Unidentifiable => $"the runs do not tell all coefficients apart{Open(fit)}. "
                + $"Hold some with {FitSettings.Fix}{Phrase.If(FitSettings.Tie, $", tie some with {FitSettings.Tie}")}, "
                + $"or give runs that vary more.",
            FitStatus.RefitsFailed => $"{fit.Bootstrap!.Failed} of {fit.Bootstrap.Draws} bootstrap refits reached no minimum: "
                + $"the runs hardly hold these coefficients. Hold some with {FitSettings.Fix}, bound them in a law file{Template}, "
                + $"or fit without {FitSettings.Bootstrap}.",
            FitStatus.NotAtMinimum => $"the fit found no minimum: a coefficient runs away. Hold it with {FitSettings.Fix}, "
                + $"give it bounds in a law file{Template}, or give runs that vary more.",
            FitStatus.NoValue => $"the formula has no value at some row from any of {Plural.Of(fit.Starts.Tried, "starting point")}. "
                + $"Check it, and give signs, bounds and starting values in a law file{Template}.",
            FitStatus.Interrupted when fit.HasValue => $"stopped: these are the best coefficients so far. "
                + $"Let the search end{Phrase.If(FitSettings.Starts, $", or give it fewer {FitSettings.Starts}")}.",
            FitStatus.Interrupted => "stopped before anything was found.",
            _ => (Phrase?)null,
        };

    private static string Chosen(Fit fit) =>
        fit.Request.SelectBy is null ? "the lowest that was found" : "chosen by its error as in the paper";

    private static Phrase Open(Fit fit) => fit.OpenDirections is [OpenDirection first, ..] ? (Phrase)$": {FitWords.Of(first)}" : "";

    private static Phrase Template => Phrase.If(FitSettings.Template, $" (fit {FitSettings.Template})");
}
