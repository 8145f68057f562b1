using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Warnings;

namespace MoeScale.Reporting;

/// <summary>What warnings of fits say: sentences without full stop.</summary>
public static class FitWords
{
    /// <summary>A warning in words.</summary>
    public static Phrase Of(FitWarning warning) =>
        warning switch
        {
            FitWarning.Text w => w.Sentence,
            OpenDirection d => Of(d),
            HeldOutNote n => HeldOutWords.Of(n),
            IsoFlopNote n => IsoFlopWords.Of(n),
            ComparisonNote n => ComparisonWords.Of(n),
            TableNote n => TableWords.Of(n),
            _ => OfSearch(warning) ?? OfRows(warning) ?? OfCoefficients(warning),
        };

    /// <summary>Warnings as somebody says them, each once.</summary>
    public static IEnumerable<string> Say(IEnumerable<FitWarning> warnings, Terms terms) =>
        warnings.Select(w => Of(w).Say(terms)).Distinct();

    /// <summary>A warning with its full stop.</summary>
    public static Phrase Sentence(FitWarning warning) =>
        // A refusal says whole sentences.
        warning is IsoFlopNote.NoCurves none
            ? none.Reason
            : $"{Of(warning)}.";

    /// <summary>A warning of the fit that gave a law, where something else is told: a sentence without full stop.</summary>
    public static Phrase Of(FitWarning warning, string law) => $"the fit of {law} warned: {Of(warning)}";

    /// <summary>What the data leave open.</summary>
    public static Phrase Of(OpenDirection direction) =>
        direction switch
        {
            OpenDirection.NoEffect d => $"{d.Coefficient} has no effect on the predictions",
            OpenDirection.RanToTheEnd d => $"{d.Coefficient} ran to the end of what is searched while another coefficient made up for it: "
                + $"these runs do not tell them apart",
            OpenDirection.ChangeTogether d => $"{Listed(d.Coefficients)} can change together without any change of the predictions",
            OpenDirection.TradeOff d => $"{d.Coefficient} and {d.Other} trade off: correlation {Truncated(d.Correlation)}",
            _ => throw new ArgumentOutOfRangeException(nameof(direction)),
        };

    // Arms that are phrases: were all of them strings, they would lose their settings.
    private static Phrase? OfSearch(FitWarning warning) =>
        warning switch
        {
            FitWarning.Interrupted => "the fit was interrupted: these are the best coefficients so far, not the best",
            FitWarning.NoMinimum => $"the lowest point found is no minimum: the objective still falls there, or rounding decides it, "
                + $"mostly because a coefficient runs away; bound it, hold it with {FitSettings.Fix}, or give more varied runs",
            FitWarning.UnprovenMinimum => $"the lowest point found cannot be proved a minimum: a coefficient may run away until rounding "
                + $"decides, or it lies on a corner of the formula's min, max or abs; hold such a coefficient with {FitSettings.Fix}",
            FitWarning.FewStarts w => $"{Led(w)}{Phrase.If(FitSettings.Starts, $"; {FitSettings.Starts} tries more")}",
            FitWarning.StuckStarts w => $"{w.Stuck} of {w.Tried} starting points never moved: "
                + $"the formula has no value there, or does not depend on its coefficients",
            FitWarning.BootstrapInterrupted w => $"the bootstrap was interrupted: {w.Draws} of {w.Asked} refits were made",
            FitWarning.RefitsFailed w => $"{w.Failed} of {w.Draws} bootstrap refits reached no minimum and are not in the sample",
            FitWarning.MostRefitsFailed w => $"{w.Failed} of {w.Draws} bootstrap refits reached no minimum, "
                + $"so the others are no fair sample and intervals come from standard errors",
            FitWarning.FewRefits w => $"{w.Draws} bootstrap refits are too few for percentiles; 1,000 are usual",
            FitWarning.FewClusters w => $"there are {w.Clusters} clusters only, too few for standard errors and intervals to be trusted",
            FitWarning.IntervalEndsLost { Ends: 1 } => "one end of an interval could not be found, "
                + "since descents beside it reached no minimum; it is left open",
            FitWarning.IntervalEndsLost w => $"{w.Ends} ends of intervals could not be found, "
                + $"since descents beside them reached no minimum; they are left open",
            _ => (Phrase?)null,
        };

    private static Phrase? OfRows(FitWarning warning) =>
        warning switch
        {
            FitWarning.OtherModels w => $"{w.Quantity} is {w.Value:G6} in all rows, and {Speaks(w.Law, w.Quantity, w.Held)}: "
                + $"what is fitted is its form, for the models of these rows",
            FitWarning.MixedModels w => $"{w.Other} of {w.Rows} rows have another {w.Quantity} than {w.Held:G6}, and "
                + $"{Speaks(w.Law, w.Quantity, w.Held)}: it takes them all for the same; "
                + $"choose rows with {FitSettings.Where}, or a law that reads what they differ in",
            FitWarning.RepeatedRows w => $"{w.Repeated} of {w.Rows} rows repeat another one exactly; "
                + $"a run that counts twice makes intervals too narrow",
            FitWarning.OneValue w => $"{w.Letter} is {w.Value:G6} in all rows, "
                + $"so nothing is learnt of how the prediction depends on it",
            FitWarning.SmallUnit w => $"{w.Letter} is at most {w.Largest:G6} in these rows, which looks like millions or billions; "
                + $"a plan counts parameters and tokens one by one"
                + $"{Phrase.If(FitSettings.Map, $"; if a column of the table is in billions, map it, such as {Mapped(w, "COLUMN*1e9")}")}",
            FitWarning.HardlyDiffers w => $"{w.Letter} differs by {w.Percent:0.##} % only, "
                + $"so next to nothing is learnt of how the prediction depends on it",
            FitWarning.RiseTogether w => $"{w.Letter} and {w.Other} rise and fall together (correlation of their logarithms "
                + $"{w.Correlation:0.0000}), so their effects are told apart only by how little they differ in that; "
                + $"vary one at a fixed value of the other",
            FitWarning.AllTooSmall => "every run is smaller than the best size for its compute (N·D), "
                + "so compute-optimal sizes lie at or beyond the edge of the data",
            FitWarning.AllTooLarge => "every run is larger than the best size for its compute (N·D), "
                + "so compute-optimal sizes lie at or beyond the edge of the data",
            FitWarning.Outliers w => $"{Far(w)} more than {w.Times} times as far from the law as usual; "
                + $"where such runs diverged or differ, leave them out with {FitSettings.Where}",
            FitWarning.AlikeRows w => $"residuals of rows that differ in tokens alone are alike (correlation {w.Correlation:0.00} in "
                + $"{w.Groups} groups), as in runs that branch from one trunk or of models that the law does not meet; "
                + $"intervals that take rows as independent are too narrow"
                + $"{Phrase.If(FitSettings.Cluster, $"; {Together(w)} takes such rows together")}",
            FitWarning.LetterAsCoefficient w => $"{w.Letter} is a coefficient here, since no column has that name"
                + $"{Phrase.If(FitSettings.Map, $"; to make it a variable, add {FitSettings.Map.To($"{w.Letter}=COLUMN")}")}",
            _ => (Phrase?)null,
        };

    private static Phrase OfCoefficients(FitWarning warning) =>
        warning switch
        {
            FitWarning.NoFloor w => $"the floor {w.Coefficient} is zero: unless there is none, the runs are too far from it to show where "
                + $"it lies, and extrapolations will be too low",
            FitWarning.AtBound w => $"{w.Coefficient} {Rests(w.Value)}",
            FitWarning.ExponentAtBound w => $"the exponent {w.Coefficient} {Rests(w.Value)}",
            FitWarning.FallsToZero w => $"{w.Coefficient} falls towards zero: what it multiplies is not needed to predict these runs, "
                + $"and coefficients that stand there alone have no effect",
            FitWarning.GrowsWithoutEnd w => $"{w.Coefficient} grows without end: these runs do not bound it",
            FitWarning.HardlyDetermined w => $"{w.Coefficient} is hardly determined: its interval spans a factor of {w.Factor:0e0}",
            FitWarning.NearlySingular w => $"the problem is nearly singular (condition {w.Condition:0.0e0}): "
                + $"predictions inside the data may be fine, single coefficients mean little",
            _ => throw new ArgumentOutOfRangeException(nameof(warning)),
        };

    private static string Led(FitWarning.FewStarts w)
    {
        string tried = $"{Count(w.Tried)} starting points led to this optimum";
        return w.Agreeing == 0
            ? $"none of {tried} by itself; it was met beside other ends, so a lower one may still be missed"
            : $"only {(w.Agreeing == 1 ? "one" : Count(w.Agreeing))} of {tried}, so a lower one may have been missed";
    }

    private static string Speaks(string law, string quantity, double held) =>
        FormattableString.Invariant($"{law} is a law of models with {quantity} {Figures.Significant(held)}");

    private static Setting Mapped(FitWarning.SmallUnit w, string formula) => FitSettings.Map.To($"{w.Letter}={formula}");

    private static string Far(FitWarning.Outliers w) =>
        w.Rows == 1
            ? $"line {w.Line} of {w.File ?? "the table"} lies"
            : $"{w.Rows} rows lie (the furthest on line {w.Line} of {w.File ?? "the table"})";

    private static Phrase Together(FitWarning.AlikeRows w) =>
        w.Column is string column
            ? (Phrase)$"{FitSettings.Cluster.To(column)}"
            : (Phrase)$"{FitSettings.Cluster.To("COLUMN")}, with a column that says which trunk or model a row is of,";

    private static string Rests(double bound) =>
        FormattableString.Invariant(
            $"rests at its bound {Figures.Significant(bound)}: the best value lies beyond what its sign or the law file allows"
        );

    // 0.9996 must not be rounded to 1.
    private static string Truncated(double correlation)
    {
        int digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(1 - Math.Abs(correlation))) + 1, 3, 12);
        double unit = Math.Pow(10, digits);
        return (Math.Truncate(correlation * unit) / unit).ToString(CultureInfo.InvariantCulture);
    }

    private static string Listed(IReadOnlyList<string> names) =>
        names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";

    private static string Count(int value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
