using MoeScale.Formulas;

namespace MoeScale.Planning;

/// <summary>A bound law at one expansion rate and granularity.</summary>
/// <param name="Experts">E.</param>
/// <param name="Granularity">G.</param>
/// <param name="Loss">The loss at the columns of a planned run.</param>
/// <param name="ClosedForm">The best size without limits; null where the law has no such form or inference is paid for.</param>
internal sealed record LawOfChoice(double Experts, double Granularity, CompiledFormula Loss, ClosedForm? ClosedForm);
