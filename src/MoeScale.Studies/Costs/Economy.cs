using MathNet.Numerics.LinearAlgebra;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Costs;

/// <summary>One run that is left out.</summary>
/// <param name="Run">Its name.</param>
/// <param name="CostShare">What it would have cost, as a share of all runs.</param>
/// <param name="ToldShare">Of the information about the law's coefficients, how much goes with it.</param>
public sealed record LeftOutRun(string Run, double CostShare, double ToldShare);

/// <summary>
/// Leaves out the runs that tell least for what they cost: D-optimal design. The runs' information about a law is M = Σ j·jᵀ/σ² + 1, j being the derivatives of
/// ln(loss) by the coefficients (relative changes), σ the scatter of a run, and the 1 a prior of a hundred per cent. A run takes −ln(1 − jᵀM⁻¹j/σ²) of ln det M with it. Again and
/// again the run goes for which that is least for each unit of cost, until the rest is cheap enough.
/// </summary>
public static class Economy
{
    // What losses of repeated runs scatter by, about; only the weight of the prior depends on it.
    private const double Scatter = 3e-3;

    /// <param name="study">The study.</param>
    /// <param name="cost">Of a set of cells; runs go until it is at most <paramref name="limit"/>.</param>
    /// <param name="limit">In the unit of the cost.</param>
    /// <returns>The cells with the runs that stay, and what went, in that order.</returns>
    /// <exception cref="UserException">Not even one run is cheap enough.</exception>
    public static (IReadOnlyList<Cell> Cells, IReadOnlyList<LeftOutRun> LeftOut) Choose(Study study, Func<IReadOnlyList<Cell>, double> cost, double limit)
    {
        (int Cell, long Length)[] runs = [.. study.Cells.Index().SelectMany(c => c.Item.Lengths.Select(l => (c.Index, l)))];
        Matrix<double>? j = Derivatives(study, runs);
        List<int> left = [.. Enumerable.Range(0, runs.Length)];
        List<LeftOutRun> gone = [];
        double all = cost(study.Cells);
        double now = all;
        while (now > limit)
        {
            if (left.Count == 1)
            {
                throw new UserException(FormattableString.Invariant($"no run costs so little: the cheapest that is left, {Name(study, runs[left[0]])}, costs {now:G3}, and {limit:G3} is the most. Raise the limit, or give the grid smaller cells."));
            }
            Matrix<double>? inverse = j is null ? null : Information(j, left).Inverse();
            (int run, double told) = left
                .Select(r => (Run: r, Told: inverse is null ? 1 : Told(j!, inverse, r)))
                .MinBy(r => r.Told / Math.Max(double.Epsilon, Saving(study, runs, left, r.Run)));
            left.Remove(run);
            double after = cost(Kept(study, runs, left));
            gone.Add(new LeftOutRun(Name(study, runs[run]), (now - after) / all, inverse is null ? double.NaN : 1 - Math.Exp(-told)));
            now = after;
        }
        return (Kept(study, runs, left), gone);
    }

    private static double Told(Matrix<double> j, Matrix<double> inverse, int run)
    {
        Vector<double> row = j.Row(run) / Scatter;
        return -Math.Log(Math.Max(1e-300, 1 - row.DotProduct(inverse * row)));
    }

    private static Matrix<double> Information(Matrix<double> j, List<int> rows)
    {
        Matrix<double> information = Matrix<double>.Build.DenseIdentity(j.ColumnCount);
        foreach (int row in rows)
        {
            Vector<double> scaled = j.Row(row) / Scatter;
            information += scaled.OuterProduct(scaled);
        }
        return information;
    }

    // In FLOPs: within a study, time goes with them.
    private static double Saving(Study study, (int Cell, long Length)[] runs, List<int> left, int run)
    {
        Cell cell = study.Cells[runs[run].Cell];
        long[] before = [.. left.Where(r => runs[r].Cell == runs[run].Cell).Select(r => runs[r].Length)];
        return cell.FlopsPerToken * (cell.TokensFor(before) - cell.TokensFor([.. before.Where(l => l != runs[run].Length)]));
    }

    private static Cell[] Kept(Study study, (int Cell, long Length)[] runs, List<int> left) =>
        [.. left.GroupBy(r => runs[r].Cell).OrderBy(g => g.Key).Select(g => study.Cells[g.Key] with { Lengths = [.. g.Select(r => runs[r].Length).Order()] })];

    private static string Name(Study study, (int Cell, long Length) run) =>
        study.Cells[run.Cell].RunName(run.Length);

    private static Matrix<double>? Derivatives(Study study, (int Cell, long Length)[] runs)
    {
        double Value(string column, int run)
        {
            Cell cell = study.Cells[runs[run].Cell];
            return column == "tokens" ? runs[run].Length
                : column == "train_flops" ? runs[run].Length * cell.FlopsPerToken
                : ModelColumns.Of(cell.Model, cell.Census)(column) ?? double.NaN;
        }
        return Identifiability.Derivatives(LawCatalog.Open(study.Fit.Law ?? UsualLaw(study)), runs.Length, Value);
    }

    /// <summary>The law that speaks of what the grid varies.</summary>
    private static string UsualLaw(Study study) =>
        study.Cells.Select(c => c.Model.Granularity).Distinct().Count() > 1 ? "fine-grained-2024"
        : study.Cells.Select(c => c.Model.Expansion).Distinct().Count() > 1 ? "joint-2025"
        : "chinchilla-2024";
}
