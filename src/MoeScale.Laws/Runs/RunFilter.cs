using System.Globalization;
using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>
/// Chooses rows by a condition on their columns: <c>router = 'RL-R' and step >= 240000</c>. A comparison with a missing
/// number is neither true nor false, and a row passes only if the whole condition is true: so it does not pass where a number
/// is missing that decides, be it under <c>not</c>. An empty cell of text is the text ''.
/// </summary>
public sealed class RunFilter
{
    private enum Truth : byte
    {
        No,
        Yes,
        Unknown,
    }

    private readonly Expression _condition;
    private readonly Phrase _source;

    private RunFilter(Expression condition, string text, Phrase source)
    {
        _condition = condition;
        _source = source;
        Text = text;
    }

    /// <summary>The condition as the user wrote it.</summary>
    public string Text { get; }

    /// <param name="text">A filter of the formula language.</param>
    /// <param name="source">Where it stands, for error messages.</param>
    /// <exception cref="UserException">No condition; the message points at the character.</exception>
    public static RunFilter Parse(string text, Phrase source) => new(Parser.ParseFilter(text, source), text, source);

    /// <summary>Which of some rows pass, in their order.</summary>
    /// <param name="table">The runs.</param>
    /// <param name="rows">Rows of the table; null for all.</param>
    /// <param name="letters">What letters read, which may stand in the condition as columns do; null for none.</param>
    /// <exception cref="UserException">The table has no such column, a text is compared with a number, or a name is both a column and a
    /// letter that reads something else.</exception>
    public int[] Select(RunTable table, IReadOnlyList<int>? rows = null, FitColumns? letters = null)
    {
        Expression condition = letters is null ? _condition : Parser.ParseFilter(Text, _source, name => Meaning(name, table, letters));
        foreach (string name in condition.FreeNames())
        {
            if (table.Find(name) is null)
            {
                UserException unknown = TableFormula.Unknown(name, Text, table, _source);
                throw new UserException($"{unknown.Phrase} A text is written in quotes, as in router = 'RL-R'.");
            }
        }
        Truth[] truth = Evaluate(condition, table);
        return [.. (rows ?? [.. Enumerable.Range(0, table.RowCount)]).Where(row => truth[row] == Truth.Yes)];
    }

    private Expression? Meaning(string name, RunTable table, FitColumns letters)
    {
        Variable? letter = letters.Named.FirstOrDefault(l => l.Name == name);
        return letter is null || (letter.IsColumn && letter.Column == name) ? null
            : table.Find(name) is null ? letter.Formula
            : throw new UserException(
                $"{_source}: {name} is a column of {table.Path}, and the letter {name} reads {letter.Source}. Write `{name}` for the "
                    + $"column, or {letter.Source} for the letter."
            );
    }

    private Truth[] Evaluate(Expression e, RunTable table)
    {
        switch (e.Operation)
        {
            case Operation.Not:
                Truth[] operand = Evaluate(e.Left!, table);
                return
                [
                    .. operand.Select(t =>
                        t == Truth.Unknown ? t
                        : t == Truth.Yes ? Truth.No
                        : Truth.Yes
                    ),
                ];
            case Operation.And:
                return Join(Evaluate(e.Left!, table), Evaluate(e.Right!, table), decides: Truth.No);
            case Operation.Or:
                return Join(Evaluate(e.Left!, table), Evaluate(e.Right!, table), decides: Truth.Yes);
            default:
                return e.Left!.Operation == Operation.Text ? CompareText(e.Operation, e.Right!.Name, e.Left.Name, table)
                    : e.Right!.Operation == Operation.Text ? CompareText(e.Operation, e.Left.Name, e.Right.Name, table)
                    : CompareNumbers(e, table);
        }
    }

    // A side that decides does so whatever the other is; else an unknown side leaves the whole unknown.
    private static Truth[] Join(Truth[] left, Truth[] right, Truth decides)
    {
        for (int i = 0; i < left.Length; i++)
        {
            left[i] =
                left[i] == decides || right[i] == decides ? decides
                : left[i] == Truth.Unknown ? Truth.Unknown
                : right[i];
        }
        return left;
    }

    private Truth[] CompareText(Operation operation, string name, string text, RunTable table)
    {
        RunColumn column = table.Find(name)!;
        if (!column.HasTexts)
        {
            string number = Quantity.TryParseCount(text, out double value) ? value.ToString(CultureInfo.InvariantCulture) : "1";
            throw new UserException(
                $"{_source}: '{column.Name}' holds numbers, and '{text}' is a text. "
                    + $"Compare it with a number, without quotes: {Names.InFormula(column.Name)} = {number}."
            );
        }
        Truth[] truth = new Truth[table.RowCount];
        for (int row = 0; row < truth.Length; row++)
        {
            truth[row] = (column.Text(row) == text) == (operation == Operation.Equal) ? Truth.Yes : Truth.No;
        }
        return truth;
    }

    private Truth[] CompareNumbers(Expression comparison, RunTable table)
    {
        foreach (string name in comparison.FreeNames())
        {
            RunColumn column = table.Find(name)!;
            if (!column.HasNumbers)
            {
                int row = Enumerable.Range(0, table.RowCount).First(r => !column.IsEmpty(r));
                throw new UserException(
                    $"{_source}: '{column.Name}' holds texts, such as '{column.Text(row)}', and no numbers. "
                        + $"Compare it with a text in quotes, by = or !=: {Names.InFormula(column.Name)} = '{column.Text(row)}'."
                );
            }
        }
        double[] left = TableFormula.Evaluate(comparison.Left!, table);
        double[] right = TableFormula.Evaluate(comparison.Right!, table);
        Truth[] truth = new Truth[table.RowCount];
        for (int row = 0; row < truth.Length; row++)
        {
            truth[row] =
                double.IsNaN(left[row]) || double.IsNaN(right[row]) ? Truth.Unknown
                : comparison.Operation.Apply(left[row], right[row]) != 0 ? Truth.Yes
                : Truth.No;
        }
        return truth;
    }
}
