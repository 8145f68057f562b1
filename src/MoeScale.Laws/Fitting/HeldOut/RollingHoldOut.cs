using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting.HeldOut;

/// <summary>
/// Rolls forward: cuts the rows, in the order of a column or formula, into groups of about equal size that never part equal
/// values, and predicts each group but the first from all groups before it.
/// </summary>
/// <param name="text">As the user wrote it.</param>
/// <param name="source">Who asked.</param>
/// <param name="by">A column of the table, or a formula of columns.</param>
/// <param name="folds">Groups that are predicted, at most.</param>
internal sealed class RollingHoldOut(string text, Phrase source, string by, int folds) : HoldOut(text, source)
{
    // Of one budget, computed as 6·N·D, the last digits may differ.
    private const double Rounding = 1e-9;

    public override bool IsRolling => true;

    public override void Require(RunTable table) => TableFormula.Read("rolling", by, table, Source);

    public override IReadOnlyList<HoldOutSplit> Splits(FitRows rows)
    {
        double[] inTable = TableFormula.Evaluate(TableFormula.Read("rolling", by, rows.Table, Source).Formula, rows.Table);
        double[] values = [.. rows.TableRows.Select(r => inTable[r])];
        int bad = Array.FindIndex(values, v => !double.IsFinite(v));
        if (bad >= 0)
        {
            throw new UserException(
                $"{Source}: {by} has no finite value on {rows.Place(bad)} of {rows.Table.Path}. "
                    + $"Leave such rows out with {FitSettings.Where}, or roll by another column."
            );
        }
        int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
        List<int> ends = Ends(order, values);
        if (ends.Count < 2)
        {
            throw new UserException(
                $"{Source}: {by} is {Number(values[0])} in all {rows.Count} rows, so there is no forward. Roll by a column that differs."
            );
        }
        return
        [
            .. ends.SkipLast(1)
                .Select(
                    (end, i) =>
                        new HoldOutSplit(
                            $"{by} up to {Number(values[order[end - 1]])} predicts up to {Number(values[order[ends[i + 1] - 1]])}",
                            [.. order[..end].Order()],
                            [.. order[end..ends[i + 1]].Order()]
                        )
                ),
        ];
    }

    /// <summary>The end of each group in the order: where the value changes, as near as can be to equal shares.</summary>
    private List<int> Ends(int[] order, double[] values)
    {
        int[] changes =
        [
            .. Enumerable
                .Range(1, order.Length - 1)
                .Where(i => values[order[i]] - values[order[i - 1]] > Rounding * Math.Abs(values[order[i]])),
        ];
        List<int> ends = [];
        for (int group = 1; group <= folds && changes.Length > 0; group++)
        {
            double target = (double)group * order.Length / (folds + 1);
            int nearest = changes.MinBy(c => Math.Abs(c - target));
            if (ends.Count == 0 || nearest > ends[^1])
            {
                ends.Add(nearest);
            }
        }
        ends.Add(order.Length);
        return ends;
    }

    private static string Number(double value) =>
        Math.Abs(value) >= 1000 ? Quantity.FormatCount(value) : value.ToString("G4", CultureInfo.InvariantCulture);
}
