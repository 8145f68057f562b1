namespace MoeScale.Laws.Tests;

/// <summary>
/// Each law at a point whose value its paper prints, or that was worked out from its printed coefficients without this
/// program. A tolerance is half a unit of the last digit that is given.
/// </summary>
public class PublishedValuesTests
{
    private static double At(string id, params double[] variables) => LawCatalog.Open(id).Evaluate(variables);

    [Fact]
    public void Kaplan_EachOfItsLaws_HasTheCheckedValue()
    {
        Assert.Equal(2.4197, At("kaplan-2020", 1e9, 1e10), 5e-5);
        Assert.Equal(2.3036, At("kaplan-2020-n", 1.5e9), 5e-5);
        Assert.Equal(Math.Pow(5400, 0.095), At("kaplan-2020-d", 1e10), 13); // the same power, rounded elsewhere
    }

    [Fact]
    public void Clark_ReleasedModel_HasTheCheckedLoss() => Assert.Equal(2.0489, At("clark-2022-sbase", 1308819456, 64), 5e-5);

    [Theory]
    [InlineData(18.8e9, 110.2e9, 0.98, 2.1693)]
    [InlineData(1e9, 2e10, 0.5, 2.5899)]
    public void Abnar_TwoPoints_HaveTheCheckedLosses(double n, double d, double s, double loss) =>
        Assert.Equal(loss, At("abnar-2025", n, d, s), 5e-5);

    [Theory]
    [InlineData(0.031, 12, 7.24, 5e-3)]
    [InlineData(1, 12, 0.99, 5e-3)]
    public void Ling_EfficiencyLeverage_IsAsPrinted(double a, double g, double leverage, double halfUnit) =>
        Assert.Equal(leverage, At("ling-2025", a, g, 1e22), halfUnit);

    [Theory]
    [InlineData("ling-2025-flops-per-token", 1e20, 2.966e9, 5e5)]
    [InlineData("ling-2025-tokens", 1e20, 3.372e10, 5e6)]
    [InlineData("deepseek-2024-flops-per-token", 1e20, 5.251e9, 5e5)]
    [InlineData("deepseek-2024-tokens", 1e20, 1.905e10, 5e6)]
    [InlineData("llama3-2024", 3.8e25, 1.63e13, 5e10)]
    public void Allocation_EachLaw_HasTheCheckedValue(string id, double flops, double expected, double halfUnit) =>
        Assert.Equal(expected, At(id, flops), halfUnit);

    /// <summary>
    /// Size and tokens of one paper are two halves of one budget: M·D = C up to the rounding of two coefficients of four digits.
    /// </summary>
    [Theory]
    [InlineData("ling-2025-flops-per-token", "ling-2025-tokens")]
    [InlineData("ling-2025-dense-flops-per-token", "ling-2025-dense-tokens")]
    [InlineData("deepseek-2024-flops-per-token", "deepseek-2024-tokens")]
    public void Allocation_SizeTimesTokens_IsTheBudget(string size, string tokens)
    {
        Assert.Equal(1, At(size, 1e18) * At(tokens, 1e18) / 1e18, 1e-3);
        Assert.Equal(1, At(size, 1e24) * At(tokens, 1e24) / 1e24, 1e-3);
    }

    [Fact]
    public void Muennighoff_RepeatedData_HasTheCheckedValues()
    {
        Assert.Equal(2.3030, At("muennighoff-2023", 4.2e9, 84e9, 25e9), 5e-5);
        Assert.Equal(7.970e10, At("muennighoff-2023-repeats", 84e9, 25e9), 5e6);
        // The same loss from the printed D' and N', each good to four digits: 0.35 · 5e-5 · 0.3 nats from each.
        double loss =
            Math.Exp(0.6254804)
            + (Math.Exp(6.255414) * Math.Pow(3.650e9, -0.3526596))
            + (Math.Exp(7.3049974) * Math.Pow(7.970e10, -0.3526596));
        Assert.Equal(loss, At("muennighoff-2023", 4.2e9, 84e9, 25e9), 2e-5);
    }

    [Fact]
    public void Muennighoff_RoundedCoefficients_AreThoseInPrint()
    {
        IReadOnlyDictionary<string, double> unrounded = LawCatalog.Open("muennighoff-2023").CoefficientValues;
        Assert.Equal(1.87, Math.Exp(unrounded["e"]), 0.005);
        Assert.Equal(521, Math.Exp(unrounded["a"]), 0.5);
        Assert.Equal(1488, Math.Exp(unrounded["b"]), 0.5);
        Assert.Equal(0.353, unrounded["α"], 0.0005);
    }

    /// <summary>Up to 4 epochs cost almost nothing; 40 are worth little more than 15.</summary>
    [Fact]
    public void Muennighoff_Epochs_AreWorthLessAndLess()
    {
        double Worth(double epochs) => At("muennighoff-2023-repeats", epochs * 1e9, 1e9) / 1e9;
        Assert.Equal(0.5, Worth(0.5)); // all new, to the bit
        Assert.Equal(1, Worth(1));
        Assert.InRange(Worth(4), 0.93 * 4, 0.94 * 4); // 1 + 15.39·(1 − e^(−3/15.39)) = 3.727
        Assert.Equal(1 + (15.387756 * (1 - Math.Exp(-39 / 15.387756))), Worth(40), 12); // rounding
        Assert.Equal(1 + 15.387756, Worth(1e6), 12); // all that repetition can give
    }

    [Fact]
    public void Zhao_AtAPoint_IsTheFormulaByHand()
    {
        double x = (0.1577 * 8) + (7.2446 / 8) + (5.1395 * 0.25 * 0.25) - (3.2363 * 0.25);
        double expected =
            (x * (Math.Pow(1e10, -0.2383) + (0.0013 * Math.Pow(2e9, -0.2383)) + (0.0450 * 0.2)))
            + (38.051 * Math.Pow(1e10, -0.2383))
            + (27129.05 * Math.Pow(1e11, -0.4694))
            + (31.096 * Math.Pow(2e9, -0.2383))
            + 1.8182;
        Assert.Equal(expected, At("zhao-2025", 1e10, 2e9, 1e11, 8, 0.25), 13); // rounding of twenty operations
    }

    [Fact]
    public void Frantar_AtAPoint_IsTheFormulaByHand() =>
        Assert.Equal(
            (((16.8 * Math.Pow(0.5, 0.722)) + 45.0) * Math.Pow(1e8, -0.245)) + Math.Pow(6.90e8 / 1e10, 0.203) + 0.651,
            At("frantar-2023", 1e8, 1e10, 0.5),
            13
        ); // rounding of ten operations

    /// <summary>DeepSeek's 7B model: 30 layers of 4,096 at context 4,096, on 2T tokens.</summary>
    [Fact]
    public void DeepSeekRates_AtTheir7BModel_AreTheirs()
    {
        double flops = ((72.0 * 30 * 4096 * 4096) + (12.0 * 30 * 4096 * 4096)) * 2e12;
        Assert.Equal(4.2e-4, At("deepseek-2024-lr", flops), 5e-6);
        Assert.Equal(9.2e6, At("deepseek-2024-batch", flops), 5e4);
    }

    [Fact]
    public void LingRates_At1e20_HaveTheCheckedValues()
    {
        Assert.Equal(1.013e-3, At("ling-2025-lr", 1e20), 5e-7);
        Assert.Equal(1.347e6, At("ling-2025-batch", 1e20), 500.0);
    }

    [Fact]
    public void PorianRates_AtABillionParameters_AreTheirPowers()
    {
        Assert.Equal(1, At("porian-2024-lr", 1e9) / (3.7 * Math.Pow(10, -9 * 0.36)), 13); // rounding of a power
        Assert.Equal(1, At("porian-2024-batch", 1e9) / (0.7576 * Math.Pow(10, 9 * 0.703)), 13);
    }
}
