using System.Globalization;
using MathNet.Numerics.RootFinding;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Papers;

/// <summary>The numbers of Ludziejewski et al. 2025 (arXiv 2502.05172) beside ours.</summary>
internal static class JointPaper
{
    private static readonly double[] ExpansionRates = [1, 2, 4, 8, 16, 32];

    public static PaperComparison Compare()
    {
        Law law = LawCatalog.Open("joint-2025");
        ShapeFamily family = ShapeFamily.Open(law.Family!);
        Optimum optimum = new(law, family);
        return new PaperComparison(
            "joint",
            law.Source,
            [
                Table1(optimum),
                Table2(optimum, law),
                Table4(law),
                Shapes(family),
                Figures(optimum, family),
                RuleOfThumb(law, family),
                AppendixC(family),
            ]
        );
    }

    private static ComparisonTable Table1(Optimum optimum)
    {
        (double Flops, double Experts, double Params, double Tokens)[] printed =
        [
            (1e20, 1, 1.7e9, 9.7e9),
            (1e20, 2, 1.5e9, 11.4e9),
            (1e20, 4, 1.2e9, 13.9e9),
            (1e20, 8, 990e6, 17e9),
            (1e20, 16, 810e6, 20.7e9),
            (1e20, 32, 669e6, 24.9e9),
            (1e21, 1, 5.7e9, 29.3e9),
            (1e21, 2, 5e9, 33e9),
            (1e21, 4, 4.4e9, 38e9),
            (1e21, 8, 3.8e9, 44.3e9),
            (1e21, 16, 3.3e9, 51.2e9),
            (1e21, 32, 2.85e9, 58.4e9),
            (1e22, 1, 18.8e9, 88.6e9),
            (1e22, 2, 17.4e9, 96e9),
            (1e22, 4, 15.8e9, 105.4e9),
            (1e22, 8, 14.4e9, 115.8e9),
            (1e22, 16, 13.2e9, 126.5e9),
            (1e22, 32, 12.2e9, 136.9e9),
        ];
        return new ComparisonTable(
            "Table 1: compute-optimal models",
            "Minimum of the loss over N and D with 6 N D = F. The printed numbers have two or three digits; rounded coefficients meet N "
                + "within 2.2 % and D within 1.2 %.",
            [
                .. printed.SelectMany(row =>
                {
                    Configuration best = optimum.At(row.Flops, row.Experts);
                    string label = $"{Scientific(row.Flops)} FLOPs, E {row.Experts}";
                    return new[]
                    {
                        Comparison.Share(label, "N_act", row.Params, best.ActiveParams, 0.022, Style.Count),
                        Comparison.Share(label, "D", row.Tokens, best.Tokens, 0.012, Style.Count),
                    };
                }),
            ]
        );
    }

    private static ComparisonTable Table2(Optimum optimum, Law law)
    {
        (double Flops, double Memory, double Experts, bool OrMore)[] printed =
        [
            (1e21, 24e9, 16, false),
            (1e21, 80e9, 32, true),
            (1e21, 640e9, 32, true),
            (1e22, 24e9, 4, false),
            (1e22, 80e9, 16, false),
            (1e22, 640e9, 32, true),
            (1e23, 24e9, 1, false),
            (1e23, 80e9, 8, false),
            (1e23, 640e9, 32, true),
            (1e24, 24e9, 1, false),
            (1e24, 80e9, 1, false),
            (1e24, 640e9, 16, false),
        ];
        return new ComparisonTable(
            "Table 2: best E under a memory limit",
            $"bfloat16 weights and KV cache of 16k tokens. Where the rounded coefficients prefer another E, the printed one loses about "
                + $"as much as the law's own error (RMSE 0.0039 to {law.Error}).",
            [
                .. printed.Select(row =>
                {
                    Plan plan = optimum.Solve(
                        new Budget
                        {
                            Flops = row.Flops,
                            MemoryBytes = row.Memory,
                            KvTokens = 16e3,
                        }
                    );
                    Configuration best = plan.Best!;
                    double lost = plan.Candidates.First(c => c.Experts == row.Experts).Loss - best.Loss;
                    string note =
                        best.Experts == row.Experts
                            ? ""
                            : string.Create(
                                CultureInfo.InvariantCulture,
                                $"the printed E is {lost:0.0000} nats worse: rounded coefficients"
                            );
                    return Comparison.Amount(
                        $"{Scientific(row.Flops)} FLOPs, {Quantity.FormatBytes(row.Memory)}",
                        row.OrMore ? "E (or more)" : "E",
                        row.Experts,
                        best.Experts,
                        0,
                        Style.Integer,
                        note
                    );
                }),
            ]
        );
    }

    private static ComparisonTable Table4(Law law)
    {
        (double Experts, double M, double Mu, double N, double Nu)[] printed =
        [
            (1, 30.3640, -0.1817, 53.9838, -0.1965),
            (2, 27.7982, -0.1780, 66.8401, -0.2065),
            (4, 24.8462, -0.1731, 87.7022, -0.2192),
            (8, 21.8330, -0.1676, 119.9126, -0.2338),
            (16, 19.0159, -0.1617, 167.5073, -0.2494),
            (32, 16.5424, -0.1557, 234.6726, -0.2652),
        ];
        return new ComparisonTable(
            "Table 4: the law for each E, L = m N^mu + n D^nu + c",
            "Reduced symbolically from Eq. 6. Rounded coefficients meet m and n within 0.3 %, the exponents within 0.00014: one unit of "
                + "the last printed digit.",
            [
                .. printed.SelectMany(row =>
                {
                    (PowerTerm size, PowerTerm data, double floor) = Reduced(law, row.Experts);
                    string label = $"E {row.Experts}";
                    return new[]
                    {
                        Comparison.Share(label, "m", row.M, size.Coefficient, 0.003, Style.Fixed),
                        Comparison.Amount(label, "mu", row.Mu, size.Exponent("N"), 0.00014, Style.Fixed),
                        Comparison.Share(label, "n", row.N, data.Coefficient, 0.003, Style.Fixed),
                        Comparison.Amount(label, "nu", row.Nu, data.Exponent("D"), 0.00014, Style.Fixed),
                        Comparison.Amount(label, "c", 1.3637, floor, 0, Style.Fixed),
                    };
                }),
            ]
        );
    }

    private static ComparisonTable Shapes(ShapeFamily family)
    {
        // The two rows with fewer heads or blocks than d_model/64 (10/16/1280 and 11/21/1408) have N_act by the formula with their own
        // blocks.
        (double Width, double Blocks, string Active)[] active =
        [
            (512, 8, "79M"),
            (576, 9, "97M"),
            (640, 10, "118M"),
            (704, 11, "142M"),
            (768, 12, "169M"),
            (832, 13, "201M"),
            (1024, 16, "321M"),
            (1152, 18, "426M"),
            (1280, 16, "469M"),
            (1280, 20, "555M"),
            (1408, 21, "683M"),
            (1408, 22, "709M"),
            (1536, 24, "890M"),
            (1664, 26, "1.1B"),
            (1792, 28, "1.3B"),
            (1920, 30, "1.6B"),
            (2304, 36, "2.7B"),
        ];
        (double Width, double Experts, string Total)[] total =
        [
            (1024, 32, "5.0B"),
            (1024, 16, "2.6B"),
            (1024, 8, "1.4B"),
            (1024, 4, "774M"),
            (1024, 2, "472M"),
            (768, 32, "2.1B"),
            (768, 8, "615M"),
            (640, 32, "1.3B"),
            (512, 32, "664M"),
            (512, 2, "98M"),
            (1152, 4, "1.1B"),
            (1408, 2, "1.1B"),
            (1792, 4, "3.8B"),
        ];
        return new ComparisonTable(
            "Appendix E: parameters of the models that were trained",
            "Counted by the census; they agree to the printed digits.",
            [
                .. active.Select(row =>
                    ToPrintedDigits(
                        $"d_model {row.Width}, {row.Blocks} blocks",
                        "N_act",
                        row.Active,
                        Census.Of(family.Model(row.Width, 1, 1) with { Blocks = row.Blocks }).ActiveParams
                    )
                ),
                .. total.Select(row =>
                    ToPrintedDigits(
                        $"d_model {row.Width}, E {row.Experts}",
                        "N_total",
                        row.Total,
                        Census.Of(family.Model(row.Width, row.Experts, 1)).TotalParams
                    )
                ),
            ]
        );
    }

    private static ComparisonTable Figures(Optimum optimum, ShapeFamily family)
    {
        (double Experts, string Active)[] figure1 = [(1, "1.103B"), (2, "709M"), (4, "426M")];
        (double Experts, double Saving)[] perToken = [(2, 0.36), (4, 0.61)];
        (double Experts, double Saving)[] figure2 = [(2, 0.122), (8, 0.405), (32, 0.641)];
        double denseLoss = optimum.At(1e20, 1).Loss;
        return new ComparisonTable(
            "Figures 1b and 2b",
            "1.1B total parameters as E = 1, 2, 4; the compute that an MoE saves where it reaches the loss of the compute-optimal dense "
                + "model of 1e20 FLOPs.",
            [
                .. figure1.Select(row =>
                    ToPrintedDigits($"1.1B in total, E {row.Experts}", "N_act", row.Active, TrainedAt1B(family, row.Experts))
                ),
                .. perToken.Select(row =>
                    Comparison.Amount(
                        $"1.1B in total, E {row.Experts}",
                        "FLOPs a token saved",
                        row.Saving,
                        1 - (TrainedAt1B(family, row.Experts) / TrainedAt1B(family, 1)),
                        0.005,
                        Style.Percent
                    )
                ),
                .. figure2.Select(row =>
                    Comparison.Amount(
                        $"1e20 FLOPs, E {row.Experts}",
                        "compute saved",
                        row.Saving,
                        1 - (optimum.FlopsToReach(denseLoss, row.Experts) / 1e20),
                        0.0005,
                        Style.Percent
                    )
                ),
            ]
        );
    }

    private static ComparisonTable RuleOfThumb(Law law, ShapeFamily family)
    {
        (double Experts, double Tokens, double Loss)[] example = [(1, 8e9, 2.6659), (2, 16e9, 2.6262), (4, 32e9, 2.5972)];
        (double Total, double Experts, double Gain)[] gains =
        [
            (0.3e9, 2, 0.066),
            (0.3e9, 4, 0.128),
            (0.3e9, 8, 0.191),
            (70e9, 2, 0.019),
            (70e9, 4, 0.029),
            (70e9, 8, 0.028),
        ];
        return new ComparisonTable(
            "Rule of thumb: same total parameters, E times the tokens",
            "The paper states it for E up to 8: such an MoE beats the compute-optimal dense model. The numbers beside ours are not "
                + "printed there but an independent computation with its coefficients: the loss of the 1.1B example, and the gain in "
                + "nats at both ends of 0.3B to 70B.",
            [
                .. example.Select(row =>
                    Comparison.Amount(
                        $"1.1B, E {row.Experts}, {Quantity.FormatCount(row.Tokens)} tokens",
                        "loss",
                        row.Loss,
                        law.Evaluate(TrainedAt1B(family, row.Experts), row.Tokens, row.Experts),
                        0.00005,
                        Style.Fixed
                    )
                ),
                .. gains.Select(row =>
                    Comparison.Amount(
                        $"{Quantity.FormatCount(row.Total)} in total, E {row.Experts}",
                        "gain",
                        row.Gain,
                        GainOfRule(law, family, row.Total, row.Experts),
                        0.0005,
                        Style.Fixed
                    )
                ),
            ]
        );
    }

    private static ComparisonTable AppendixC(ShapeFamily family)
    {
        double active = ActiveAt(family, 1e9, 16);
        double tokens = 1e9 * 10e9 / active;
        return new ComparisonTable(
            "Appendix C: E = 16 with the FLOPs and total parameters of a 1B dense model on 10B tokens",
            "Its 414 tokens a parameter are why ratios above 400 are flagged.",
            [
                ToPrintedDigits("E 16", "N_act", "155M", active),
                Comparison.Share("E 16", "D", 64.3e9, tokens, 0.005, Style.Count),
                Comparison.Amount("E 16", "tokens a parameter", 414, tokens / active, 0.5, Style.Integer),
            ]
        );
    }

    /// <summary>
    /// How much an MoE with E times the compute-optimal tokens of the dense model of equal total size gains over it, nats.
    /// </summary>
    internal static double GainOfRule(Law law, ShapeFamily family, double totalParams, double experts)
    {
        (PowerTerm size, PowerTerm data, _) = Reduced(law, 1);
        double mu = size.Exponent("N");
        double nu = data.Exponent("D");
        // At the compute optimum m·μ·N^μ = n·ν·D^ν.
        double tokens = Math.Pow(size.Coefficient * mu * Math.Pow(totalParams, mu) / (data.Coefficient * nu), 1 / nu);
        return law.Evaluate(totalParams, tokens, 1) - law.Evaluate(ActiveAt(family, totalParams, experts), experts * tokens, experts);
    }

    /// <summary>N_act of the member of the family with this many parameters in total, at a continuous size.</summary>
    private static double ActiveAt(ShapeFamily family, double totalParams, double experts)
    {
        double width = Brent.FindRoot(d => Math.Log(Census.Of(family.Model(d, experts, 1)).TotalParams / totalParams), 16, 1e6, 1e-12, 200);
        return Census.Of(family.Model(width, experts, 1)).ActiveParams;
    }

    /// <summary>N_act of the paper's own model of 1.1B parameters in total.</summary>
    private static double TrainedAt1B(ShapeFamily family, double experts) =>
        Census
            .Of(
                family.Model(
                    experts switch
                    {
                        1 => 1664,
                        2 => 1408,
                        _ => 1152,
                    },
                    experts,
                    1
                )
            )
            .ActiveParams;

    private static (PowerTerm Size, PowerTerm Data, double Floor) Reduced(Law law, double experts)
    {
        Dictionary<string, double> known = new(law.CoefficientValues) { ["E"] = experts };
        IReadOnlyList<PowerTerm> terms = PowerSum.TryReduce(law.Formula, known)!;
        return (
            terms.Single(t => t.Exponent("N") != 0),
            terms.Single(t => t.Exponent("D") != 0),
            terms.Single(t => t.Exponents.Count == 0).Coefficient
        );
    }

    /// <summary>Printed digits are met if the computed number rounds to them.</summary>
    private static Comparison ToPrintedDigits(string label, string quantity, string printed, double computed)
    {
        int dot = printed.IndexOf('.');
        int decimals = dot < 0 ? 0 : printed.Length - 2 - dot;
        double unit = Quantity.ParseCount("1" + printed[^1], quantity) * Math.Pow(10, -decimals);
        return Comparison.Amount(label, quantity, Quantity.ParseCount(printed, quantity), computed, unit / 2, Style.Count);
    }

    private static string Scientific(double flops) => flops.ToString("0e0", CultureInfo.InvariantCulture);
}
