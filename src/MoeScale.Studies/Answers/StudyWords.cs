using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws.Fitting;
using MoeScale.Reporting;
using MoeScale.Studies.Axes;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Answers;

/// <summary>What a study finds and what it lacks, in words: for its files, its report and whoever asked.</summary>
public static class StudyWords
{
    private const int MaxNamed = 5;

    /// <summary>What is missing, in whole sentences; what a cell's trainer said ends as it said it.</summary>
    public static string Of(StudyGap gap) =>
        gap switch
        {
            StudyGap.NoRuns none => $"no run of {none.File} is finished, so there is nothing to report. {Of(none.Cells)}",
            StudyGap.UndoneCells undone => Undone(undone),
            StudyGap.NoLaw law => $"all cells are done, and there is no law of them: {Sentence(law.Answer)}",
            StudyGap.NoPlan { Plan: var plan } => $"all cells are done, and there is {Of(plan)}",
            StudyGap.NoRateLaw { Rates: var rates } => $"all cells are done, and there is no law of learning rates: {Sentence(rates)}",
            _ => throw new ArgumentOutOfRangeException(nameof(gap)),
        };

    /// <summary>Which routers are left out, in whole sentences.</summary>
    public static string Of(UntoldRouters routers) =>
        $"the routers of {routers.Run} are left out: {routers.Reason.Phrase.Say(StudyTerms.All)}";

    /// <summary>"d24 failed: out of memory".</summary>
    public static string Of(UndoneCell cell)
    {
        string state = cell.State == UndoneState.NotInTable ? "not whole in runs.csv" : cell.State.ToString().ToLowerInvariant();
        return $"{cell.Cell} {state}{(cell.Reason.Length > 0 ? $": {cell.Reason}" : "")}";
    }

    /// <summary>Why a plan has no model, in whole sentences: "no plan with 1e14 FLOPs: there is no law.".</summary>
    public static string Of(StudyPlan plan) => FormattableString.Invariant($"no plan with {plan.Request.Flops:0.##e0} FLOPs: {Why(plan)}");

    /// <summary>Why a plan has no model, in words that follow a colon and end the sentence; empty where it has one.</summary>
    public static string Why(StudyPlan plan) =>
        plan.End switch
        {
            StudyPlanEnd.NoLaw => "there is no law.",
            StudyPlanEnd.NothingFits => MisfitWords.NothingFits(plan.Plan!).Say(StudyTerms.All),
            StudyPlanEnd.Refused => plan.Refusal!.Phrase.Say(StudyTerms.All),
            _ => "",
        };

    /// <summary>What a study settled, without full stop.</summary>
    public static string Of(StudyNote note) =>
        note switch
        {
            StudyNote.VocabularyOfText v => string.Create(
                CultureInfo.InvariantCulture,
                $"vocab_size is {v.Tokens:#,0}, the number of tokens ({v.Tokenizer}), where {v.Family} has {v.Before:#,0}; so parameters "
                    + $"and FLOPs differ"
            ),
            StudyNote.VocabularyBeyondText v => string.Create(
                CultureInfo.InvariantCulture,
                $"vocab_size is {v.Size:#,0}, and the text has {v.Tokens:#,0} tokens ({v.Tokenizer}): the other rows of embedding and "
                    + $"head are never met"
            ),
            StudyNote.RateBeyondLaw rate => RateBeyondLaw(rate),
            _ => throw new ArgumentOutOfRangeException(nameof(note)),
        };

    /// <summary>What changed in a study's file, without full stop.</summary>
    public static string Of(StudyChange change) =>
        change switch
        {
            StudyChange.OtherValue({ Key: var key, Before: var before, Now: var now }, var cells) =>
                $"{key} is {before} in the results and {now} in the file now ({Named(cells)}): the old value is what was trained with",
            StudyChange.Gone(var cells) => $"{Plural.Of(cells.Count, "cell")} in the folder {(cells.Count == 1 ? "is" : "are")} no longer "
                + $"in the file ({Named(cells)})",
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };

    private static string Named(IReadOnlyList<string> cells) =>
        $"{string.Join(", ", cells.Take(MaxNamed))}{(cells.Count > MaxNamed ? $" and {cells.Count - MaxNamed} more" : "")}";

    /// <summary>Why a run is not fitted, in words that stand in brackets.</summary>
    public static string Of(NotFittedKind kind) => kind == NotFittedKind.Filtered ? "fit.where" : "not the best learning rate";

    /// <summary>
    /// The status of a law that can or cannot be used, without full stop; of one that was refused the answer has the reason.
    /// </summary>
    public static string Of(LawStatus status) =>
        status switch
        {
            LawStatus.Converged => "converged",
            LawStatus.NoRuns => "no run is left by fit.where",
            LawStatus.NoneIdentifiable =>
                "no law that is known can be fitted to these runs; the table of laws has a reason for each, and 'where' under 'fit' can "
                    + "narrow the runs",
            LawStatus.NoneConverged => "none of the laws that these runs can tell has a minimum",
            LawStatus.Unidentifiable => FitStatusWords.WhyNoLaw(FitStatus.Unidentifiable),
            LawStatus.RefitsFailed => FitStatusWords.WhyNoLaw(FitStatus.RefitsFailed),
            LawStatus.NotAtMinimum => FitStatusWords.WhyNoLaw(FitStatus.NotAtMinimum),
            LawStatus.NoValue => FitStatusWords.WhyNoLaw(FitStatus.NoValue),
            LawStatus.Interrupted => FitStatusWords.WhyNoLaw(FitStatus.Interrupted),
            _ => "",
        };

    /// <summary>The same of a law of learning rates.</summary>
    public static string Of(RateStatus status) =>
        status switch
        {
            RateStatus.Converged => "converged",
            RateStatus.NoOptimum => "no sweep encloses its best rate",
            RateStatus.Unidentifiable => "these optima do not fix its coefficients",
            _ => "",
        };

    /// <summary>The status of a study's law, up to the end of the sentence.</summary>
    public static string Sentence(StudyAnswer answer) => answer.StatusKind == LawStatus.Refused ? answer.Status : $"{answer.Status}.";

    /// <summary>The status of a study's law of rates, up to the end of the sentence.</summary>
    public static string Sentence(RateAnswer rates) => rates.StatusKind == RateStatus.Refused ? rates.Status : $"{rates.Status}.";

    /// <summary>Why runs cannot tell a law's coefficients, in words that follow a colon.</summary>
    internal static string Of(NotIdentifiable reason) =>
        reason switch
        {
            NotIdentifiable.NoColumn(var column) => $"the runs have no {column}",
            NotIdentifiable.Silent(var column, var values) =>
                $"the runs differ in {column} ({Plural.Of(values, "value")}), of which it does not speak",
            NotIdentifiable.OfOneValue(var column, var only, var values) => FormattableString.Invariant(
                $"it is a law of models with {column} {Figures.Significant(only)}, and the runs have {Plural.Of(values, "value")}"
            ),
            NotIdentifiable.Constant(var letter, var value) => FormattableString.Invariant(
                $"{letter} is {Figures.Significant(value)} in all runs"
            ),
            NotIdentifiable.AllHeld => "all its coefficients are held",
            NotIdentifiable.FewRuns(var open, var needed, var runs) =>
                $"{Plural.Of(open, "coefficient")} {(open == 1 ? "needs" : "need")} at least {Plural.Of(needed, "run")}, and there are "
                    + $"{runs}",
            NotIdentifiable.Flat(var coefficient) => $"no prediction depends on {coefficient} here",
            NotIdentifiable.Dependent(var open, var condition) => FormattableString.Invariant(
                $"these runs do not tell its {Plural.Of(open, "coefficient")} apart (condition {condition:0e0})"
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };

    /// <summary>What a search ended with, as the status of a law.</summary>
    internal static LawStatus StatusOf(FitStatus status) =>
        status switch
        {
            FitStatus.Converged => LawStatus.Converged,
            FitStatus.Unidentifiable => LawStatus.Unidentifiable,
            FitStatus.RefitsFailed => LawStatus.RefitsFailed,
            FitStatus.NotAtMinimum => LawStatus.NotAtMinimum,
            FitStatus.NoValue => LawStatus.NoValue,
            FitStatus.Interrupted => LawStatus.Interrupted,
            _ => throw new ArgumentOutOfRangeException(nameof(status)),
        };

    private static string RateBeyondLaw(StudyNote.RateBeyondLaw note)
    {
        string which = note.Count == note.Cells ? "all cells" : $"{note.Count} of {note.Cells} cells";
        string example = $"{note.First.Name}: {note.Rate.Excess.InWords()}";
        return note.Rate.IsDefault
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"no learning rate is given, and {which} lie beyond the experiments of {note.Rate.Law} ({example}): they get the one of "
                    + $"small runs, {Figures.Significant(note.First.LearningRate, 3)} for {note.First.Name}"
            )
            : $"{note.Rate.Law} gives the learning rate of {which} beyond its experiments ({example}): an extrapolation";
    }

    private static string Undone(StudyGap.UndoneCells undone)
    {
        string cells = string.Join("; ", undone.Cells.Take(MaxNamed).Select(Of));
        string rest = undone.Cells.Count > MaxNamed ? "; ..." : "";
        string are = undone.CellCount == 1 ? "is" : "are";
        return $"{undone.Cells.Count} of {Plural.Of(undone.CellCount, "cell")} {are} not done: {cells}{rest}";
    }
}
