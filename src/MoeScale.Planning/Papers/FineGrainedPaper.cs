using System.Globalization;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Papers;

/// <summary>The numbers of Krajewski et al. 2024 (arXiv 2402.07871) beside ours.</summary>
internal static class FineGrainedPaper
{
    private const string RoundedLoss =
        "the printed coefficients are rounded: half a unit in the last digit of alpha moves the loss by 0.008 to 0.016, of c by 0.005";

    public static PaperComparison Compare()
    {
        Optimum moe = Optimum.Of("fine-grained-2024");
        Optimum dense = Optimum.Of("fine-grained-2024-dense");
        return new PaperComparison(
            "fine-grained",
            LawCatalog.Open("fine-grained-2024").Source,
            [
                Table2(moe),
                Bootstraps("Table 6: E = 64", moe, Table6),
                Bootstraps("Table 9: E = 16", Optimum.Of("fine-grained-2024-e16"), Table9),
                Figure1(moe, dense),
                Overhead(moe),
            ]
        );
    }

    private static ComparisonTable Table2(Optimum moe)
    {
        (double Active, double Tokens, double Granularity, double Flops, double Loss)[] printed =
        [
            (100e6, 4.37e9, 8, 2.95e18, 3.133),
            (1e9, 28.94e9, 16, 1.93e20, 2.491),
            (3e9, 72.90e9, 16, 1.41e21, 2.245),
            (7e9, 137.60e9, 32, 6.46e21, 2.076),
            (70e9, 941.07e9, 32, 4.16e23, 1.694),
            (300e9, 2.96e12, 64, 5.69e24, 1.503),
            (1e12, 7.94e12, 64, 4.97e25, 1.367),
        ];
        Law law = LawCatalog.Open("fine-grained-2024");
        ShapeFamily family = ShapeFamily.Open(law.Family!);
        return new ComparisonTable(
            "Table 2: compute-optimal MoE of E = 64",
            "Minimum of the loss over N, D and G at the printed FLOPs. Rounded coefficients give the same G and N and D within 3 %; the "
                + "loss comes out 0.011 to 0.024 lower. The FLOPs are Eq. 10 at the printed N, D and G.",
            [
                .. printed.SelectMany(row =>
                {
                    Configuration best = moe.At(row.Flops);
                    string label = $"64 x {Basics.Quantity.FormatCount(row.Active)}";
                    return new[]
                    {
                        Comparison.Amount(label, "G", row.Granularity, best.Granularity, 0, Style.Integer),
                        Comparison.Share(label, "N_act", row.Active, best.ActiveParamsNonEmbedding, 0.03, Style.Count),
                        Comparison.Share(label, "D", row.Tokens, best.Tokens, 0.03, Style.Count),
                        Comparison.Share(
                            label,
                            "FLOPs",
                            row.Flops,
                            Eq10(law, family, row.Active, row.Granularity, row.Tokens),
                            0.005,
                            Style.Scientific
                        ),
                        Comparison.Amount(label, "loss", row.Loss, best.Loss, 0.0005, Style.Fixed, RoundedLoss),
                    };
                }),
            ]
        );
    }

    /// <summary>The law's cost of training, Eq. 10 of the paper, at the shape that has these active parameters.</summary>
    private static double Eq10(Law law, ShapeFamily family, double active, double granularity, double tokens)
    {
        // N_act = 12·d_model²·n_blocks and n_blocks = d_model/64.
        Model model = family.Model(Math.Cbrt(active * 64 / 12), law.Fixed["experts"], granularity);
        double[] columns = new double[PlanColumns.Names.Count];
        ModelColumns.Fill(model, Census.Of(model), columns);
        return new BoundLaw(law, family, withInference: false).TrainFlopsPerToken(columns) * tokens;
    }

    private static readonly (double Active, double Low, double High, double LowG, double HighG)[] Table6 =
    [
        (100e6, 2.97e9, 5.98e9, 8, 8),
        (1e9, 21.17e9, 40.73e9, 16, 16),
        (3e9, 50.20e9, 105.88e9, 16, 32),
        (7e9, 101.06e9, 205.40e9, 32, 32),
        (70e9, 638.49e9, 1.59e12, 32, 64),
        (300e9, 1.99e12, 5.62e12, 64, 64),
        (1e12, 5.29e12, 16.87e12, 64, 64),
    ];

    private static readonly (double Active, double Low, double High, double LowG, double HighG)[] Table9 =
    [
        (100e6, 10.29e9, 17.73e9, 8, 16),
        (1e9, 53.74e9, 103.54e9, 16, 32),
        (3e9, 106.22e9, 261.04e9, 16, 32),
        (7e9, 177.65e9, 511.43e9, 16, 32),
        (70e9, 721.60e9, 3.22e12, 32, 64),
        (300e9, 1.73e12, 10.69e12, 32, 64),
        (1e12, 3.60e12, 28.22e12, 32, 128),
    ];

    private static ComparisonTable Bootstraps(
        string title,
        Optimum optimum,
        (double Active, double Low, double High, double LowG, double HighG)[] printed
    ) =>
        new(
            title + ", 10th to 90th percentile of 100 bootstraps",
            "Our D and G are those of the compute-optimal model with the row's active parameters; they lie inside the paper's intervals.",
            [
                .. printed.SelectMany(row =>
                {
                    Configuration best = optimum.At(optimum.FlopsForActiveNonEmbedding(row.Active));
                    string label = $"{Basics.Quantity.FormatCount(row.Active)} active";
                    return new[]
                    {
                        Comparison.Inside(label, "D", row.Low, row.High, best.Tokens, Style.Count),
                        Comparison.Inside(label, "G", row.LowG, row.HighG, best.Granularity, Style.Integer),
                    };
                }),
            ]
        );

    private static ComparisonTable Figure1(Optimum moe, Optimum dense)
    {
        return new ComparisonTable(
            "Figure 1: budget of the dense Transformer that matches the MoE, over the MoE's",
            "The paper states about 20 at 1e20 FLOPs and more than 40 beyond 1e25. The coefficients are printed with three digits: the "
                + "notes span what half a unit of the last digit of the exponents alone does to our number.",
            [
                // "About 20" is read as within a tenth.
                Comparison.Amount("1e20 FLOPs", "ratio", 20, Ratio(moe, dense, 1e20), 2, Style.Ratio, Span(1e20)),
                Comparison.Inside("1e25 FLOPs", "ratio", 40, double.PositiveInfinity, Ratio(moe, dense, 1e25), Style.Ratio, Span(1e25)),
            ]
        );

        static string Span(double flops)
        {
            (double low, double high) = RoundingSpan(flops);
            return string.Create(CultureInfo.InvariantCulture, $"rounding of the exponents spans {low:0} to {high:0}");
        }
    }

    internal static double Ratio(Optimum moe, Optimum dense, double flops) => dense.FlopsToReach(moe.At(flops).Loss) / flops;

    /// <summary>Smallest and largest ratio over all exponents that round to the printed ones.</summary>
    private static (double Low, double High) RoundingSpan(double flops)
    {
        const double half = 0.0005;
        Law moe = LawCatalog.Open("fine-grained-2024");
        Law dense = LawCatalog.Open("fine-grained-2024-dense");
        ShapeFamily family = ShapeFamily.Open(moe.Family!);
        double[] signs = [-half, half];
        double[] ratios =
        [
            .. from a in signs
            from b in signs
            from c in signs
            from d in signs
            select Ratio(new Optimum(Shifted(moe, a, b), family), new Optimum(Shifted(dense, c, d), family), flops),
        ];
        return (ratios.Min(), ratios.Max());
    }

    private static Law Shifted(Law law, double alpha, double beta) =>
        law with
        {
            DensePartner = null,
            Coefficients =
            [
                .. law.Coefficients.Select(c =>
                    c with
                    {
                        Value =
                            c.Value
                            + (
                                c.Name == "α" ? alpha
                                : c.Name == "β" ? beta
                                : 0
                            ),
                    }
                ),
            ],
        };

    private static ComparisonTable Overhead(Optimum moe)
    {
        (double Flops, double Printed)[] printed = [(1e20, 1.89), (1e25, 2.24)];
        return new ComparisonTable(
            "Overhead of G = 1 over the optimal granularity",
            "The budget that G = 1 needs for the loss of the optimal G; G = 1 itself is optimal at 1e10 FLOPs and below only. The "
                + "numbers beside ours are an independent computation with the paper's coefficients.",
            [
                .. printed.Select(row =>
                    Comparison.Amount(
                        $"{row.Flops.ToString("0e0", CultureInfo.InvariantCulture)} FLOPs",
                        "ratio",
                        row.Printed,
                        moe.FlopsToReach(moe.At(row.Flops).Loss, granularity: 1) / row.Flops,
                        0.005,
                        Style.Ratio
                    )
                ),
                Comparison.Amount("1e10 FLOPs", "optimal G", 1, moe.At(1e10).Granularity, 0, Style.Integer),
            ]
        );
    }
}
