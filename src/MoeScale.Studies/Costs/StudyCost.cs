using MoeScale.Studies.Files;

namespace MoeScale.Studies.Costs;

/// <summary>What a study costs, cell by cell.</summary>
/// <param name="Cells">In the order of the study.</param>
/// <param name="SideBySide">Cells at once.</param>
public sealed record StudyCost(IReadOnlyList<CellCost> Cells, int SideBySide)
{
    /// <param name="cells">To be trained.</param>
    /// <param name="trainer">What trains them.</param>
    /// <param name="meter">Of this machine; null to leave times out.</param>
    /// <param name="sideBySide">Cells at once.</param>
    public static StudyCost Of(IReadOnlyList<Cell> cells, TrainerCommand trainer, SpeedMeter? meter, int sideBySide) => new(
        [.. cells.Select(c => CellCost.Of(c, trainer.IsBuiltIn ? meter?.SecondsPerToken(c) : c.FlopsPerToken / trainer.FlopsPerSecond))], sideBySide);

    public double Flops => Cells.Sum(c => c.Flops);

    public double DiskBytes => Cells.Sum(c => c.DiskBytes);

    /// <summary>How long it takes on this machine, the longest cells first; null where nobody knows.</summary>
    public double? Seconds
    {
        get
        {
            if (Cells.Any(c => c.Seconds is null))
            {
                return null;
            }
            double[] places = new double[SideBySide];
            foreach (CellCost cell in Cells.OrderByDescending(c => c.Seconds))
            {
                places[Array.IndexOf(places, places.Min())] += cell.Seconds!.Value;
            }
            // At the end the last ones get the free threads.
            return Cells.Count == 0 ? 0 : Math.Max(places.Average(), places.Max() / SideBySide);
        }
    }
}
