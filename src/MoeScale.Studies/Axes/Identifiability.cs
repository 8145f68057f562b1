using MathNet.Numerics.LinearAlgebra;
using MoeScale.Laws;
using MoeScale.Laws.Runs;

namespace MoeScale.Studies.Axes;

/// <summary>
/// Whether a grid of runs can tell a law's coefficients, before any is fitted: enough rows, letters that vary, a law that speaks of what
/// the runs differ in, and
/// derivatives of the predictions that are no combination of each other.
/// </summary>
internal static class Identifiability
{
    // A squared condition of 1e12: beyond it, noise of 1e-3 in the loss moves some coefficients by a thousand times themselves.
    private const double LargestCondition = 1e6;
    private const double Step = 1e-4;

    // Runs beyond the coefficients, of which something is left to judge the fit by.
    private const int SpareRuns = 2;

    /// <summary>What runs may differ in that a law of losses must speak of, and the columns by which it may do so.</summary>
    private static readonly (string Column, string[] Spoken)[] Axes =
    [
        ("tokens", ["tokens", "train_flops"]),
        (
            "active_params",
            [
                "active_params",
                "total_params",
                "active_params_nonembedding",
                "total_params_nonembedding",
                "matrix_flops_per_token",
                "train_flops",
                "d_model",
            ]
        ),
        ("experts", ["experts", "expert_count", "total_params", "total_params_nonembedding"]),
        ("granularity", ["granularity", "expert_count", "top_k"]),
    ];

    /// <summary>Whether a law that reads some columns speaks of what another one says.</summary>
    public static bool Speaks(IReadOnlyCollection<string> read, string column) =>
        read.Contains(column) || Array.Exists(Axes, a => a.Column == column && a.Spoken.Intersect(read).Any());

    /// <summary>Why not; null if it can.</summary>
    /// <param name="law">With its coefficients.</param>
    /// <param name="table">Of runs.</param>
    /// <param name="held">Coefficients that are not fitted.</param>
    public static NotIdentifiable? WhyNot(Law law, RunTable table, IReadOnlyCollection<string> held)
    {
        string[] columns = [.. law.Variables.SelectMany(v => v.Columns).Distinct()];
        string? missing = Array.Find(columns, c => table.Find(c) is not { HasNumbers: true });
        if (missing is not null)
        {
            return new NotIdentifiable.NoColumn(missing);
        }
        foreach ((string column, string[] spoken) in Axes)
        {
            if (Values(table, column) is { Length: > 1 } values)
            {
                if (!columns.Intersect(spoken).Any())
                {
                    return new NotIdentifiable.Silent(column, values.Length);
                }
                if (law.Fixed.TryGetValue(column, out double only))
                {
                    return new NotIdentifiable.OfOneValue(column, only, values.Length);
                }
            }
        }
        foreach (Variable letter in law.Variables)
        {
            double[] values =
            [
                .. Enumerable.Range(0, table.RowCount).Select(r => letter.Value(c => table.Find(c)!.Numbers.Span[r]) ?? double.NaN),
            ];
            if (values.Distinct().Count() == 1)
            {
                return new NotIdentifiable.Constant(letter.Column, values[0]);
            }
        }
        int[] open = [.. law.Coefficients.Index().Where(c => !held.Contains(c.Item.Name)).Select(c => c.Index)];
        if (open.Length == 0)
        {
            return new NotIdentifiable.AllHeld();
        }
        if (table.RowCount < open.Length + SpareRuns)
        {
            return new NotIdentifiable.FewRuns(open.Length, open.Length + SpareRuns, table.RowCount);
        }
        return Derivatives(law, table) is Matrix<double> j ? Dependent(law, open, j) : null;
    }

    /// <summary>
    /// d ln(prediction) / d(coefficient) at each run and the law's own coefficients, of a scale by its logarithm; null where the law has no
    /// value there.
    /// </summary>
    public static Matrix<double>? Derivatives(Law law, RunTable table) =>
        Derivatives(law, table.RowCount, (column, row) => table.Find(column)!.Numbers.Span[row]);

    /// <param name="law">The law.</param>
    /// <param name="rows">How many runs.</param>
    /// <param name="value">Of a column in a row.</param>
    public static Matrix<double>? Derivatives(Law law, int rows, Func<string, int, double> value)
    {
        double[][] letters =
        [
            .. Enumerable.Range(0, rows).Select(r => law.Variables.Select(v => v.Value(c => value(c, r)) ?? double.NaN).ToArray()),
        ];
        Matrix<double> j = Matrix<double>.Build.Dense(rows, law.Coefficients.Count);
        for (int c = 0; c < law.Coefficients.Count; c++)
        {
            double step = Step * Math.Max(Math.Abs(law.Coefficients[c].Value), 1e-3);
            (double[] up, double[] down) = (Predict(c, step), Predict(c, -step));
            for (int r = 0; r < rows; r++)
            {
                j[r, c] = Math.Log(up[r] / down[r]) / (2 * Step);
            }
        }
        return j.Enumerate().All(double.IsFinite) ? j : null;

        double[] Predict(int moved, double by)
        {
            Law other = law with
            {
                Coefficients = [.. law.Coefficients.Select((k, i) => i == moved ? k with { Value = k.Value + by } : k)],
            };
            Formulas.CompiledFormula formula = other.Compile();
            return [.. letters.Select(l => formula.Evaluate(l))];
        }
    }

    private static NotIdentifiable? Dependent(Law law, int[] open, Matrix<double> j)
    {
        Vector<double>[] columns = [.. open.Select(c => j.Column(c))];
        int flat = Array.FindIndex(columns, c => c.L2Norm() < 1e-9);
        if (flat >= 0)
        {
            return new NotIdentifiable.Flat(law.Coefficients[open[flat]].Name);
        }
        double condition = Matrix<double>
            .Build.DenseOfColumnVectors(columns.Select(c => c.Normalize(2)))
            .Svd(computeVectors: false)
            .ConditionNumber;
        return condition < LargestCondition ? null : new NotIdentifiable.Dependent(open.Length, condition);
    }

    private static double[] Values(RunTable table, string column) =>
        table.Find(column) is { HasNumbers: true } c ? [.. c.Numbers.ToArray().Distinct()] : [];
}
