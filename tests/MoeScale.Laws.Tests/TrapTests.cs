using MoeScale.Formulas;

namespace MoeScale.Laws.Tests;

/// <summary>What goes wrong when one paper is read with the conventions of another, and what the laws give at their optima.</summary>
public class TrapTests
{
    private static Law Open(string id) => LawCatalog.Open(id);

    [Fact]
    public void Ling_NaturalLogarithms_GiveNonsense()
    {
        Law law = Open("ling-2025");
        string Natural(string text) => text.Replace("log10", "ln").Replace("log2", "ln");
        Dictionary<string, Expression> parts = law.WhereTexts.ToDictionary(w => w.Key, w => Parser.ParseNumber(Natural(w.Value), w.Key));
        Law misread = law with { Formula = Parser.ParseNumber(Natural(law.FormulaText), "formula").Substitute(parts) };
        Assert.Equal(5334, misread.Evaluate(0.031, 12, 1e22), 0.5);
        Assert.Equal(7.24, law.Evaluate(0.031, 12, 1e22), 0.005);
    }

    [Fact]
    public void Ling_BestGranularity_IsAbout11()
    {
        Law law = Open("ling-2025");
        Assert.Equal(11.3, Argmin(1, 100, g => -law.Evaluate(0.031, g, 1e22)), 0.05);
    }

    [Fact]
    public void Zhao_BestExperts_DoNotDependOnTheModel()
    {
        Law law = Open("zhao-2025");
        foreach ((double n, double active) in new[] { (30e9, 3e9), (671e9, 37e9) })
        {
            Assert.Equal(6.78, Argmin(1, 100, g => law.Evaluate(n, active, 1e12, g, 0.3)), 0.005);
            Assert.Equal(0.315, Argmin(0.01, 1, s => law.Evaluate(n, active, 1e12, 7, s)), 0.0005);
        }
    }

    [Theory]
    [InlineData(30e9, 0.401)]
    [InlineData(671e9, 0.220)]
    public void Zhao_BestActiveShare_FallsWithSize(double n, double share)
    {
        Law law = Open("zhao-2025");
        Assert.Equal(share, Argmin(0.01, 1, r => law.Evaluate(n, r * n, 1e12, Math.Sqrt(7.2446 / 0.1577), 3.2363 / 2 / 5.1395)), 0.0005);
    }

    [Fact]
    public void Frantar_SparseModel_IsWorthTwiceItsDenseParameters()
    {
        Law law = Open("frantar-2023");
        double sparse = law.Evaluate(1e9, 1e11, 0.75);
        Assert.Equal(2.16, Argmin(1, 10, times => Math.Abs(law.Evaluate(times * 1e9, 1e11, 0) - sparse)), 0.005);
    }

    [Fact]
    public void Llama3_CoefficientsOfTheText_GiveAnotherModel()
    {
        Law law = Open("llama3-2024");
        Law text = law with { Coefficients = [.. law.Coefficients.Select(c => c with { Value = c.Name == "k" ? 0.29 : 0.53 })] };
        Assert.Equal(1.05e13, text.Evaluate(3.8e25), 5e10);
    }

    /// <summary>With embeddings or without, active or total or non-zero: what N is, law by law.</summary>
    [Theory]
    [InlineData("chinchilla-2024", "active_params")]
    [InlineData("sardana-2024", "active_params")]
    [InlineData("joint-2025", "active_params")]
    [InlineData("kaplan-2020", "active_params_nonembedding")]
    [InlineData("clark-2022-hash", "active_params_nonembedding")]
    [InlineData("fine-grained-2024", "total_params_nonembedding")]
    [InlineData("step-2025-lr", "total_params_nonembedding")]
    [InlineData("abnar-2025", "total_params")]
    [InlineData("zhao-2025", "total_params")]
    [InlineData("frantar-2023", "nonzero_params")]
    public void N_OfEachPaper_IsItsOwnCount(string id, string column) => Assert.Equal(column, Open(id).SizeVariable!.Column);

    [Theory]
    [InlineData("δ", -1)]
    [InlineData("γ", 1)]
    [InlineData("ω", 1)]
    [InlineData("ζ", -1)]
    public void Joint_ExponentsOfExperts_CarryTheirSign(string name, int sign) =>
        Assert.Equal(sign, Math.Sign(Open("joint-2025").CoefficientValues[name]));

    /// <summary>A dense model of a billion parameters on 20B tokens: the data sets differ by far more than any law errs.</summary>
    [Fact]
    public void Loss_OfOneModelUnderDifferentLaws_CannotBeCompared()
    {
        double[] losses =
        [
            Open("joint-2025").Evaluate(1e9, 2e10, 1),
            Open("chinchilla-2024").Evaluate(1e9, 2e10),
            Open("kaplan-2020").Evaluate(1e9, 2e10),
            Open("fine-grained-2024-dense").Evaluate(1e9, 2e10),
        ];
        double[] sorted = [.. losses.Order()];
        Assert.All(sorted.Zip(sorted.Skip(1)), pair => Assert.True(pair.Second - pair.First > 0.0062, $"{pair}"));
        // So a law's dense partner must come from the same runs.
        Assert.All(
            LawCatalog.Ids.Select(Open).Where(l => l.DensePartner is not null),
            l =>
                Assert.Equal((l.Family, l.Source.Split(',')[0]), (Open(l.DensePartner!).Family, Open(l.DensePartner!).Source.Split(',')[0]))
        );
    }

    /// <summary>Where a function of one valley is lowest, by golden sections in the logarithm, to 1e-7 of the place.</summary>
    private static double Argmin(double low, double high, Func<double, double> f)
    {
        double golden = (Math.Sqrt(5) - 1) / 2;
        (double a, double b) = (Math.Log(low), Math.Log(high));
        for (int i = 0; i < 40; i++)
        {
            (double left, double right) = (b - (golden * (b - a)), a + (golden * (b - a)));
            (a, b) = f(Math.Exp(left)) < f(Math.Exp(right)) ? (a, right) : (left, b);
        }
        return Math.Exp((a + b) / 2);
    }
}
