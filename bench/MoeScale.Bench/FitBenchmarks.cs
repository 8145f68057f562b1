using BenchmarkDotNet.Attributes;
using MoeScale.Laws;
using MoeScale.Laws.Fitting.Certainty;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;

namespace MoeScale.Bench;

/// <summary>
/// The value and the gradient of an objective, on one core. Goal for the joint law with E_start and E_max held, 250 rows: 4 µs, nothing
/// allocated.
/// </summary>
[MemoryDiagnoser]
public class ObjectiveBenchmarks
{
    private ObjectiveEvaluation _evaluation = null!;
    private double[] _x = [];
    private double[] _gradient = [];

    [Params("chinchilla-2024", "joint-2025", "joint-2025, all free")]
    public string Law { get; set; } = "";

    [GlobalSetup]
    public void Draw()
    {
        Law law = LawCatalog.Open(Law.Split(',')[0]);
        LawForm form = LawForm.Of(law);
        if (Law == "joint-2025")
        {
            form = form.Hold("E_start", 2.0732).Hold("E_max", 290.4521);
        }
        FitRows rows = DrawnRuns.Draw(law, DrawnRuns.Points(law, 250, 1, (79e6, 2.7e9), (0.5e9, 80e9), (1, 32)), 0.005, 2);
        FitProblem problem = new(form, rows.Values, rows.Observed, null, new Objective());
        _evaluation = new ObjectiveEvaluation(problem);
        _x = [.. problem.Coordinates.Select((c, i) => c.Value(problem.Free[i].Hint!.Value))];
        _gradient = new double[_x.Length];
    }

    [Benchmark]
    public double ValueAndGradient() => _evaluation.At(_x, _gradient);
}

/// <summary>
/// 4,500 starts and 4,000 bootstrap refits of the Chinchilla law, on all cores. Goal for both together at 240 rows: 2 s on two cores.
/// </summary>
[MemoryDiagnoser]
public class FitBenchmarks
{
    private static readonly FitOptions Options = new() { Starts = 4500 };
    private Search _best = null!;
    private FitProblem _problem = null!;
    private Curvature _curvature = null!;
    private int[] _clusters = [];

    [Params(240, 2_400, 24_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Draw()
    {
        Law law = LawCatalog.Open("chinchilla-2024");
        FitRows rows = DrawnRuns.Draw(law, DrawnRuns.Points(law, Rows, 1, (44e6, 16e9), (1e9, 1e12)), 0.005, 2);
        _problem = new FitProblem(LawForm.Of(law), rows.Values, rows.Observed, null, Options.Objective);
        _best = Fitter.Run(_problem, Options with { Starts = 16 });
        _curvature = Curvature.At(_best, [.. Enumerable.Range(0, Rows)]);
        _clusters = [.. Enumerable.Range(0, Rows)];
    }

    [Benchmark]
    public double Search4500Starts() => Fitter.Run(_problem, Options).Value;

    [Benchmark]
    public int Bootstrap4000Draws() => Bootstrap.Run(_best, _curvature.Covariance, _best.X!, _clusters, 4000, Options).Length;
}
