using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Studies.Axes;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Costs;

/// <summary>One run that is left out.</summary>
/// <param name="Run">Its name.</param>
/// <param name="CostShare">What it would have cost, as a share of all runs.</param>
/// <param name="ToldShare">Of the information about the law's coefficients, how much goes with it.</param>
public sealed record LeftOutRun(string Run, double CostShare, double ToldShare);

/// <summary>
/// Leaves out the runs that tell least for what they cost: D-optimal design. The runs' information about a law is M = Σ
/// j·jᵀ/σ² + 1, j being the derivatives of ln(loss) by the coefficients (relative changes), σ the scatter of a run, and
/// the 1 a prior of a hundred per cent. A run takes −ln(1 − jᵀM⁻¹j/σ²) of ln det M with it. Again and again the run
/// goes for which that is least for each unit of cost, until the rest is cheap enough. A setting of which the law does
/// not speak has a coefficient for each of its values but the first, and the last run of a value stays while any other
/// can go: it is what the study asks about.
/// </summary>
public static class Economy
{
    // What losses of repeated runs scatter by, about; only the weight of the prior depends on it.
    private const double Scatter = 3e-3;

    /// <param name="study">The study.</param>
    /// <param name="cost">Of a set of cells; runs go until it is at most <paramref name="limit"/>.</param>
    /// <param name="limit">In the unit of the cost.</param>
    /// <returns>The cells with the runs that stay, and what went, in that order.</returns>
    /// <exception cref="UserException">Not even one run is cheap enough, or the law has no value at a run.</exception>
    public static (IReadOnlyList<Cell> Cells, IReadOnlyList<LeftOutRun> LeftOut) Choose(
        Study study,
        Func<IReadOnlyList<Cell>, double> cost,
        double limit
    )
    {
        double all = cost(study.Cells);
        if (all <= limit)
        {
            return (study.Cells, []);
        }
        (int Cell, long Length)[] runs = [.. study.Cells.Index().SelectMany(c => c.Item.Lengths.Select(l => (c.Index, l)))];
        Law law = LawCatalog.Open(study.Fit.Law ?? DefaultLaw(study));
        ImplicitSettings settings = new(study.Cells, law);
        RunInformation information = new(Derivatives(study, law, settings, runs), Scatter);
        List<int> left = [.. Enumerable.Range(0, runs.Length)];
        Cell[] cells = [.. study.Cells];
        int[][] values = settings.Values();
        int[] ofValue = new int[settings.ValueCount];
        foreach (int value in runs.SelectMany(r => values[r.Cell]))
        {
            ofValue[value]++;
        }
        // What leaving a run out saves changes only where its cell loses another.
        ILookup<int, int> ofCell = Enumerable.Range(0, runs.Length).ToLookup(r => runs[r].Cell);
        double[] saving = [.. runs.Select(r => Saving(cells[r.Cell], r.Length))];
        List<LeftOutRun> gone = [];
        double now = all;
        while (now > limit)
        {
            if (left.Count == 1)
            {
                throw new UserException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"no run costs so little: the cheapest that is left, {Name(study, runs[left[0]])}, costs "
                            + $"{Figures.Significant(now / limit, 3)} times the limit. Raise the limit, or give the grid smaller cells."
                    )
                );
            }
            bool[] isLast = [.. values.Select(c => Array.Exists(c, v => ofValue[v] == 1))];
            int run = left.OrderBy(r => isLast[runs[r].Cell])
                .ThenBy(r => information.Told(r) / Math.Max(double.Epsilon, saving[r]))
                .First();
            double told = information.Told(run);
            information.Remove(run);
            left.Remove(run);
            Cell cell = cells[runs[run].Cell];
            cells[runs[run].Cell] = cell with { Lengths = [.. cell.Lengths.Where(l => l != runs[run].Length)] };
            foreach (int other in ofCell[runs[run].Cell])
            {
                saving[other] = Saving(cells[runs[run].Cell], runs[other].Length);
            }
            foreach (int value in values[runs[run].Cell])
            {
                ofValue[value]--;
            }
            double after = cost(Kept(cells));
            gone.Add(new LeftOutRun(Name(study, runs[run]), (now - after) / all, 1 - Math.Exp(-told)));
            now = after;
        }
        return (Kept(cells), gone);
    }

    // In FLOPs: within a study, time goes with them.
    private static double Saving(Cell cell, long length) =>
        cell.FlopsPerToken * (cell.TrainedTokens - cell.TokensFor([.. cell.Lengths.Where(l => l != length)]));

    private static Cell[] Kept(Cell[] cells) => Array.FindAll(cells, c => c.Lengths.Count > 0);

    private static string Name(Study study, (int Cell, long Length) run) => study.Cells[run.Cell].RunName(run.Length);

    private static Matrix<double> Derivatives(Study study, Law law, ImplicitSettings settings, (int Cell, long Length)[] runs)
    {
        Func<string, double?>[] columns = [.. study.Cells.Select(c => ModelColumns.Of(c.Model, c.Census))];
        double Value(string column, int run)
        {
            Cell cell = study.Cells[runs[run].Cell];
            return column switch
            {
                "tokens" => runs[run].Length,
                "train_flops" => runs[run].Length * cell.FlopsPerToken,
                "learning_rate" => cell.LearningRate,
                "batch_tokens" => (double)cell.Batch * cell.Context,
                _ => columns[runs[run].Cell](column) ?? double.NaN,
            };
        }
        Matrix<double> ofLaw = Identifiability.Derivatives(law, runs.Length, Value) ?? throw NoValue(study, law, runs, Value);
        int[] open =
        [
            .. law.Coefficients.Index().Where(c => !study.Fit.Fix.Any(f => Names.Canonical(f.Key) == c.Item.Name)).Select(c => c.Index),
        ];
        int[][] ofCell = settings.OnesOf();
        Matrix<double> j = Matrix<double>.Build.Dense(runs.Length, open.Length + settings.ColumnCount);
        for (int run = 0; run < runs.Length; run++)
        {
            for (int c = 0; c < open.Length; c++)
            {
                j[run, c] = ofLaw[run, open[c]];
            }
            foreach (int column in ofCell[runs[run].Cell])
            {
                j[run, open.Length + column] = 1;
            }
        }
        return j;
    }

    private static UserException NoValue(Study study, Law law, (int Cell, long Length)[] runs, Func<string, int, double> value)
    {
        string? missing = law.Variables.SelectMany(v => v.Columns).FirstOrDefault(c => double.IsNaN(value(c, 0)));
        string why = missing is not null
            ? $"reads '{missing}', which is not known of a run before it is trained"
            : $"has no value at {Name(study, runs.Where((_, r) => !HasValue(law, c => value(c, r))).DefaultIfEmpty(runs[0]).First())}";
        return new UserException(
            $"nobody can tell which runs tell least: the law '{law.Id}' {why}. Name another law as 'law' under 'fit' in the study, or "
                + $"leave the limit out."
        );
    }

    private static bool HasValue(Law law, Func<string, double> column) =>
        law.Evaluate([.. law.Variables.Select(v => v.Value(c => column(c)) ?? double.NaN)]) is > 0 and < double.PositiveInfinity;

    /// <summary>The law that speaks of what the grid varies.</summary>
    private static string DefaultLaw(Study study) =>
        study.Cells.Select(c => c.Model.Granularity).Distinct().Count() > 1 ? "fine-grained-2024"
        : study.Cells.Select(c => c.Model.Experts).Distinct().Count() > 1 ? "joint-2025"
        : "chinchilla-2024";
}
