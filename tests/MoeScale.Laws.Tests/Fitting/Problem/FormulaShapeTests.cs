using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Tests.Fitting.Problem;

public class FormulaShapeTests
{
    [Theory]
    [InlineData("E + A/N^α + B/D^β", "E A B")]
    [InlineData("c + (g/G^γ + a)*N^-α + b*D^-β", "c g a b")]
    [InlineData("a*b*N^α", "a")]
    [InlineData("a/(1 + b*N) - c", "a c")]
    [InlineData("exp(a*N) + min(b, N)", "")]
    [InlineData("((A/N)^(α/β) + B/D)^β", "")]
    public void LinearSet_OfFormulas_IsAffineTogether(string formula, string linear)
    {
        Expression e = Parser.ParseNumber(formula, "test");
        IEnumerable<string> names = e.FreeNames().Where(n => n is not ("N" or "D" or "G"));
        Assert.Equal(linear.Split(' ', StringSplitOptions.RemoveEmptyEntries), FormulaShape.LinearSet(e, names));
    }

    [Theory]
    [InlineData("c", true, false)]
    [InlineData("a", false, false)]
    [InlineData("α", false, true)]
    [InlineData("s", false, false)]
    public void Roles_OfCoefficients_AreFound(string name, bool isOffset, bool isExponent)
    {
        Expression e = Parser.ParseNumber("a*(s + E)^γ*N^-(α + γ*ln(s + E)) + c", "test");
        Assert.Equal(isOffset, FormulaShape.IsOffset(e, name));
        Assert.Equal(isExponent, FormulaShape.IsExponent(e, name));
    }

    [Fact]
    public void SinglePower_OfClark_HasALinearExponent()
    {
        Expression clark = LawCatalog.Open("clark-2022-rlr").Formula;
        (Expression exponent, double lnBase) = FormulaShape.SinglePower(clark)!.Value;
        Assert.Equal(Math.Log(10), lnBase);
        Assert.Equal(["a", "b", "c", "d"], FormulaShape.LinearSet(exponent, ["a", "b", "c", "d", "E_start", "E_max"]));
        Assert.Null(FormulaShape.SinglePower(LawCatalog.Open("joint-2025").Formula));
    }
}
