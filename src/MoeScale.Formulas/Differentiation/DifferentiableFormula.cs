namespace MoeScale.Formulas.Differentiation;

/// <summary>
/// A formula of data columns and coefficients, ready to be evaluated at all rows together with its derivatives by the
/// coefficients. Immutable; each thread evaluates it in an <see cref="Evaluation"/> of its own.
/// </summary>
public sealed class DifferentiableFormula
{
    private DifferentiableFormula(IReadOnlyList<string> columns, IReadOnlyList<string> coefficients, Lowering lowering)
    {
        Columns = columns;
        Coefficients = coefficients;
        Data = lowering.DataColumns;
        Steps = [.. lowering.Steps];
        Scalars = CompiledFormula.Compile(lowering.Scalars, coefficients);
        ScalarSlots = [.. lowering.Scalars.Select((_, i) => Scalars.ResultSlot(i))];
        Borrows = [.. Steps.Select((_, i) => BorrowedFrom(i))];
    }

    /// <summary>Names of the data columns that the formula is given.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Names of the coefficients, in the order of every gradient.</summary>
    public IReadOnlyList<string> Coefficients { get; }

    /// <summary>Data columns that evaluations read, as formulas of <see cref="Columns"/>.</summary>
    internal IReadOnlyList<Expression> Data { get; }

    internal ColumnStep[] Steps { get; }

    internal CompiledFormula Scalars { get; }

    internal int[] ScalarSlots { get; }

    /// <summary>For each step, the one linear step that reads it, whose adjoint times a scalar is then its own; else −1.</summary>
    internal int[] Borrows { get; }

    /// <param name="formula">What to compute.</param>
    /// <param name="columns">Names of data columns.</param>
    /// <param name="coefficients">Names of coefficients.</param>
    /// <exception cref="ArgumentException">The formula holds another name, or a comparison of coefficients.</exception>
    public static DifferentiableFormula Compile(Expression formula, IReadOnlyList<string> columns, IReadOnlyList<string> coefficients)
    {
        string[] columnNames = [.. columns.Select(Names.Canonical)];
        string[] coefficientNames = [.. coefficients.Select(Names.Canonical)];
        Lowering lowering = new(columnNames, coefficientNames);
        lowering.Run(formula);
        return new DifferentiableFormula(columnNames, coefficientNames, lowering);
    }

    /// <summary>Computes everything that depends on data alone.</summary>
    /// <param name="columns">One column for each of <see cref="Columns"/>, of equal lengths above 0.</param>
    public ColumnSlab Bind(IReadOnlyList<ReadOnlyMemory<double>> columns)
    {
        int rows = columns[0].Length;
        ColumnSlab data = new(Math.Max(1, Data.Count), rows);
        for (int i = 0; i < Data.Count; i++)
        {
            Span<double> column = data.Column(i);
            CompiledFormula.Compile(Data[i], Columns).Evaluate(columns, column);
            data.Pad(i, column[0]);
        }
        return data;
    }

    private int BorrowedFrom(int step)
    {
        int[] readers = [.. Enumerable.Range(0, Steps.Length).Where(i => Steps[i].Reads.Contains(-1 - step))];
        return readers is [int only] && Steps[only].Kind == StepKind.Linear ? only : -1;
    }
}
