using MoeScale.Laws;

namespace MoeScale.Planning.Papers;

/// <summary>The numbers of Li et al. 2025 (arXiv 2503.04715) beside ours.</summary>
internal static class StepLawPaper
{
    public static PaperComparison Compare()
    {
        Law rate = LawCatalog.Open("step-2025-lr");
        Law batch = LawCatalog.Open("step-2025-batch");
        return new PaperComparison("step-law", rate.Source, [Values(rate, batch), Exponents(rate, batch), ActiveInsteadOfTotal(rate)]);
    }

    private static ComparisonTable Values(Law rate, Law batch) =>
        new(
            "Values of the law",
            "The paper's prose says once that the rate rises with N; its formula, tables and data say that it falls.",
            [
                Comparison.Amount("N 1e9, D 1e11", "learning rate", 1.632e-3, rate.Evaluate(1e9, 1e11), 0.0000005, Style.Scientific),
                Comparison.Amount("N 6.5e9, D 1e10", "learning rate", 2.12e-4, rate.Evaluate(6.5e9, 1e10), 0.0000005, Style.Scientific),
                Comparison.Amount("D 1e11", "batch tokens", 1107715, batch.Evaluate(1e11), 0.5, Style.Integer),
            ]
        );

    private static ComparisonTable Exponents(Law rate, Law batch) =>
        new(
            "Exponents, against the bootstrap released with the paper",
            "95 % intervals of 1,000 resamples.",
            [
                Comparison.Inside("learning rate", "exponent of N", -0.7744, -0.6554, rate.CoefficientValues["p"], Style.Fixed),
                Comparison.Inside("learning rate", "exponent of D", 0.2712, 0.3451, rate.CoefficientValues["q"], Style.Fixed),
                Comparison.Inside("batch", "exponent of D", 0.5340, 0.6055, batch.CoefficientValues["q"], Style.Fixed),
            ]
        );

    private static ComparisonTable ActiveInsteadOfTotal(Law rate)
    {
        (double Share, double Printed)[] printed = [(0.576, 1.5), (0.274, 2.5), (0.108, 4.9), (0.087, 5.7)];
        return new ComparisonTable(
            "What counting active instead of total parameters of an MoE would do",
            "The rate at N_act over the rate at N_total: the law must be given all experts.",
            [
                .. printed.Select(row =>
                    Comparison.Amount(
                        $"active/total {row.Share}",
                        "ratio",
                        row.Printed,
                        rate.Evaluate(row.Share * 2.15e9, 1e10) / rate.Evaluate(2.15e9, 1e10),
                        0.05,
                        Style.Ratio
                    )
                ),
            ]
        );
    }
}
