using FsCheck;
using FsCheck.Fluent;

namespace MoeScale.Formulas.Tests;

public class PowerSumTests
{
    private static IReadOnlyList<PowerTerm>? Reduce(string formula, params (string Name, double Value)[] known) =>
        PowerSum.TryReduce(Parser.ParseNumber(formula, "test"), known.ToDictionary(k => k.Name, k => k.Value));

    [Fact]
    public void TryReduce_AnyPosynomial_HasTheSameValueEverywhere() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20260102UL, 1UL),
            Prop.ForAll(
                Arb.From(RandomExpression.Posynomial),
                Arb.From(RandomExpression.Point),
                (e, point) =>
                {
                    IReadOnlyList<PowerTerm>? terms = PowerSum.TryReduce(e, new Dictionary<string, double>());
                    double expected = RandomExpression.Walk(e, point);
                    double actual = terms!.Sum(t =>
                        t.Coefficient
                        * t.Exponents.Aggregate(1.0, (p, x) => p * Math.Pow(point[Array.IndexOf(RandomExpression.Names, x.Key)], x.Value))
                    );
                    // All terms are positive, so nothing cancels: each factor rounds once.
                    return Math.Abs(actual - expected) <= 1e-12 * Math.Abs(expected);
                }
            )
        );

    [Fact]
    public void TryReduce_LawAtAKnownExpansionRate_GivesItsPowers()
    {
        IReadOnlyList<PowerTerm> terms = Reduce(
            "a * E^0.5 * N^(α + γ*ln(E)) + b/D^β + c",
            ("a", 3),
            ("E", 4),
            ("α", -0.2),
            ("γ", 0.01),
            ("b", 7),
            ("β", 0.3),
            ("c", 1.5)
        )!;
        Assert.Equal(3, terms.Count);
        PowerTerm size = terms.Single(t => t.Exponent("N") != 0);
        Assert.Equal(6, size.Coefficient, 12);
        Assert.Equal(-0.2 + (0.01 * Math.Log(4)), size.Exponent("N"), 15);
        PowerTerm data = terms.Single(t => t.Exponent("D") != 0);
        Assert.Equal((7, -0.3), (data.Coefficient, data.Exponent("D")));
        Assert.Equal(1.5, terms.Single(t => t.Exponents.Count == 0).Coefficient);
    }

    [Fact]
    public void TryReduce_LikePowers_AreMerged()
    {
        PowerTerm term = Assert.Single(Reduce("2*x*y + y*x - x*y/2")!);
        Assert.Equal(2.5, term.Coefficient);
    }

    [Fact]
    public void TryReduce_PowersThatCancel_LeaveNoName() => Assert.Empty(Assert.Single(Reduce("x^2 / x / x")!).Exponents);

    [Theory]
    [InlineData("ln(x)")]
    [InlineData("exp(x)")]
    [InlineData("x^y")]
    [InlineData("2^x")]
    [InlineData("(x + 1)^0.5")]
    [InlineData("1/(x + 1)")]
    [InlineData("max(x, 1)")]
    [InlineData("(-x)^0.5")]
    public void TryReduce_NoSumOfPowers_IsNull(string formula) => Assert.Null(Reduce(formula));

    [Fact]
    public void TryReduce_ProductOfManySums_GivesUpEarly() =>
        Assert.Null(Reduce(string.Join("*", Enumerable.Range(0, 30).Select(i => $"(x{i} + 1)"))));
}
