using MoeScale.Laws;

namespace MoeScale.Studies.Files;

/// <summary>A learning rate of a law that is asked beyond its experiments.</summary>
/// <param name="Law">Its id.</param>
/// <param name="Excess">By which the cell is beyond them.</param>
/// <param name="IsDefault">Whether the rate is that of small runs for that reason, and not the law's.</param>
public sealed record OutsideRate(string Law, Excess Excess, bool IsDefault = false);
