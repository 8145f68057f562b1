using MoeScale.Studies.Files;

namespace MoeScale.Studies.Costs;

/// <summary>What a study costs, cell by cell.</summary>
/// <param name="Cells">In the order of the study.</param>
/// <param name="Places">Where they are trained; null where that is not known, as on a cluster.</param>
public sealed record StudyCost(IReadOnlyList<CellCost> Cells, Places? Places)
{
    /// <param name="cells">To be trained.</param>
    /// <param name="trainer">What trains them.</param>
    /// <param name="meter">Of this machine; null to leave times out.</param>
    /// <param name="places">See <see cref="Places"/>.</param>
    public static StudyCost Of(IReadOnlyList<Cell> cells, TrainerCommand trainer, SpeedMeter? meter, Places? places) =>
        new(
            [
                .. cells.Select(c =>
                    CellCost.Of(c, trainer.IsBuiltIn ? meter?.SecondsPerToken(c) : c.FlopsPerToken / trainer.FlopsPerSecond)
                ),
            ],
            places
        )
        {
            IsHandedOver = trainer.IsBuiltIn,
        };

    /// <summary>
    /// Whether the cells that run on get the threads of those that have ended; a trainer of the user's keeps what it was started with.
    /// </summary>
    public bool IsHandedOver { get; init; } = true;

    public double Flops => Cells.Sum(c => c.Flops);

    public double DiskBytes => Cells.Sum(c => c.DiskBytes);

    /// <summary>Cells at once; all of them where nobody knows.</summary>
    public int SideBySide => Places?.SideBySide ?? Math.Max(1, Cells.Count);

    /// <summary>How long it takes on this machine, the longest cells first; null where nobody knows.</summary>
    public double? Seconds
    {
        get
        {
            if (Places is null || Cells.Any(c => c.Seconds is null))
            {
                return null;
            }
            double[] places = new double[SideBySide];
            foreach (CellCost cell in Cells.OrderByDescending(c => c.Seconds))
            {
                places[Array.IndexOf(places, places.Min())] += cell.Seconds!.Value;
            }
            // At the end the last ones get the threads that are free.
            return IsHandedOver ? Math.Max(places.Average(), places.Max() / SideBySide) : places.Max();
        }
    }
}
