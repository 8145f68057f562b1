using MoeScale.Laws.Runs;
using MoeScale.Studies.Axes;

namespace MoeScale.Studies.Answers;

/// <summary>Runs that differ in nothing but their learning rate, and their seeds.</summary>
/// <param name="Rates">By rising rate; their losses are means over the seeds that all rates were tried with, else over those of
/// each.</param>
internal sealed record Sweep(IReadOnlyList<SweptRate> Rates)
{
    /// <summary>Place of the rate of least loss.</summary>
    public int Best => Rates.Index().MinBy(r => r.Item.Loss).Index;

    public bool IsAtEnd => Rates.Count > 1 && (Best == 0 || Best == Rates.Count - 1);

    /// <summary>All sweeps; of a model that has one rate that one.</summary>
    /// <param name="table">The runs.</param>
    /// <param name="axes">What they differ in.</param>
    /// <param name="rows">Those to look at.</param>
    public static IReadOnlyList<Sweep> All(RunTable table, RunAxes axes, IReadOnlyList<int> rows)
    {
        double[] losses = table.Column("loss", "fit").Numbers.ToArray();
        double[] rates = table.Find(AxisNames.LearningRate)?.Numbers.ToArray() ?? new double[table.RowCount];
        return
        [
            .. rows.GroupBy(r => axes.Key(r, AxisNames.LearningRate, AxisNames.Seed))
                .Select(same =>
                {
                    IGrouping<double, int>[] tried = [.. same.GroupBy(r => rates[r]).OrderBy(t => t.Key)];
                    HashSet<string> shared = [.. same.Select(axes.Seed)];
                    Array.ForEach(tried, t => shared.IntersectWith(t.Select(axes.Seed)));
                    return new Sweep([
                        .. tried.Select(t => new SweptRate(
                            t.Key,
                            t.Where(r => shared.Count == 0 || shared.Contains(axes.Seed(r))).Average(r => losses[r]),
                            [.. t]
                        )),
                    ]);
                }),
        ];
    }
}

/// <param name="Rate">Learning rate.</param>
/// <param name="Loss">Mean over seeds.</param>
/// <param name="Rows">Its runs.</param>
internal sealed record SweptRate(double Rate, double Loss, IReadOnlyList<int> Rows);
