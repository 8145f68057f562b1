using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Runs;

/// <summary>
/// Decides which columns of a table the letters of a law read: those that the user maps, N=params_active, else those that the
/// law names. Nothing is guessed except in messages.
/// </summary>
public sealed class ColumnMap
{
    private static readonly Setting Map = FitSettings.Map;
    private const string Loss = Predictions.Loss;

    private readonly RunTable _table;
    private readonly Dictionary<string, Variable> _mapped = [];

    private ColumnMap(RunTable table) => _table = table;

    /// <summary>Reads mappings of letters to columns or to formulas of columns.</summary>
    /// <param name="table">The runs.</param>
    /// <param name="entries">Each one or several mappings: "N=params_active,L=loss", "N=params-12*d_model^2". May be empty.</param>
    /// <exception cref="UserException">No mapping, a letter twice, or a formula that reads what is no column of numbers.</exception>
    public static ColumnMap Parse(RunTable table, params IEnumerable<string> entries)
    {
        ColumnMap map = new(table);
        foreach (string entry in entries.SelectMany(e => Names.Split(e, ',')))
        {
            IReadOnlyList<string> sides = Names.Split(entry, '=', 2);
            string letter = sides[0].Trim();
            string text = sides[^1].Trim();
            if (sides.Count < 2 || !(Names.IsName(letter) || Names.IsQuoted(letter)) || text.Length == 0)
            {
                throw new UserException(
                    $"{Map}: '{entry.Trim()}' maps no letter to a column. Write for example {Map.To("N=params_active,L=loss")}."
                );
            }
            letter = Names.Plain(letter);
            if (!map._mapped.TryAdd(Names.Canonical(letter), TableFormula.Read(letter, text, table, $"{Map} {letter}")))
            {
                throw new UserException($"{Map}: '{letter}' is mapped twice; leave one out.");
            }
        }
        return map;
    }

    /// <summary>The columns for a law: of a letter that is mapped its mapping, else the law's own column or formula.</summary>
    /// <remarks>
    /// What the law predicts is the mapped L, else the column named as its <see cref="Law.Predicts"/>: loss, for a law of losses.
    /// </remarks>
    /// <exception cref="UserException">A column is missing, or a mapping is of no use; shows the header, with guesses.</exception>
    public FitColumns For(Law law)
    {
        if (law.Variables.Any(v => v.Name == FitColumns.Predicted) && _mapped.ContainsKey(FitColumns.Predicted))
        {
            throw new UserException(
                $"{Map}: {FitColumns.Predicted} is a letter of {law.Id}, "
                    + $"and also what {Map} calls the predicted column. Give that letter another name in the law file."
            );
        }
        RefuseUnused([.. law.Variables.Select(v => v.Name)], law.Variables);
        Variable[] letters =
        [
            .. law.Variables.Select(v => _mapped.TryGetValue(v.Name, out Variable? mapped) ? mapped with { Meaning = v.Meaning } : v),
        ];
        return Different(Checked(letters, law.Predicts));
    }

    /// <summary>
    /// The columns for a formula that is no law: a name is a letter if it is mapped or is a column; all others are coefficients.
    /// </summary>
    /// <param name="formula">The formula.</param>
    /// <param name="text">The formula as the user wrote it, to find columns in it that should stand in backticks; null where it is not
    /// known.</param>
    /// <exception cref="UserException">No name is a letter, or a mapping is of no use; shows the header, with guesses.</exception>
    public FitColumns For(Expression formula, string? text = null)
    {
        IReadOnlyList<string> names = formula.FreeNames();
        RefuseBare(names, text ?? "");
        if (names.Contains(FitColumns.Predicted) && _mapped.TryGetValue(FitColumns.Predicted, out Variable? predicted))
        {
            throw new UserException(
                $"{Map}: {FitColumns.Predicted}={predicted.Text} is what the formula predicts, "
                    + $"so the formula cannot read {FitColumns.Predicted}. Give the name in the formula another one."
            );
        }
        RefuseUnused(names, []);
        Variable[] letters =
        [
            .. names
                .Where(n => _mapped.ContainsKey(n) || _table.Find(n) is not null)
                .Select(n => _mapped.GetValueOrDefault(n) ?? Column(n, _table.Find(n)!.Name)),
        ];
        foreach (
            Variable letter in letters.Where(l =>
                !_mapped.ContainsKey(l.Name) && l.Column != (_mapped.GetValueOrDefault(FitColumns.Predicted)?.Column ?? Loss)
            )
        )
        {
            if (
                FormulaShape.IsLikeACoefficient(formula, letter.Name)
                || (_mapped.Keys.Any(k => k != FitColumns.Predicted) && IsShort(letter.Name) && FormulaShape.IsFactor(formula, letter.Name))
            )
            {
                throw new UserException(
                    $"'{letter.Name}' stands in the formula like a coefficient, and {_table.Path} has a column of that name. "
                        + $"Give the coefficient another name, or say that the column is meant: {Map.To($"{letter.Name}={letter.Source}")}."
                );
            }
        }
        if (letters.Length == 0)
        {
            string first = names.FirstOrDefault(n => n is "N" or "D" or "C") ?? (names.Count > 0 ? names[0] : "N");
            string none = names.Count == 0 ? "it has no names" : $"none of its names ({string.Join(", ", names)}) is one";
            throw new UserException(
                $"the formula reads no column of {_table.Path}: {none}. {_table.Header} "
                    + $"Say which are variables: {Map.To($"{first}=COLUMN")}."
            );
        }
        return Different(Checked(letters, Loss));
    }

    private void RefuseBare(IReadOnlyList<string> names, string text)
    {
        // Without backticks val/loss is a quotient, of coefficients where no column has these names.
        if (
            QuotedColumns.Bare(text, _table) is string bare
            && Parser.TryParseNumber(bare) is Expression parts
            && parts.FreeNames().Any(n => names.Contains(n) && !_mapped.ContainsKey(n) && _table.Find(n) is null)
        )
        {
            throw new UserException(
                $"'{bare}' in the formula is taken for a formula of its own, and {_table.Path} has a column of that name. Write "
                    + $"{Names.InFormula(bare)} for the column, or put blanks around the signs."
            );
        }
        // Only backticks make such a name, and they say that it is a column.
        if (names.FirstOrDefault(n => !Names.IsName(n) && !_mapped.ContainsKey(n) && _table.Find(n) is null) is string unknown)
        {
            throw new UserException(
                $"the formula reads {Names.InFormula(unknown)}, and {_table.Path} has no such column{ColumnGuess.Hint(unknown, _table)}. "
                    + $"{_table.Header}"
            );
        }
    }

    private static FitColumns Different(FitColumns columns)
    {
        Variable? same = columns.Letters.FirstOrDefault(l =>
            l.IsColumn && columns.Observed.IsColumn && l.Column == columns.Observed.Column
        );
        return same is null
            ? columns
            : throw new UserException(
                $"the formula reads '{same.Name}', "
                    + $"which is the predicted column {columns.Observed.Column} itself. "
                    + $"Map another prediction: {Map.To($"{FitColumns.Predicted}=COLUMN")}."
            );
    }

    private FitColumns Checked(Variable[] letters, string predicted)
    {
        Variable observed = _mapped.GetValueOrDefault(FitColumns.Predicted) ?? Column(FitColumns.Predicted, predicted);
        Variable[] lacking = [.. letters.Append(observed).Where(l => l.Columns.Any(c => _table.Find(c) is null))];
        if (lacking.Length > 0)
        {
            throw Missing(lacking);
        }
        foreach (Variable letter in letters.Append(observed))
        {
            foreach (string column in letter.Columns)
            {
                TableFormula.RequireNumbers(_table.Find(column)!, _table, letter.Name);
            }
        }
        bool isLetter = letters.Any(l => l.Name == FitColumns.Flops);
        return new FitColumns(letters, observed) { Compute = isLetter ? null : _mapped.GetValueOrDefault(FitColumns.Flops) };
    }

    private UserException Missing(Variable[] lacking)
    {
        List<Phrase> readers = [];
        List<string> cures = [];
        foreach (Variable letter in lacking)
        {
            string[] missing = [.. letter.Columns.Where(c => _table.Find(c) is null)];
            string names = string.Join(", ", missing.Select(m => $"'{m}'{ColumnGuess.Hint(m, _table)}"));
            string? bare = letter.IsColumn ? null : QuotedColumns.Bare(letter.Text, _table);
            string quoted = bare is null ? "" : $"; the column '{bare}' stands in a formula as {Names.InFormula(bare)}";
            readers.Add($"{Names.InFormula(letter.Name)} reads {names}{(letter.IsColumn ? "" : $", in {letter.Text}{quoted}")}");
            string? guess = letter.IsColumn ? ColumnGuess.Find(missing[0], _table) : bare;
            string source =
                guess is not null ? Names.InFormula(guess)
                : letter.IsColumn ? "COLUMN"
                : "\"FORMULA\"";
            cures.Add($"{Names.InFormula(letter.Name)}={source}");
        }
        Phrase cure = Phrase.If(FitSettings.Map, $" Map them: {Map.To(string.Join(',', cures))}.");
        return new UserException($"{_table.Path} lacks columns that the fit reads:{Phrase.List(readers)}{_table.Header}{cure}");
    }

    private void RefuseUnused(IReadOnlyList<string> letters, IReadOnlyList<Variable> variables)
    {
        string? unused = _mapped.Keys.FirstOrDefault(k => k != FitColumns.Predicted && !letters.Contains(k));
        Variable? reader = variables.FirstOrDefault(v => v.IsColumn && v.Column == unused);
        // FLOPs are no letter of most laws, but isoFLOP curves need them.
        if (unused is null || (unused == FitColumns.Flops && reader is null))
        {
            return;
        }
        throw reader is null
            ? new UserException(
                $"{Map}: '{unused}' is no letter of the formula{Guess.Hint(unused, letters)}; its letters are "
                    + $"{string.Join(", ", letters)}, and {FitColumns.Predicted} for what it predicts."
            )
            : new UserException(
                $"{Map}: '{unused}' is the column that the letter {reader.Name} reads; "
                    + $"map the letter: {Map.To($"{reader.Name}={_mapped[unused].Text}")}."
            );
    }

    private static Variable Column(string letter, string column) => new(letter, column, Expression.Variable(column), "");

    /// <summary>a, d1, α: as coefficients are called.</summary>
    private static bool IsShort(string name) => name.TrimEnd("0123456789_".ToCharArray()).Length == 1;
}
