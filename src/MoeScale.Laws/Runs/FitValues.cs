using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>The values of a letter, a prediction or a weight over a table, and what is wrong with them.</summary>
internal sealed class FitValues
{
    /// <summary>
    /// Columns that count what a model may lack, or that a run may not do; any other plain column is a size, a number of tokens or the
    /// like.
    /// </summary>
    private static readonly string[] MayBeZero =
    [
        "shared_experts",
        "d_shared",
        "router_params",
        "leading_dense_blocks",
        "mtp_modules",
        "inference_tokens",
        "inference_flops",
        "sparsity",
    ];

    private readonly Variable _letter;
    private readonly RunTable _table;
    private readonly double[] _values;
    private readonly bool _positive;
    private readonly bool _zeroAllowed;

    private FitValues(Variable letter, RunTable table, bool positive, bool zeroAllowed)
    {
        _letter = letter;
        _table = table;
        _values = TableFormula.Evaluate(letter.Formula, table);
        _positive = positive;
        _zeroAllowed = zeroAllowed;
    }

    /// <summary>
    /// A formula may be any finite number, such as the sparsity 0 of dense models; a plain column is above zero, or not below where zero
    /// has a meaning.
    /// </summary>
    public static FitValues OfLetter(Variable letter, RunTable table) =>
        new(letter, table, letter.IsColumn, zeroAllowed: letter.IsColumn && MayBeZero.Contains(letter.Column));

    /// <summary>What must be above zero even where it is a formula.</summary>
    public static FitValues Positive(Variable letter, RunTable table) => new(letter, table, positive: true, zeroAllowed: false);

    public double[] At(IReadOnlyList<int> rows) => [.. rows.Select(r => _values[r])];

    /// <summary>"tokens is missing or NaN", "loss is -1, not above zero"; null if the row is fine.</summary>
    public Phrase? Complaint(int row)
    {
        double value = _values[row];
        if (double.IsFinite(value))
        {
            if (!_positive || value > 0 || (_zeroAllowed && value == 0))
            {
                return null;
            }
            string needed = _zeroAllowed ? "zero or above" : "above zero";
            return $"{Subject} is {Number(value)}, not {needed}{(value == 0 && _letter.IsColumn ? ZeroCure : "")}";
        }
        foreach (string name in _letter.Columns)
        {
            RunColumn column = _table.Find(name)!;
            if (double.IsNaN(column.Numbers.Span[row]))
            {
                string text = column.Text(row);
                if (text.Length == 0)
                {
                    return $"{column.Name} is missing or NaN";
                }
                return $"{column.Name} is '{Short(text)}', no number{CommaCure(text)}";
            }
        }
        return $"{Subject} is {(double.IsNaN(value) ? "no number" : "infinite")}";
    }

    private string Subject => _letter.IsColumn ? _letter.Column : $"{_letter.Name} = {_letter.Source}";

    private Phrase ZeroCure =>
        _letter.Name is FitColumns.Predicted or "weight"
            ? ""
            : Phrase.If(
                FitSettings.Map,
                $" (where 0 has a meaning, map a formula: {FitSettings.Map.To($"{_letter.Name}={_letter.Source}+0")})"
            );

    internal static string CommaCure(string text) =>
        CellText.IsThousands(text)
            ? (
                text.Count(c => c == ',') == 1 && !text.Contains('.', StringComparison.Ordinal)
                    ? " (write a decimal point, or thousands without commas)"
                    : " (write thousands without commas)"
            )
        : text.Count(c => c == ',') == 1 && text.All(c => char.IsAsciiDigit(c) || c == ',') ? " (write a decimal point, not a comma)"
        : "";

    private static string Short(string text) => text.Length <= 20 ? text : text[..20] + "...";

    private static string Number(double value) => Figures.Significant(value);
}
