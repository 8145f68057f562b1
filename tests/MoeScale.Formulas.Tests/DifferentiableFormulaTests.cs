using FsCheck;
using FsCheck.Fluent;
using MoeScale.Formulas.Differentiation;

namespace MoeScale.Formulas.Tests;

public unsafe class DifferentiableFormulaTests
{
    private const string JointLaw = "a*H^δ*N^(α + γ*ln(H)) + b*H^ω*D^(β + ζ*ln(H)) + c";
    private const string ExpandedJointLaw =
        "a*(1/(1/(E - 1 + 1/(1/S - 1/M)) + 1/M))^δ*N^(α + γ*ln(1/(1/(E - 1 + 1/(1/S - 1/M)) + 1/M))) + b*(1/(1/(E - 1 + 1/(1/S - 1/M)) + "
        + "1/M))^ω*D^β + c";

    // Around the values that real data have, where every formula below is smooth.
    private static readonly Dictionary<string, double[]> Columns = new()
    {
        ["N"] = [1e7, 3e8, 2e9, 5e10, 1.7e8],
        ["D"] = [3e9, 1e10, 4e11, 2e12, 6e10],
        ["H"] = [2.1, 3.7, 17, 60, 290],
        ["E"] = [1, 2, 8, 64, 512],
        ["G"] = [1, 2, 4, 8, 16],
        ["Z"] = [0, 0.5, 0, 0.9, 1],
    };

    [Theory]
    [InlineData("E0 + A/N^alpha + B/D^beta", "E0=1.8 A=480 alpha=0.35 B=2000 beta=0.37")]
    [InlineData(JointLaw, "a=36 α=-0.19 δ=-0.23 γ=0.01 b=36 β=-0.18 ω=0.55 ζ=-0.026 c=1.36")]
    [InlineData(ExpandedJointLaw, "a=36 α=-0.19 δ=-0.23 γ=0.01 b=36 β=-0.18 ω=0.55 c=1.36 S=2.07 M=290")]
    [InlineData("c + (g/G^γ + a)*N^-α + b*D^-β", "c=0.47 g=2.1 γ=0.58 a=18 α=0.115 b=30 β=0.147")]
    [InlineData("10^(a*log10(N) + b*log10(H) + c*log10(N)*log10(H) + d)", "a=-0.08 b=-0.13 c=0.012 d=1.1")]
    [InlineData("((A/N)^(α/β) + B/D)^β", "A=6e13 α=0.076 B=1.8e13 β=0.103")]
    [InlineData("exp(e) + exp(a)*N^-α + exp(b)*(D - D*exp(-r*E))^-α", "e=0.6 a=6 b=7 α=0.35 r=0.2")]
    [InlineData("a*Z^p + b*(1 - Z)^q + c", "a=0.4 p=0.2 b=17 q=0.3 c=1")]
    [InlineData("(a - b*ln(N))^2 + (a - b*ln(N))^-1 + abs(a - E) + min(a*E, b*G) + max(a, b*H)", "a=7.5 b=1.1")]
    [InlineData("ln(c + a*N^-α) + log2(c + E) + sqrt(c*G) - log10(a*H)", "a=50 α=0.2 c=1.2")]
    [InlineData("a*N^-α*(b*N^-α + c)*E", "a=2 α=0.1 b=3 c=0.2")]
    [InlineData("(c + a*N^-α)/(1 + b*G) + E/(b + c*G) + (a*E + c*G)/(a*G + b*E)", "a=2 b=0.3 c=1.2 α=0.1")]
    [InlineData("a + b", "a=1 b=2")]
    [InlineData("a + 0*b^N*E", "a=1 b=0.5")]
    public void Gradient_OfLawsAndTheirParts_MatchesCentralDifferences(string formula, string point)
    {
        Expression expression = Parser.ParseNumber(formula, "test");
        string[] names = [.. point.Split(' ').Select(p => Names.Canonical(p.Split('=')[0]))];
        double[] coefficients = [.. point.Split(' ').Select(p => double.Parse(p.Split('=')[1]))];
        string[] columns = [.. Columns.Keys];
        ReadOnlyMemory<double>[] data = [.. Columns.Values.Select(c => c.AsMemory())];
        double[] seed = [0.3, -1, 2, 0.7, 0.01];

        DifferentiableFormula differentiable = DifferentiableFormula.Compile(expression, columns, names);
        (double[] values, double[] gradient) = Evaluate(differentiable, data, coefficients, seed);

        CompiledFormula plain = CompiledFormula.Compile(expression, [.. columns, .. names]);
        for (int row = 0; row < 5; row++)
        {
            double expected = plain.Evaluate([.. Columns.Values.Select(c => c[row]), .. coefficients]);
            // exp(y·ln x) loses about |y·ln x| ≤ 60 units in the last place.
            Assert.Equal(expected, values[row], 1e-13 * Math.Abs(expected));
        }
        ColumnSlab jacobian = new(names.Length, 5);
        ColumnSlab bound = differentiable.Bind(data);
        new Evaluation(differentiable, 5).Jacobian(bound, coefficients, jacobian);
        for (int c = 0; c < names.Length; c++)
        {
            double step = 1e-5 * Math.Abs(coefficients[c]);
            double sum = 0,
                size = 0;
            for (int row = 0; row < 5; row++)
            {
                double Shifted(double by) =>
                    plain.Evaluate([.. Columns.Values.Select(v => v[row]), .. coefficients.Select((v, i) => i == c ? v + by : v)]);
                double derivative = (Shifted(step) - Shifted(-step)) / (2 * step);
                // Truncation is of the order of step² = 1e-10, rounding of 1e-16 / 1e-5.
                Assert.Equal(
                    derivative,
                    jacobian.Column(c)[row],
                    1e-7 * (Math.Abs(derivative) + (Math.Abs(values[row]) * 1e-3 / Math.Abs(coefficients[c])))
                );
                sum += seed[row] * derivative;
                size += Math.Abs(seed[row] * derivative) + (1e-3 * Math.Abs(seed[row] * values[row] / coefficients[c]));
            }
            Assert.Equal(sum, gradient[c], 1e-7 * size);
        }
    }

    [Fact]
    public void Gradient_OfAnyFormula_EqualsTheScalarChainRuleRowByRow()
    {
        Gen<(Expression, double[][], double[])> cases =
            from e in RandomExpression.Any
            from rows in Gen.ArrayOf(RandomExpression.Point, 11)
            from c in RandomExpression.Point
            select (e, rows, c);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261124UL, 1UL),
            Prop.ForAll(
                cases.ToArbitrary(),
                test =>
                {
                    (Expression e, double[][] rows, double[] c) = test;
                    // x is data, y and z are coefficients.
                    double[] x = [.. rows.Select(r => r[0])];
                    double[] seed = [.. rows.Select(r => r[1] - 2)];
                    DifferentiableFormula differentiable = DifferentiableFormula.Compile(e, ["x"], ["y", "z"]);
                    (double[] values, double[] gradient) = Evaluate(differentiable, [x], [c[1], c[2]], seed);

                    CompiledFormula plain = CompiledFormula.Compile(e, RandomExpression.Names);
                    double[] expected = new double[2];
                    double[] size = new double[2];
                    double largest = 0;
                    for (int row = 0; row < x.Length; row++)
                    {
                        double[] slots = new double[plain.Slots];
                        double[] adjoints = new double[plain.Slots];
                        plain.Fill([x[row], c[1], c[2]], slots);
                        double value = slots[plain.ResultSlot(0)];
                        largest = Math.Max(largest, slots.Max(Math.Abs));
                        if (
                            slots.Any(s => !double.IsFinite(s) || Math.Abs(s) > 1e6 || (s != 0 && Math.Abs(s) < 1e-6))
                            || HasNoDerivative(e, [x[row], c[1], c[2]])
                        )
                        {
                            // Outside the domain, or where cancellation leaves no digits to compare.
                            return;
                        }
                        Assert.Equal(value, values[row], 1e-9 * (1 + largest));
                        adjoints[plain.ResultSlot(0)] = 1;
                        plain.Backward(slots, adjoints);
                        for (int i = 0; i < 2; i++)
                        {
                            expected[i] += seed[row] * adjoints[1 + i];
                            size[i] += Math.Abs(seed[row]) * adjoints.Max(Math.Abs);
                        }
                    }
                    for (int i = 0; i < 2; i++)
                    {
                        if (double.IsFinite(size[i]) && size[i] < 1e6)
                        {
                            Assert.Equal(expected[i], gradient[i], 1e-8 * (1 + size[i]) * (1 + largest));
                        }
                    }
                }
            )
        );
    }

    // x^y is exp(y·ln x) in a fit, which has no value for x < 0, though Math.Pow has one where y happens to be whole; a root is
    // vertical at 0. At a corner, rounding decides which side counts.
    private static bool HasNoDerivative(Expression e, double[] point)
    {
        if (e.Left is null)
        {
            return false;
        }
        double left = RandomExpression.Walk(e.Left, point);
        double other = e.Operation == Operation.Abs || e.Right is null ? 0 : RandomExpression.Walk(e.Right, point);
        return (e.Operation is Operation.Power or Operation.Sqrt && left <= 0)
            || (e.Operation is Operation.Abs or Operation.Min or Operation.Max && Math.Abs(left - other) < 1e-9 * (1 + Math.Abs(left)))
            || HasNoDerivative(e.Left, point)
            || (e.Right is not null && HasNoDerivative(e.Right, point));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(2000)]
    public void Gradient_AtAnyNumberOfRows_IsTheSumOverRows(int rows)
    {
        DifferentiableFormula law = DifferentiableFormula.Compile(
            Parser.ParseNumber("E0 + A/N^α + B/D^β", "test"),
            ["N", "D"],
            ["E0", "A", "α", "B", "β"]
        );
        double[] coefficients = [1.8, 480, 0.35, 2000, 0.37];
        double[] n = [.. Enumerable.Range(0, rows).Select(i => 1e8 * (1 + i))];
        double[] d = [.. Enumerable.Range(0, rows).Select(i => 1e10 * (1 + (i % 17)))];
        double[] seed = [.. Enumerable.Range(0, rows).Select(i => 1.0 / (1 + i))];

        (double[] values, double[] gradient) = Evaluate(law, [n, d], coefficients, seed);

        double[] expected = new double[5];
        for (int i = 0; i < rows; i++)
        {
            (double[] value, double[] one) = Evaluate(law, [n.AsMemory(i, 1), d.AsMemory(i, 1)], coefficients, seed.AsSpan(i, 1));
            Assert.Equal(value[0], values[i], 1e-14);
            for (int c = 0; c < 5; c++)
            {
                expected[c] += one[c];
            }
        }
        for (int c = 0; c < 5; c++)
        {
            // Sums in another order.
            Assert.Equal(expected[c], gradient[c], 1e-13 * rows * (1 + Math.Abs(expected[c])));
        }
    }

    [Fact]
    public void Steps_OfTheJointLawWithItsExpansionGiven_AreTwoExponentialsAndASum()
    {
        DifferentiableFormula law = DifferentiableFormula.Compile(
            Parser.ParseNumber(JointLaw, "test"),
            ["N", "D", "H"],
            ["a", "α", "δ", "γ", "b", "β", "ω", "ζ", "c"]
        );

        Assert.Equal([StepKind.Exponential, StepKind.Exponential, StepKind.Linear], law.Steps.Select(s => s.Kind));
        Assert.Equal(5, law.Data.Count);
    }

    /// <summary>
    /// Where k·D is above N, N/min(N, k·D) is 1 to the bit, and a small r must not make a number of what rounding leaves.
    /// </summary>
    [Fact]
    public void Forward_OfAQuotientOfEquals_IsOne()
    {
        DifferentiableFormula law = DifferentiableFormula.Compile(
            Parser.ParseNumber("exp((N/min(N, k*D) - 1)/r)", "test"),
            ["N", "D"],
            ["k", "r"]
        );
        double[] n = [.. Enumerable.Range(1, 500).Select(i => 1e8 + (i * 12345.7))];
        (double[] values, _) = Evaluate(law, [n, n], [1.5, 1e-18], new double[500]);
        Assert.All(values, v => Assert.Equal(1, v));
    }

    [Fact]
    public void Gather_OfRepeatedRows_EvaluatesThoseRows()
    {
        DifferentiableFormula law = DifferentiableFormula.Compile(Parser.ParseNumber("a*N^-b", "test"), ["N"], ["a", "b"]);
        ColumnSlab all = law.Bind([Columns["N"]]);
        ColumnSlab some = new(all.Count, 5);
        some.Gather(all, [3, 3, 1]);
        Evaluation evaluation = new(law, 5);

        evaluation.Begin(some, [2, 0.1]);

        Assert.Equal(8, evaluation.Forward(0));
        for (int i = 0; i < 3; i++)
        {
            // x^−10 multiplies the rounding of x by ten.
            double n = Columns["N"][i < 2 ? 3 : 1];
            Assert.Equal(n, Math.Pow(evaluation.Value[i] / 2, -10), 1e-13 * n);
        }
    }

    private static (double[] Values, double[] Gradient) Evaluate(
        DifferentiableFormula formula,
        IReadOnlyList<ReadOnlyMemory<double>> data,
        double[] coefficients,
        ReadOnlySpan<double> seed
    )
    {
        ColumnSlab bound = formula.Bind(data);
        Evaluation evaluation = new(formula, bound.Rows);
        double[] values = new double[bound.Rows];
        double[] gradient = new double[coefficients.Length];
        evaluation.Begin(bound, coefficients);
        for (int start = 0; start < bound.Rows; start += Evaluation.BlockRows)
        {
            int rows = evaluation.Forward(start);
            for (int i = 0; i < rows; i++)
            {
                bool real = start + i < bound.Rows;
                evaluation.Seed[i] = real ? seed[start + i] : 0;
                if (real)
                {
                    values[start + i] = evaluation.Value[i];
                }
            }
            evaluation.Backward();
        }
        evaluation.End(gradient);
        return (values, gradient);
    }
}
