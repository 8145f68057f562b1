using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Procedure;

namespace MoeScale.Laws.Tests.Fitting.Problem;

public class ObjectiveEvaluationTests
{
    public static TheoryData<ObjectiveKind, Reduction, double> Objectives
    {
        get
        {
            TheoryData<ObjectiveKind, Reduction, double> all = [];
            foreach (ObjectiveKind kind in Enum.GetValues<ObjectiveKind>())
            {
                all.Add(kind, Reduction.Sum, 0);
                all.Add(kind, Reduction.Mean, 0.003);
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Objectives))]
    public void At_AnyObjective_HasTheValueOfItsDefinitionAndTheGradientOfItsDifferences(ObjectiveKind kind, Reduction reduce, double ridge)
    {
        Law law = LawCatalog.Open("joint-2025");
        Objective objective = new(kind, 0.02, reduce, ridge);
        (FitProblem problem, double[] observed, double[] weights) = Problem(law, objective);
        // Absolute values are rounded off within ±δ; here none of the residuals lies there.
        ObjectiveEvaluation evaluation = new(problem) { Delta = objective.IsAbs ? 1e-9 : 0.02 };
        double[] x = [.. problem.Coordinates.Select((c, i) => c.Value(problem.Free[i].Hint!.Value * (1 + (0.004 * (i % 3)))))];
        double[] gradient = new double[x.Length];

        double value = evaluation.At(x, gradient) / problem.Scale;

        double Definition(double[] at)
        {
            double[] coefficients = evaluation.Coefficients(at);
            CompiledFormula formula = CompiledFormula.Compile(
                law.Formula,
                [.. law.Variables.Select(v => v.Name)],
                law.Coefficients.Select((c, i) => (c.Name, coefficients[i])).ToDictionary()
            );
            double[] predicted =
            [
                .. Enumerable.Range(0, observed.Length).Select(i => formula.Evaluate([.. Samples.JointGrid.Select(c => c[i])])),
            ];
            double penalty = law
                .Coefficients.Select(
                    (c, i) => c.Sign != Sign.Any && c.Name is not ("α" or "β") ? Math.Log(Math.Abs(coefficients[i])) : coefficients[i]
                )
                .Sum(t => t * t);
            return Samples.ByDefinition(objective, predicted, observed, weights) + (ridge * penalty);
        }

        // exp(y·ln x) loses some units in the last place; absolute values lose δ/2 = 5e-10 at each of 120 rows of weight 1.75.
        double expected = Definition(x);
        Assert.Equal(expected, value, (1e-11 * expected) + (objective.IsAbs ? 2e-7 : 0));
        for (int i = 0; i < x.Length; i++)
        {
            double h = 1e-6 * Math.Max(1e-3, Math.Abs(x[i]));
            double difference =
                (Definition([.. x.Select((v, k) => k == i ? v + h : v)]) - Definition([.. x.Select((v, k) => k == i ? v - h : v)]))
                / (2 * h);
            // Truncation and rounding of differences, and a row that crosses a corner of ρ within ±h.
            Assert.Equal(
                difference,
                gradient[i] / problem.Scale,
                (1e-5 * Math.Abs(difference)) + (1e-9 * expected / Math.Max(1e-3, Math.Abs(x[i])))
            );
        }
    }

    [Fact]
    public void At_AfterTheFirstCall_AllocatesNothing()
    {
        (FitProblem problem, _, _) = Problem(LawCatalog.Open("joint-2025"), new Objective());
        ObjectiveEvaluation evaluation = new(problem);
        double[] x = [.. problem.Coordinates.Select((c, i) => c.Value(problem.Free[i].Hint!.Value))];
        double[] gradient = new double[x.Length];
        double[] matrix = new double[x.Length * x.Length];
        evaluation.At(x, gradient);
        evaluation.GaussNewton(x, matrix);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            evaluation.At(x, gradient);
            evaluation.GaussNewton(x, matrix);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void At_OutsideTheDomain_IsNoNumber()
    {
        FitProblem problem = new(
            Samples.Form("a - b*x", "x"),
            [
                [1, 2, 3],
            ],
            [1, 2, 3],
            null,
            new Objective()
        );
        ObjectiveEvaluation evaluation = new(problem);
        Assert.True(double.IsNaN(evaluation.At([1, 5], new double[2])));
    }

    /// <summary>The matrix of iteratively reweighted least squares lies above the objective: ρ(r + s) ≤ ρ(r) + ψ(r)·s + ω·s²/2.</summary>
    [Fact]
    public void GaussNewton_OfALinearFormula_BoundsHubersLossFromAbove()
    {
        Func<double> noise = Samples.Normal(1, 1);
        double[] x = [.. Enumerable.Range(0, 40).Select(i => (double)i)];
        FitProblem problem = new(
            Samples.Form("a + b*x", "x"),
            [x],
            [.. x.Select(v => 3 + (0.5 * v) + noise())],
            null,
            new Objective(ObjectiveKind.Huber, 0.3)
        );
        ObjectiveEvaluation evaluation = new(problem);
        double[] gradient = new double[2],
            matrix = new double[4],
            other = new double[2];
        double value = evaluation.At([2, 0.4], gradient);
        Assert.True(evaluation.GaussNewton([2, 0.4], matrix));
        for (int i = 0; i < 20; i++)
        {
            double[] step = [noise(), 0.05 * noise()];
            double bound =
                value
                + (gradient[0] * step[0])
                + (gradient[1] * step[1])
                + (0.5 * ((matrix[0] * step[0] * step[0]) + (2 * matrix[1] * step[0] * step[1]) + (matrix[3] * step[1] * step[1])));
            double there = evaluation.At([2 + step[0], 0.4 + step[1]], other);
            Assert.True(there <= bound * (1 + 1e-12), $"step {i}: {there} is above {bound}");
        }
    }

    private static (FitProblem Problem, double[] Observed, double[] Weights) Problem(Law law, Objective objective)
    {
        IReadOnlyList<double[]> grid = Samples.JointGrid;
        Func<double> noise = Samples.Normal(5, 0.03);
        CompiledFormula formula = law.Compile();
        double[] observed =
        [
            .. Enumerable.Range(0, grid[0].Length).Select(i => formula.Evaluate([.. grid.Select(c => c[i])]) * Math.Exp(noise())),
        ];
        double[] weights = [.. observed.Select((o, i) => 1 + (0.5 * (i % 4)))];
        return (new FitProblem(LawForm.Of(law), grid, observed, weights, objective), observed, weights);
    }
}
