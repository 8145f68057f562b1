using System.Text.Json.Serialization;

namespace MoeScale.Laws.Warnings;

/// <summary>
/// Something that a user must know before trusting a fit, with its numbers. Its words are said elsewhere; files and JSON know it by the
/// kind that stands below.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = WarningFields.Kind)]
[JsonDerivedType(typeof(Text), "text")]
[JsonDerivedType(typeof(Interrupted), "interrupted")]
[JsonDerivedType(typeof(NoMinimum), "no_minimum")]
[JsonDerivedType(typeof(UnprovenMinimum), "unproven_minimum")]
[JsonDerivedType(typeof(FewStarts), "few_starts")]
[JsonDerivedType(typeof(StuckStarts), "stuck_starts")]
[JsonDerivedType(typeof(BootstrapInterrupted), "bootstrap_interrupted")]
[JsonDerivedType(typeof(RefitsFailed), "refits_failed")]
[JsonDerivedType(typeof(MostRefitsFailed), "most_refits_failed")]
[JsonDerivedType(typeof(FewRefits), "few_refits")]
[JsonDerivedType(typeof(FewClusters), "few_clusters")]
[JsonDerivedType(typeof(IntervalEndsLost), "interval_ends_lost")]
[JsonDerivedType(typeof(OtherModels), "other_models")]
[JsonDerivedType(typeof(MixedModels), "mixed_models")]
[JsonDerivedType(typeof(RepeatedRows), "repeated_rows")]
[JsonDerivedType(typeof(OneValue), "one_value")]
[JsonDerivedType(typeof(SmallUnit), "small_unit")]
[JsonDerivedType(typeof(HardlyDiffers), "hardly_differs")]
[JsonDerivedType(typeof(RiseTogether), "rise_together")]
[JsonDerivedType(typeof(NoFloor), "no_floor")]
[JsonDerivedType(typeof(AtBound), "at_bound")]
[JsonDerivedType(typeof(ExponentAtBound), "exponent_at_bound")]
[JsonDerivedType(typeof(FallsToZero), "falls_to_zero")]
[JsonDerivedType(typeof(GrowsWithoutEnd), "grows_without_end")]
[JsonDerivedType(typeof(HardlyDetermined), "hardly_determined")]
[JsonDerivedType(typeof(OpenDirection.NoEffect), "no_effect")]
[JsonDerivedType(typeof(OpenDirection.RanToTheEnd), "ran_to_the_end")]
[JsonDerivedType(typeof(OpenDirection.ChangeTogether), "change_together")]
[JsonDerivedType(typeof(OpenDirection.TradeOff), "trade_off")]
[JsonDerivedType(typeof(NearlySingular), "nearly_singular")]
[JsonDerivedType(typeof(AllTooSmall), "all_too_small")]
[JsonDerivedType(typeof(AllTooLarge), "all_too_large")]
[JsonDerivedType(typeof(Outliers), "outliers")]
[JsonDerivedType(typeof(AlikeRows), "alike_rows")]
[JsonDerivedType(typeof(LetterAsCoefficient), "letter_as_coefficient")]
[JsonDerivedType(typeof(HeldOutNote.FoldTooSmall), "fold_too_small")]
[JsonDerivedType(typeof(HeldOutNote.FoldWithoutValue), "fold_without_value")]
[JsonDerivedType(typeof(HeldOutNote.FoldUnidentified), "fold_unidentified")]
[JsonDerivedType(typeof(HeldOutNote.FoldWithoutMinimum), "fold_without_minimum")]
[JsonDerivedType(typeof(HeldOutNote.FoldsInterrupted), "folds_interrupted")]
[JsonDerivedType(typeof(HeldOutNote.NoValue), "held_out_without_value")]
[JsonDerivedType(typeof(IsoFlopNote.RowsInNoCurve), "rows_in_no_curve")]
[JsonDerivedType(typeof(IsoFlopNote.OpensDownwards), "curve_opens_downwards")]
[JsonDerivedType(typeof(IsoFlopNote.MinimumBelowSizes), "curve_minimum_below_sizes")]
[JsonDerivedType(typeof(IsoFlopNote.MinimumAboveSizes), "curve_minimum_above_sizes")]
[JsonDerivedType(typeof(IsoFlopNote.FewSizes), "curves_of_three_sizes")]
[JsonDerivedType(typeof(IsoFlopNote.ComputeMissing), "compute_missing")]
[JsonDerivedType(typeof(IsoFlopNote.OtherForm), "no_exponents_of_form")]
[JsonDerivedType(typeof(IsoFlopNote.NoParametricValue), "no_parametric_value")]
[JsonDerivedType(typeof(IsoFlopNote.NoCurves), "no_curves")]
[JsonDerivedType(typeof(TableNote.ColumnsLacking), "columns_lacking")]
[JsonDerivedType(typeof(TableNote.ColumnsPassedOver), "columns_passed_over")]
[JsonDerivedType(typeof(TableNote.FilesPassedOver), "files_passed_over")]
[JsonDerivedType(typeof(TableNote.RunInTwoFiles), "run_in_two_files")]
[JsonDerivedType(typeof(ComparisonNote.RowsLackValues), "rows_lack_values")]
[JsonDerivedType(typeof(ComparisonNote.NothingHeldOut), "nothing_held_out")]
public abstract record FitWarning
{
    private protected FitWarning() { }

    /// <summary>A sentence without full stop, as law files of earlier versions have them.</summary>
    public sealed record Text([property: JsonPropertyName(WarningFields.Text)] string Sentence) : FitWarning;

    /// <summary>The search was stopped: the coefficients are the best so far.</summary>
    public sealed record Interrupted : FitWarning;

    /// <summary>At the lowest point found the objective still falls, or rounding decides it.</summary>
    public sealed record NoMinimum : FitWarning;

    /// <summary>As <see cref="NoMinimum"/>, of a formula with corners (min, max, abs), where a minimum may be one all the same.</summary>
    public sealed record UnprovenMinimum : FitWarning;

    /// <summary>Few of the starting points led to the optimum.</summary>
    public sealed record FewStarts(int Tried, int Agreeing) : FitWarning;

    /// <summary>Most starting points never moved.</summary>
    public sealed record StuckStarts(int Stuck, int Tried) : FitWarning;

    /// <summary>Fewer refits were made than asked for.</summary>
    public sealed record BootstrapInterrupted(int Draws, int Asked) : FitWarning;

    /// <summary>Some refits reached no minimum, and are not in the sample.</summary>
    public sealed record RefitsFailed(int Failed, int Draws) : FitWarning;

    /// <summary>So many refits reached no minimum that there is no sample.</summary>
    public sealed record MostRefitsFailed(int Failed, int Draws) : FitWarning;

    /// <summary>Too few refits for percentiles.</summary>
    public sealed record FewRefits(int Draws) : FitWarning;

    /// <summary>Too few clusters for standard errors.</summary>
    public sealed record FewClusters(int Clusters) : FitWarning;

    /// <summary>Ends of intervals that profiles did not find.</summary>
    public sealed record IntervalEndsLost(int Ends) : FitWarning;

    /// <summary>All rows have another value of a quantity than the law's experiments had.</summary>
    /// <param name="Law">The law.</param>
    /// <param name="Quantity">A column, or a formula of columns.</param>
    /// <param name="Held">Its value in the experiments of the law.</param>
    /// <param name="Value">Its value in these rows.</param>
    public sealed record OtherModels(string Law, string Quantity, double Held, double Value) : FitWarning;

    /// <summary>Some rows have another value of a quantity than the law's experiments had.</summary>
    /// <param name="Law">The law.</param>
    /// <param name="Quantity">A column, or a formula of columns.</param>
    /// <param name="Held">Its value in the experiments of the law.</param>
    /// <param name="Other">How many rows have another.</param>
    /// <param name="Rows">Of how many.</param>
    public sealed record MixedModels(string Law, string Quantity, double Held, int Other, int Rows) : FitWarning;

    /// <summary>Rows that repeat another one exactly.</summary>
    public sealed record RepeatedRows(int Repeated, int Rows) : FitWarning;

    /// <summary>A letter with one value in all rows.</summary>
    public sealed record OneValue(string Letter, double Value) : FitWarning;

    /// <summary>A letter whose values are so small that they look like millions or billions.</summary>
    public sealed record SmallUnit(string Letter, double Largest) : FitWarning;

    /// <summary>A letter whose largest value is but a few percent above its smallest.</summary>
    public sealed record HardlyDiffers(string Letter, double Percent) : FitWarning;

    /// <summary>Two letters that the rows hardly tell apart.</summary>
    /// <param name="Letter">One.</param>
    /// <param name="Other">The other.</param>
    /// <param name="Correlation">Of their logarithms.</param>
    public sealed record RiseTogether(string Letter, string Other, double Correlation) : FitWarning;

    /// <summary>The floor of the loss is zero.</summary>
    public sealed record NoFloor(string Coefficient) : FitWarning;

    /// <summary>A coefficient rests at a bound that its sign or the law file sets.</summary>
    public sealed record AtBound(string Coefficient, double Value) : FitWarning;

    /// <summary>As <see cref="AtBound"/>, of an exponent.</summary>
    public sealed record ExponentAtBound(string Coefficient, double Value) : FitWarning;

    /// <summary>What the coefficient multiplies is not needed.</summary>
    public sealed record FallsToZero(string Coefficient) : FitWarning;

    /// <summary>The rows do not bound the coefficient.</summary>
    public sealed record GrowsWithoutEnd(string Coefficient) : FitWarning;

    /// <summary>A coefficient whose interval spans a large factor.</summary>
    public sealed record HardlyDetermined(string Coefficient, double Factor) : FitWarning;

    /// <summary>The problem is nearly singular.</summary>
    public sealed record NearlySingular(double Condition) : FitWarning;

    /// <summary>Every run is smaller than the best size for its compute.</summary>
    public sealed record AllTooSmall : FitWarning;

    /// <summary>Every run is larger than the best size for its compute.</summary>
    public sealed record AllTooLarge : FitWarning;

    /// <summary>Rows far outside the scatter of the others.</summary>
    /// <param name="Rows">How many.</param>
    /// <param name="Line">Of the table, of the furthest.</param>
    /// <param name="Times">How many times as far as usual they are at least.</param>
    /// <param name="File">The file of that line, where the table was read from several; else null.</param>
    public sealed record Outliers(int Rows, int Line, double Times, string? File = null) : FitWarning;

    /// <summary>Residuals of rows that differ in tokens alone are alike: intervals that take rows as independent are too narrow.</summary>
    /// <param name="Correlation">Of residuals in one group.</param>
    /// <param name="Groups">Of rows that differ in tokens alone.</param>
    /// <param name="Column">A column that tells the groups apart; null where none is.</param>
    public sealed record AlikeRows(double Correlation, int Groups, string? Column = null) : FitWarning;

    /// <summary>A name that is a variable's elsewhere is a coefficient here, since no column has it.</summary>
    public sealed record LetterAsCoefficient(string Letter) : FitWarning;
}

/// <summary>A direction of the coefficients that the data leave open.</summary>
public abstract record OpenDirection : FitWarning
{
    private protected OpenDirection() { }

    /// <summary>The predictions do not depend on the coefficient.</summary>
    public sealed record NoEffect(string Coefficient) : OpenDirection;

    /// <summary>The coefficient ran to the end of what is searched while another one made up for it.</summary>
    public sealed record RanToTheEnd(string Coefficient) : OpenDirection;

    /// <summary>These coefficients can change together without any change of the predictions.</summary>
    public sealed record ChangeTogether(IReadOnlyList<string> Coefficients) : OpenDirection
    {
        public bool Equals(ChangeTogether? other) => other is not null && Coefficients.SequenceEqual(other.Coefficients);

        public override int GetHashCode() => Coefficients.Aggregate(0, HashCode.Combine);
    }

    /// <summary>Two coefficients whose changes nearly make up for each other.</summary>
    public sealed record TradeOff(string Coefficient, string Other, double Correlation) : OpenDirection;

    /// <summary>Whether it is of this coefficient and another one that makes up for it.</summary>
    public bool TradesOff(string coefficient) =>
        this switch
        {
            TradeOff t => t.Coefficient == coefficient || t.Other == coefficient,
            ChangeTogether c => c.Coefficients.Count > 1 && c.Coefficients.Contains(coefficient),
            _ => false,
        };
}
