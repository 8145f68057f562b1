using System.Globalization;
using System.Text;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Runs;

namespace MoeScale.Bench;

/// <summary>Runs drawn from a published law, with normal errors of ln L, for benchmarks and studies of coverage.</summary>
internal static class DrawnRuns
{
    /// <summary>Points spread evenly, in logarithms, over a box; a column for each letter of the law.</summary>
    public static double[][] Points(Law law, int rows, int seed, params (double Low, double High)[] box)
    {
        Random random = new(seed);
        return
        [
            .. box.Take(law.Variables.Count)
                .Select(b => Enumerable.Range(0, rows).Select(_ => b.Low * Math.Pow(b.High / b.Low, random.NextDouble())).ToArray()),
        ];
    }

    /// <param name="law">The law.</param>
    /// <param name="points">A column for each letter.</param>
    /// <param name="deviation">Standard deviation of ln L.</param>
    /// <param name="seed">Of the errors.</param>
    /// <param name="growth">How many times as large the deviation is where the first letter is largest as where it is smallest; evenly in
    /// between, in logarithms.</param>
    public static FitRows Draw(Law law, double[][] points, double deviation, int seed, double growth = 1)
    {
        double least = points[0].Min(),
            span = Math.Log(points[0].Max() / least);
        Random random = new(seed);
        double Normal() => deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return Table(law, points, [.. points[0].Select(first => Normal() * Math.Pow(growth, (Math.Log(first / least) / span) - 0.5))]);
    }

    /// <summary>Runs whose losses lie off the law by given errors of ln L.</summary>
    /// <param name="law">The law.</param>
    /// <param name="points">A column for each letter.</param>
    /// <param name="errors">One for each row.</param>
    /// <param name="labels">A text for each row, the column "trunk"; null for none.</param>
    public static FitRows Table(Law law, IReadOnlyList<double[]> points, double[] errors, string[]? labels = null)
    {
        CompiledFormula formula = law.Compile();
        StringBuilder text = new();
        text.AppendJoin(',', [.. law.Variables.Select(v => v.Name), "loss", .. labels is null ? Array.Empty<string>() : ["trunk"]])
            .Append('\n');
        for (int i = 0; i < errors.Length; i++)
        {
            double[] point = [.. points.Select(p => p[i])];
            double[] row = [.. point, formula.Evaluate(point) * Math.Exp(errors[i])];
            text.AppendJoin(
                    ',',
                    [
                        .. row.Select(v => v.ToString("R", CultureInfo.InvariantCulture)),
                        .. labels is null ? Array.Empty<string>() : [labels[i]],
                    ]
                )
                .Append('\n');
        }
        RunTable table = RunTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(text.ToString())), $"runs drawn from {law.Id}");
        return FitRows.Take(table, ColumnMap.Parse(table, law.Variables.Select(v => $"{v.Name}={v.Name}")).For(law));
    }
}
