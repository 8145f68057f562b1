using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>A letter that is one column times a number: 1e9*params, params*1e9, params/1e9.</summary>
/// <param name="Column">The column.</param>
/// <param name="Factor">The number.</param>
internal sealed record ColumnUnit(string Column, double Factor)
{
    /// <summary>Whether the column counts in thousands, millions, billions or trillions of the letter.</summary>
    public bool IsThousands => Factor is 1e3 or 1e6 or 1e9 or 1e12;

    /// <summary>Null where the letter is a column as it stands, or anything else.</summary>
    public static ColumnUnit? Of(Variable letter)
    {
        if (
            letter.IsColumn
            || letter.Columns.Count != 1
            || PowerSum.TryReduce(letter.Formula, new Dictionary<string, double>()) is not [{ Exponents.Count: 1 } term]
        )
        {
            return null;
        }
        return term.Exponent(letter.Columns[0]) == 1 && term.Coefficient > 0 ? new ColumnUnit(letter.Columns[0], term.Coefficient) : null;
    }
}
