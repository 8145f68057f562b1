using MathNet.Numerics.LinearAlgebra;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Runs;

namespace MoeScale.Studies.Axes;

/// <summary>
/// Whether a grid of runs can tell a law's coefficients, before any is fitted: enough rows, letters that vary, a law that speaks of what
/// the runs differ in, and
/// derivatives of the predictions that are no combination of each other.
/// </summary>
public static class Identifiability
{
    // A squared condition of 1e12: beyond it, noise of 1e-3 in the loss moves some coefficients by a thousand times themselves.
    private const double LargestCondition = 1e6;
    private const double Step = 1e-4;

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
    internal static bool Speaks(IReadOnlyCollection<string> read, string column) =>
        read.Contains(column) || Array.Exists(Axes, a => a.Column == column && a.Spoken.Intersect(read).Any());

    /// <summary>Why not, in words that follow a colon; null if it can.</summary>
    /// <param name="law">With its coefficients.</param>
    /// <param name="table">Of runs.</param>
    /// <param name="held">Coefficients that are not fitted.</param>
    public static string? WhyNot(Law law, RunTable table, IReadOnlyCollection<string> held)
    {
        string[] columns = [.. law.Variables.SelectMany(v => v.Columns).Distinct()];
        string? missing = Array.Find(columns, c => table.Find(c) is not { HasNumbers: true });
        if (missing is not null)
        {
            return $"the runs have no {missing}";
        }
        foreach ((string column, string[] spoken) in Axes)
        {
            if (Values(table, column) is { Length: > 1 } values)
            {
                if (!columns.Intersect(spoken).Any())
                {
                    return $"the runs differ in {column} ({Plural.Of(values.Length, "value")}), of which it does not speak";
                }
                if (law.Fixed.TryGetValue(column, out double only))
                {
                    return FormattableString.Invariant(
                        $"it is a law of models with {column} {only:G6}, and the runs have {Plural.Of(values.Length, "value")}"
                    );
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
                return FormattableString.Invariant($"{letter.Column} is {values[0]:G6} in all runs");
            }
        }
        int[] open = [.. law.Coefficients.Index().Where(c => !held.Contains(c.Item.Name)).Select(c => c.Index)];
        return open.Length == 0 ? "all its coefficients are held"
            : table.RowCount < open.Length + 2
                ? $"{Plural.Of(open.Length, "coefficient")} {(open.Length == 1 ? "needs" : "need")} at least {Plural.Of(open.Length + 2, "run")}, and there are {table.RowCount}"
            : Derivatives(law, table) is Matrix<double> j ? Dependent(law, open, j)
            : null;
    }

    /// <summary>
    /// d ln(prediction) / d(coefficient) at each run and the law's own coefficients, of a scale by its logarithm; null where the law has no
    /// value there.
    /// </summary>
    internal static Matrix<double>? Derivatives(Law law, RunTable table) =>
        Derivatives(law, table.RowCount, (column, row) => table.Find(column)!.Numbers.Span[row]);

    /// <param name="law">The law.</param>
    /// <param name="rows">How many runs.</param>
    /// <param name="value">Of a column in a row.</param>
    internal static Matrix<double>? Derivatives(Law law, int rows, Func<string, int, double> value)
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

    private static string? Dependent(Law law, int[] open, Matrix<double> j)
    {
        Vector<double>[] columns = [.. open.Select(c => j.Column(c))];
        int flat = Array.FindIndex(columns, c => c.L2Norm() < 1e-9);
        if (flat >= 0)
        {
            return $"no prediction depends on {law.Coefficients[open[flat]].Name} here";
        }
        double condition = Matrix<double>
            .Build.DenseOfColumnVectors(columns.Select(c => c.Normalize(2)))
            .Svd(computeVectors: false)
            .ConditionNumber;
        return condition < LargestCondition
            ? null
            : FormattableString.Invariant(
                $"these runs do not tell its {Plural.Of(open.Length, "coefficient")} apart (condition {condition:0e0})"
            );
    }

    private static double[] Values(RunTable table, string column) =>
        table.Find(column) is { HasNumbers: true } c ? [.. c.Numbers.ToArray().Distinct()] : [];
}
