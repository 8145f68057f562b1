using BenchmarkDotNet.Attributes;
using MoeScale.Formulas;
using MoeScale.Laws;

namespace MoeScale.Bench;

/// <summary>Evaluation of the joint MoE law: at one point, and over 250 rows of a table.</summary>
[MemoryDiagnoser]
public class FormulaBenchmarks
{
    private const int Rows = 250;
    private readonly double[] _result = new double[Rows];
    private CompiledFormula _law = null!;
    private ReadOnlyMemory<double>[] _columns = [];

    [GlobalSetup]
    public void Compile()
    {
        _law = LawCatalog.Open("joint-2025").Compile();
        Random random = new(1);
        double[] Column(double low, double high) =>
            [.. Enumerable.Range(0, Rows).Select(_ => low * Math.Pow(high / low, random.NextDouble()))];
        _columns = [Column(79e6, 2.7e9), Column(0.5e9, 80e9), Column(1, 32)];
    }

    [Benchmark(Baseline = true)]
    public double ByHand()
    {
        double sum = 0;
        for (int i = 0; i < Rows; i++)
        {
            double n = _columns[0].Span[i];
            double d = _columns[1].Span[i];
            double hat = 1 / ((1 / (_columns[2].Span[i] - 1 + (1 / ((1 / 2.0732) - (1 / 290.4521))))) + (1 / 290.4521));
            sum +=
                (35.91 * Math.Pow(hat, -0.2285) * Math.Pow(n, -0.1889 + (0.0098 * Math.Log(hat))))
                + (35.98 * Math.Pow(hat, 0.5529) * Math.Pow(d, -0.1775 - (0.0259 * Math.Log(hat))))
                + 1.3637;
        }
        return sum;
    }

    [Benchmark]
    public double PointByPoint()
    {
        double sum = 0;
        for (int i = 0; i < Rows; i++)
        {
            sum += _law.Evaluate([_columns[0].Span[i], _columns[1].Span[i], _columns[2].Span[i]]);
        }
        return sum;
    }

    [Benchmark]
    public double Columns()
    {
        _law.Evaluate(_columns, _result);
        return _result[0];
    }
}
