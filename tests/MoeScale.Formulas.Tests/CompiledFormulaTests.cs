using FsCheck;
using FsCheck.Fluent;

namespace MoeScale.Formulas.Tests;

public class CompiledFormulaTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20260101UL, 1UL);

    [Fact]
    public void Evaluate_AnyFormulaAtAnyPoint_IsTheTreeWalkToTheBit() =>
        Check.One(
            Fixed,
            Prop.ForAll(
                Arb.From(RandomExpression.Any),
                Arb.From(RandomExpression.Point),
                (e, point) =>
                {
                    double expected = RandomExpression.Walk(e, point);
                    double actual = CompiledFormula.Compile(e, RandomExpression.Names).Evaluate(point);
                    return expected.Equals(actual);
                }
            )
        );

    [Fact]
    public void EvaluateAll_FormulasCompiledTogether_AreEachAsAlone() =>
        Check.One(
            Fixed,
            Prop.ForAll(
                Arb.From(Gen.ListOf(RandomExpression.Any, 3)),
                Arb.From(RandomExpression.Point),
                (formulas, point) =>
                {
                    // Again at the end: a shared value may be wanted twice.
                    Expression[] all = [.. formulas, formulas[0], Expression.Variable("y"), Expression.Number(7)];
                    double[] values = new double[all.Length];
                    CompiledFormula.Compile(all, RandomExpression.Names).EvaluateAll(point, values);
                    return all.Select(e => RandomExpression.Walk(e, point)).Zip(values).All(pair => pair.First.Equals(pair.Second));
                }
            )
        );

    [Fact]
    public void Evaluate_AnyFormulaWithConstants_IsTheTreeWalkToTheBit() =>
        Check.One(
            Fixed,
            Prop.ForAll(
                Arb.From(RandomExpression.Any),
                Arb.From(RandomExpression.Point),
                (e, point) =>
                {
                    double expected = RandomExpression.Walk(e, point);
                    Dictionary<string, double> constants = new() { ["x"] = point[0], ["z"] = point[2] };
                    double actual = CompiledFormula.Compile(e, ["y"], constants).Evaluate([point[1]]);
                    return expected.Equals(actual);
                }
            )
        );

    // One row, less than a block, a whole block, a block and a rest, several blocks.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(259)]
    [InlineData(1000)]
    public void Evaluate_Columns_AgreesWithPoints(int rows)
    {
        Random random = new(7);
        double[][] columns =
        [
            .. RandomExpression.Names.Select(_ => Enumerable.Range(0, rows).Select(_ => 0.1 + (4 * random.NextDouble())).ToArray()),
        ];
        string[] formulas =
        [
            "x + y*z - x/y",
            "x^y",
            "x^-0.5",
            "2^x",
            "exp(-x)",
            "ln(x) + log2(y) + log10(z)",
            "sqrt(x) + abs(-y)",
            "min(x, y, z) + max(x, 2)",
            "3",
            "x",
            "(x - y)^0.5",
        ];
        foreach (string text in formulas)
        {
            CompiledFormula formula = CompiledFormula.Compile(Parser.ParseNumber(text, "test"), RandomExpression.Names);
            double[] result = new double[rows];
            formula.Evaluate([.. columns.Select(c => (ReadOnlyMemory<double>)c)], result);
            for (int i = 0; i < rows; i++)
            {
                double expected = formula.Evaluate([columns[0][i], columns[1][i], columns[2][i]]);
                // The vectorised exp, log and pow promise a few units in the last place each; a formula here has up to three.
                Assert.True(
                    expected.Equals(result[i]) || Math.Abs(expected - result[i]) <= 4e-15 * Math.Max(1, Math.Abs(expected)),
                    $"{text}, row {i}: {expected:R} and {result[i]:R}"
                );
            }
        }
    }

    [Fact]
    public void Evaluate_ColumnsOfAFilter_AreZeroOrOne()
    {
        CompiledFormula filter = CompiledFormula.Compile(Parser.ParseFilter("x >= 2 and not x = 3 or x < 0", "test"), ["x"]);
        double[] result = new double[5];
        filter.Evaluate([new double[] { -1, 1, 2, 3, double.NaN }], result);
        Assert.Equal([1, 0, 1, 0, 0], result);
    }

    [Fact]
    public void Compile_RepeatedParts_AreComputedOnce()
    {
        CompiledFormula formula = CompiledFormula.Compile(Parser.ParseNumber("ln(x) * ln(x) + ln(x) + 2*3", "test"), ["x"]);
        Assert.Equal(4, formula.StepCount); // ln, product, two sums
    }

    [Fact]
    public void Compile_PartsThatDoubleFortyTimes_StaysLinear()
    {
        Dictionary<string, Expression> parts = new() { ["p0"] = Expression.Variable("x") };
        for (int i = 1; i <= 40; i++)
        {
            parts.Add($"p{i}", Parser.ParseNumber($"p{i - 1} + p{i - 1}", "test"));
        }
        Expression whole = NamedParts.Resolve(parts, (_, m) => new InvalidOperationException(m) is var e ? throw e : null!)["p40"];
        CompiledFormula formula = CompiledFormula.Compile(whole, whole.FreeNames());
        Assert.Equal(40, formula.StepCount);
        Expression bound = whole.Substitute(new Dictionary<string, Expression> { ["x"] = Expression.Variable("y") });
        Assert.Equal(40, CompiledFormula.Compile(bound, ["y"]).StepCount);
        Assert.Equal(Math.Pow(2, 40), PowerSum.TryReduce(bound, new Dictionary<string, double>())!.Single().Coefficient);
        Assert.Equal(Math.Pow(2, 40), formula.Evaluate([1]));
    }

    [Fact]
    public void Compile_SpelledOutConstant_IsTheGreekOne() =>
        Assert.Equal(
            6,
            CompiledFormula
                .Compile(Parser.ParseNumber("α*x", "test"), ["x"], new Dictionary<string, double> { ["alpha"] = 2 })
                .Evaluate([3])
        );

    [Fact]
    public void Compile_BothZeros_StayApart() =>
        Assert.Equal(double.NegativeInfinity, CompiledFormula.Compile(Parser.ParseNumber("0 + 1/(-0)", "test"), []).Evaluate([]));

    [Fact]
    public void Compile_UnknownName_SaysWhich() =>
        Assert.Contains("'q'", Assert.Throws<ArgumentException>(() => CompiledFormula.Compile(Expression.Variable("q"), ["x"])).Message);

    [Fact]
    public void Evaluate_WrongNumberOfInputs_IsRefused() =>
        Assert.Contains(
            "1 inputs",
            Assert.Throws<ArgumentException>(() => CompiledFormula.Compile(Expression.Variable("x"), ["x"]).Evaluate([1, 2])).Message
        );

    /// <summary>What coefficients alone decide is worked out when they are filled in, to the bits that evaluation would give.</summary>
    [Fact]
    public void Substitute_PartsOfNumbersOnly_AreWorkedOut()
    {
        Expression formula = Parser.ParseNumber("a^-b * ln(a) * N + exp(b)", "f");
        Expression filled = formula.Substitute(
            new Dictionary<string, Expression> { ["a"] = Expression.Number(3), ["b"] = Expression.Number(0.7) }
        );
        Assert.Equal(5, Nodes(filled)); // number · N + number
        Assert.Equal((Math.Pow(3, -0.7) * Math.Log(3) * 2) + Math.Exp(0.7), CompiledFormula.Compile(filled, ["N"]).Evaluate([2]));

        static int Nodes(Expression? e) => e is null ? 0 : 1 + Nodes(e.Left) + Nodes(e.Right);
    }
}
