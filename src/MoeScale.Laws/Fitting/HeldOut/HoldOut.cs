using System.Globalization;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting.HeldOut;

/// <summary>Rows to fit and rows to predict with that fit.</summary>
/// <param name="Label">What tells the split from others: "6*params*tokens up to 1.2e20"; empty where there is one only.</param>
/// <param name="Fitted">Indices of rows, ascending; never empty.</param>
/// <param name="HeldOut">Indices of other rows, ascending; never empty.</param>
public sealed record HoldOutSplit(string Label, IReadOnlyList<int> Fitted, IReadOnlyList<int> HeldOut);

/// <summary>
/// Which rows a fit is tested on instead of fitted to: those that pass a filter (<c>tokens > 3e10</c>), those with the lowest observed
/// value (<c>lowest-loss:20%</c>, <c>lowest-loss:30</c>), or one group after the other in the order of a column or formula
/// (<c>rolling:6*params*tokens:4</c>).
/// </summary>
public abstract partial class HoldOut
{
    private const string Lowest = "lowest-loss:";
    private const string Rolling = "rolling:";

    /// <summary>Folds of rolling forward, unless the text says how many.</summary>
    public const int DefaultFolds = 4;

    private protected HoldOut(string text, Phrase source)
    {
        Text = text;
        Source = source;
    }

    /// <summary>As the user wrote it.</summary>
    public string Text { get; }

    /// <summary>Whether the rows are predicted group by group, each from all groups before it.</summary>
    public virtual bool IsRolling => false;

    /// <summary>Who asked, for error messages.</summary>
    public Phrase Source { get; }

    /// <param name="text">A filter of the table's columns, lowest-loss:SHARE%, lowest-loss:ROWS, rolling:COLUMN or
    /// rolling:COLUMN:FOLDS.</param>
    /// <param name="source">Where it stands, for error messages; null for the setting itself.</param>
    /// <exception cref="UserException">None of these.</exception>
    public static HoldOut Parse(string text, Phrase? source = null)
    {
        source ??= $"{FitSettings.HoldOut}";
        string trimmed = text.Trim();
        if (trimmed.StartsWith(Lowest, StringComparison.Ordinal))
        {
            return ParseLowest(text, trimmed[Lowest.Length..].Trim(), source);
        }
        if (trimmed.StartsWith(Rolling, StringComparison.Ordinal))
        {
            return ParseRolling(text, trimmed[Rolling.Length..].Trim(), source);
        }
        // No filter begins so: a colon means nothing in formulas.
        return KindAndColon().IsMatch(trimmed) || trimmed is "lowest-loss" or "rolling"
            ? throw new UserException(
                $"{source}: '{trimmed}' is no way to hold rows out. Write a filter, "
                    + $"such as \"tokens > 3e10\", or {Lowest}20%, or {Rolling}tokens."
            )
            : new FilterHoldOut(text, source);
    }

    /// <summary>The rows to fit and to predict: one split, or for a rolling one a split for each group but the first.</summary>
    /// <exception cref="UserException">Nothing would be held out, or nothing be left; or the table lacks a column.</exception>
    public abstract IReadOnlyList<HoldOutSplit> Splits(FitRows rows);

    /// <summary>Fails where a table lacks what this reads; how many rows it would hold out does not matter.</summary>
    /// <exception cref="UserException">No such column, or a text where a number is needed.</exception>
    public virtual void Require(RunTable table) { }

    /// <summary>The split that holds out some rows.</summary>
    /// <param name="heldOut">Their indices; not all rows.</param>
    /// <param name="all">How many rows there are.</param>
    private protected static HoldOutSplit Without(IEnumerable<int> heldOut, int all)
    {
        bool[] isOut = new bool[all];
        foreach (int row in heldOut)
        {
            isOut[row] = true;
        }
        return new HoldOutSplit(
            "",
            [.. Enumerable.Range(0, all).Where(i => !isOut[i])],
            [.. Enumerable.Range(0, all).Where(i => isOut[i])]
        );
    }

    private static LowestHoldOut ParseLowest(string text, string amount, Phrase source)
    {
        bool isShare = amount.EndsWith('%');
        if (
            double.TryParse(isShare ? amount[..^1] : amount, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value > 0
            && (isShare ? value < 100 : value == Math.Floor(value) && value <= int.MaxValue)
        )
        {
            return new LowestHoldOut(text, source, isShare ? value / 100 : null, isShare ? 0 : (int)value);
        }
        throw new UserException(
            $"{source}: '{amount}' after {Lowest} is neither a share nor a number of rows. Write for example {Lowest}20% or {Lowest}30."
        );
    }

    private static RollingHoldOut ParseRolling(string text, string rest, Phrase source)
    {
        IReadOnlyList<string> parts = Names.Split(rest, ':');
        int colon = parts.Count == 1 ? -1 : rest.Length - parts[^1].Length - 1;
        string by = colon < 0 ? rest : rest[..colon].Trim();
        int folds = DefaultFolds;
        if (by.Length == 0)
        {
            throw new UserException(
                $"{source}: {Rolling} needs a column or a formula of columns to go forward by, "
                    + $"such as {Rolling}tokens or {Rolling}6*params*tokens:4."
            );
        }
        return colon < 0 || (int.TryParse(rest[(colon + 1)..], NumberStyles.Integer, CultureInfo.InvariantCulture, out folds) && folds > 0)
            ? new RollingHoldOut(text, source, by, folds)
            : throw new UserException(
                $"{source}: '{rest[(colon + 1)..]}' after {Rolling}{by}: is no number of folds. "
                    + $"Write a whole number from 1, such as {Rolling}{by}:{DefaultFolds}."
            );
    }

    [GeneratedRegex(@"^[A-Za-z_-]+\s*:")]
    private static partial Regex KindAndColon();
}

/// <summary>Holds out the rows that pass a filter.</summary>
internal sealed class FilterHoldOut(string text, Phrase source) : HoldOut(text, source)
{
    private readonly RunFilter _filter = RunFilter.Parse(text, source);

    public override void Require(RunTable table) => _filter.Select(table);

    public override IReadOnlyList<HoldOutSplit> Splits(FitRows rows)
    {
        int[] heldOut = rows.Where(_filter);
        return heldOut.Length == 0 ? throw new UserException($"{Source} \"{Text}\" holds out none of {rows.Count} rows. Loosen it.")
            : heldOut.Length == rows.Count
                ? throw new UserException($"{Source} \"{Text}\" holds out all {rows.Count} rows, so that none is left to fit. Tighten it.")
            : [Without(heldOut, rows.Count)];
    }
}

/// <summary>Holds out the rows with the lowest observed value, of equals those that come first.</summary>
/// <param name="text">As the user wrote it.</param>
/// <param name="source">Who asked.</param>
/// <param name="share">The share of rows, rounded to whole rows; null where a number is given.</param>
/// <param name="number">The number of rows.</param>
internal sealed class LowestHoldOut(string text, Phrase source, double? share, int number) : HoldOut(text, source)
{
    public override IReadOnlyList<HoldOutSplit> Splits(FitRows rows)
    {
        int count = share is double part ? (int)Math.Round(part * rows.Count, MidpointRounding.AwayFromZero) : number;
        return count == 0
                ? throw new UserException($"{Source} {Text} holds out none of {rows.Count} rows. Give a larger share, or a number of rows.")
            : count >= rows.Count
                ? throw new UserException($"{Source} {Text} holds out all {rows.Count} rows, so that none is left to fit. Hold out fewer.")
            : [Without(Enumerable.Range(0, rows.Count).OrderBy(i => rows.Observed[i]).Take(count), rows.Count)];
    }
}
