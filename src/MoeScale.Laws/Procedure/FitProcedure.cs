namespace MoeScale.Laws.Procedure;

/// <summary>How a paper fitted its law: the <c>fit</c> section of a law file, by which a law can be fitted so again.</summary>
/// <param name="Objective">What it minimised.</param>
/// <param name="Weight">Weight of a row as a formula over columns, such as "1/loss"; null for equal weights.</param>
/// <param name="Starts">Starting values by coefficient; their product is the grid. A coefficient without values starts as usual.</param>
/// <param name="Fix">Coefficients held, each at a number or at the value that it has in another law (an id).</param>
/// <param name="HoldOut">Rows left out of the fit, as a hold-out of fits reads them; null for none.</param>
/// <param name="SelectByError">Among the fits from all starts, choose by training plus held-out RMSE instead of by the objective.</param>
public sealed record FitProcedure(
    Objective Objective,
    string? Weight,
    IReadOnlyDictionary<string, IReadOnlyList<double>> Starts,
    IReadOnlyDictionary<string, string> Fix,
    string? HoldOut,
    bool SelectByError
)
{
    /// <summary>The most starting points that may be tried, by number or by a grid, which is tried whole.</summary>
    public const int MaxStarts = 10_000_000;
}
