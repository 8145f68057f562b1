using MoeScale.Basics;
using MoeScale.Laws.Warnings;

namespace MoeScale.Reporting;

/// <summary>What notes of rows held out say: sentences without full stop.</summary>
internal static class HeldOutWords
{
    public static Phrase Of(HeldOutNote note) =>
        note switch
        {
            HeldOutNote.FoldTooSmall n =>
                $"{n.Fold}: skipped, because it leaves {Plural.Of(n.Rows, "row")} to fit and {n.Needed} are needed",
            HeldOutNote.FoldWithoutValue n => $"{n.Fold}: skipped, because the formula has no value at these rows",
            HeldOutNote.FoldUnidentified n => $"{n.Fold}: the fitted rows do not tell all coefficients apart",
            HeldOutNote.FoldWithoutMinimum n => $"{n.Fold}: the fit ended at no minimum",
            HeldOutNote.FoldsInterrupted => "rolling forward was interrupted: later groups are not predicted",
            HeldOutNote.NoValue => "the formula has no value at some held-out rows, so there is no error on them",
            _ => throw new ArgumentOutOfRangeException(nameof(note)),
        };
}
