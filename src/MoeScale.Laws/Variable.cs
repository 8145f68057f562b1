using MoeScale.Formulas;

namespace MoeScale.Laws;

/// <summary>A letter of a law's formula: a column, or a formula of columns such as (expert_count - top_k) / expert_count.</summary>
/// <param name="Name">Its letter.</param>
/// <param name="Text">The column or formula, as the file writes it.</param>
/// <param name="Formula">That, parsed.</param>
/// <param name="Meaning">What exactly the paper counts, in words; may be empty.</param>
public sealed record Variable(string Name, string Text, Expression Formula, string Meaning)
{
    /// <summary>The column, or the formula as the file writes it.</summary>
    public string Column { get; } = Formula.Operation == Operation.Name ? Formula.Name : Text;

    /// <summary>The column or the formula as a formula says it: <c>`val/loss`</c> for the column val/loss.</summary>
    public string Source => IsColumn ? Names.InFormula(Column) : Text;

    private readonly Lazy<CompiledFormula> _compiled = new(() => CompiledFormula.Compile(Formula, Formula.FreeNames()));

    /// <summary>The columns that it reads, each once.</summary>
    public IReadOnlyList<string> Columns { get; } = Formula.FreeNames();

    /// <summary>Whether it is one column as it stands.</summary>
    public bool IsColumn => Formula.Operation == Operation.Name;

    /// <summary>Its value at a point, or null where the point lacks one of its columns.</summary>
    /// <param name="column">The value of a column, or null.</param>
    public double? Value(Func<string, double?> column)
    {
        if (IsColumn)
        {
            return column(Column);
        }
        double?[] values = [.. Columns.Select(column)];
        return values.All(v => v is not null) ? _compiled.Value.Evaluate([.. values.Select(v => v!.Value)]) : null;
    }
}
