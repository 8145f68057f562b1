using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Warnings;

namespace MoeScale.Reporting;

/// <summary>What a comparison of laws says.</summary>
public static class ComparisonWords
{
    /// <summary>A note on all laws: a sentence without full stop.</summary>
    public static Phrase Of(ComparisonNote note) =>
        note switch
        {
            ComparisonNote.RowsLackValues n => (Phrase)$"{n.Rows} of {n.All} rows lack values that some law reads and are left out for all",
            ComparisonNote.NothingHeldOut =>
                $"no rows are held out, so laws are ranked by their error on the rows that they were fitted to, "
                    + $"which favours more coefficients; {FitSettings.HoldOut} tests them on other rows",
            _ => throw new ArgumentOutOfRangeException(nameof(note)),
        };

    /// <summary>Why a law was not fitted, in words that follow a colon.</summary>
    public static Phrase Of(NotCompared reason) =>
        reason switch
        {
            NotCompared.Refused r => r.Complaint.Phrase,
            NotCompared.PredictsOther r => $"it predicts {r.Predicted} and {r.First} predicts {r.FirstPredicted}; "
                + $"compare laws of one quantity",
            NotCompared.NoSharedRow => "no row has values for all laws; compare fewer laws, or fill the columns in",
            NotCompared.TooFewRows r => $"{r.Coefficients} coefficients need at least {r.Coefficients + 1} rows, and {r.Rows} {Left(r)}. "
                + $"Give more runs, or compare simpler laws.",
            NotCompared.NoValue => "the formula has no value at some rows from any starting point",
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };

    private static Phrase Left(NotCompared.TooFewRows r) =>
        r.HoldOut is HoldOut holdOut ? (Phrase)$"are left by {holdOut.Source} {holdOut.Text}" : "are there";
}
