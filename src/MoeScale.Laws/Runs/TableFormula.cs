using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>Formulas of the columns of a table.</summary>
internal static class TableFormula
{
    /// <summary>
    /// The value in each row of the table. Row by row, since vectorised functions round differently at a table's end: a row
    /// has the same bits wherever it stands, and so has the digest of a fit's rows.
    /// </summary>
    /// <param name="formula">All its names are columns.</param>
    /// <param name="table">The runs.</param>
    public static double[] Evaluate(Expression formula, RunTable table)
    {
        if (formula.Operation == Operation.Name)
        {
            return table.Find(formula.Name)!.Numbers.ToArray();
        }
        IReadOnlyList<string> names = formula.FreeNames();
        CompiledFormula compiled = CompiledFormula.Compile(formula, names);
        ReadOnlyMemory<double>[] columns = [.. names.Select(n => table.Find(n)!.Numbers)];
        double[] inputs = new double[columns.Length];
        double[] values = new double[table.RowCount];
        for (int row = 0; row < values.Length; row++)
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i] = columns[i].Span[row];
            }
            values[row] = compiled.Evaluate(inputs);
        }
        return values;
    }

    /// <summary>
    /// A letter from what is given for it: a column by its exact name, which may hold any character, else a formula of columns.
    /// </summary>
    /// <param name="letter">Its name.</param>
    /// <param name="text">Column or formula.</param>
    /// <param name="table">The runs.</param>
    /// <param name="asker">Who asks, for error messages.</param>
    /// <exception cref="UserException">No formula, or it reads what is no column of numbers.</exception>
    public static Variable Read(string letter, string text, RunTable table, Phrase asker)
    {
        Expression formula = table.Find(text) is RunColumn column ? Expression.Variable(column.Name) : Parsed(text, table, asker);
        foreach (string name in formula.FreeNames())
        {
            RequireNumbers(table.Find(name) ?? throw Unknown(name, text, table, asker), table, asker);
        }
        return new Variable(Names.Canonical(letter), text, formula, "");
    }

    private static Expression Parsed(string text, RunTable table, Phrase asker)
    {
        try
        {
            return Parser.ParseNumber(text, asker);
        }
        catch (UserException e) when (QuotedColumns.Bare(text, table) is not null)
        {
            throw new UserException($"{e.Phrase}\n{QuotedColumns.Cure(text, table).TrimStart()}");
        }
    }

    /// <summary>The complaint that a formula reads what is no column.</summary>
    /// <param name="name">What it reads.</param>
    /// <param name="text">The formula.</param>
    /// <param name="table">The runs.</param>
    /// <param name="asker">Who asks.</param>
    public static UserException Unknown(string name, string text, RunTable table, Phrase asker)
    {
        string cure = QuotedColumns.Cure(text, table);
        string hint = cure.Length > 0 ? "" : ColumnGuess.Hint(name, table);
        return new UserException($"{asker}: {table.Path} has no column '{name}'{hint}.{cure} {table.Header}");
    }

    /// <exception cref="UserException">The column holds texts only.</exception>
    public static void RequireNumbers(RunColumn column, RunTable table, Phrase asker)
    {
        if (!column.HasNumbers)
        {
            throw new UserException(
                $"{asker}: the column '{column.Name}' of {table.Path} holds texts, no numbers, "
                    + $"such as '{column.Text(0)}'{FitValues.CommaCure(column.Text(0))}. Choose another. {table.Header}"
            );
        }
    }
}
