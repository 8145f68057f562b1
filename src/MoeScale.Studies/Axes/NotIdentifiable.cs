namespace MoeScale.Studies.Axes;

/// <summary>Why a grid of runs cannot tell a law's coefficients.</summary>
internal abstract record NotIdentifiable
{
    private NotIdentifiable() { }

    /// <summary>The law reads a column that the runs have not.</summary>
    public sealed record NoColumn(string Column) : NotIdentifiable;

    /// <summary>The runs differ in what the law does not speak of.</summary>
    public sealed record Silent(string Column, int Values) : NotIdentifiable;

    /// <summary>The law is of models of one value, and the runs have several.</summary>
    public sealed record OfOneValue(string Column, double Only, int Values) : NotIdentifiable;

    /// <summary>A letter of the law is the same in all runs.</summary>
    public sealed record Constant(string Letter, double Value) : NotIdentifiable;

    /// <summary>Nothing is left to be fitted.</summary>
    public sealed record AllHeld : NotIdentifiable;

    /// <summary>There are fewer runs than coefficients that are open, and two.</summary>
    public sealed record FewRuns(int Coefficients, int Needed, int Runs) : NotIdentifiable;

    /// <summary>No prediction depends on a coefficient.</summary>
    public sealed record Flat(string Coefficient) : NotIdentifiable;

    /// <summary>Derivatives of the predictions are nearly combinations of each other.</summary>
    public sealed record Dependent(int Coefficients, double Condition) : NotIdentifiable;
}
