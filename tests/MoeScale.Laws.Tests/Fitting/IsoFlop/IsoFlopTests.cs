using MoeScale.Basics;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.IsoFlop;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Tests.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests.Fitting.IsoFlop;

public class IsoFlopTests
{
    private static readonly double[] Budgets = [1e18, 1e19, 1e20, 1e21];

    private static readonly double[] HoffmannBudgets = [6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21];

    // Seven sizes from an eighth to eight times the optimum.
    private static readonly double[] Centred = [.. Enumerable.Range(-3, 7).Select(i => i * Math.Log(2))];

    [Fact]
    public void Run_EqualExponentsAndCentredGrids_HasNoBias()
    {
        Law law = SyntheticRuns.ChinchillaWith(("α", 0.35), ("β", 0.35));
        IsoFlopApproach result = Approach(SyntheticRuns.IsoFlop(law, Budgets, _ => Centred), law);

        // Each curve is even about its optimum, so the vertex lies there; what is left is rounding, and the end of the parametric search.
        Assert.Equal(0.5, result.Size.Exponent, 1e-9);
        Assert.Equal(0.5, result.Parametric!.Size, 1e-6);
        Assert.Equal(0, result.Bias!.SizeBias, 1e-6);
        Assert.Equal(0, result.Bias.TokensBias, 1e-6);
        Assert.Equal(4, result.Bias.Curves);
        Assert.Equal(
            SyntheticRuns.OptimalSize(law, 1e20),
            result.Curves[2].OptimalSize!.Value,
            1e-6 * SyntheticRuns.OptimalSize(law, 1e20)
        );
        Assert.Empty(result.Notes);
    }

    /// <summary>Grids whose centre drifts from half the optimum to four times it, as fixed sizes at rising budgets have it.</summary>
    [Theory]
    [InlineData(0.2, 0.35)]
    [InlineData(0.35, 0.2)]
    [InlineData(0.3478, 0.3658)]
    public void Run_UnequalExponentsAndDriftingGrids_HasTheBiasOfABruteForceCalculation(double alpha, double beta)
    {
        Law law = SyntheticRuns.ChinchillaWith(("α", alpha), ("β", beta), ("A", 400), ("B", 400));
        RunTable table = SyntheticRuns.IsoFlop(law, Budgets, c => Centred.Select(o => o + Drift(c)));
        IsoFlopApproach result = Approach(table, law);

        double a = beta / (alpha + beta);
        double[] logBudgets = [.. Budgets.Select(c => Math.Log(c))];
        double brute = Slope(logBudgets, [.. Budgets.Select(c => Vertex(law, c, Drift(c)))]) - a;
        Assert.True(Math.Abs(brute) > 1e-3, $"the bias {brute} is too small to test");
        // The noise-free fit gives the exponents to about 1e-8; the bias hardly depends on them.
        Assert.Equal(brute, result.Bias!.SizeBias, 1e-6);
        // Where all runs lie on 6·N·D = C, what N has too much D has too little.
        Assert.Equal(-brute, result.Bias.TokensBias, 1e-6);
        // Without noise the data have the bias too.
        Assert.Equal(a + brute, result.Size.Exponent, 1e-6);
        Assert.Equal(a, result.Parametric!.Size, 1e-6);
    }

    [Fact]
    public void Run_MappedFlops_AreTheBudgets()
    {
        Law law = LawCatalog.Open(SyntheticRuns.Chinchilla);
        RunTable table = SyntheticRuns.IsoFlop(law, Budgets, _ => Centred);
        FitColumns columns = ColumnMap.Parse(table, "train_flops=12*active_params*tokens").For(law);
        IsoFlopApproach result = IsoFlopApproach.Run(FitRows.Take(table, columns));
        Assert.Equal("train_flops = 12*active_params*tokens", result.Compute);
        Assert.Equal(2 * Budgets[0], result.Curves[0].Flops, 1e-9 * Budgets[0]);
        FitColumns negative = ColumnMap.Parse(table, "train_flops=-tokens").For(law);
        Assert.Contains(
            "train_flops = -tokens has no value above zero on line 2",
            Assert.Throws<UserException>(() => IsoFlopApproach.Run(FitRows.Take(table, negative))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Run_NoisyChinchillaRuns_GivesTheExponentsWithinTheirErrors()
    {
        Law law = LawCatalog.Open(SyntheticRuns.Chinchilla);
        double[] budgets = [.. Enumerable.Range(0, 9).Select(i => 6e18 * Math.Pow(3, i))];
        IsoFlopApproach result = Approach(SyntheticRuns.IsoFlop(law, budgets, _ => Centred, noise: 0.005), law);

        Assert.Equal(9, result.Curves.Count(c => c.LeftOut is null));
        double a = result.Parametric!.Size;
        // Four standard errors, of a normal variable out of sight.
        Assert.InRange(
            result.Size.Exponent - result.Bias!.SizeBias - a,
            -4 * result.Size.StandardError!.Value,
            4 * result.Size.StandardError.Value
        );
        // Of exponents that sum to one, both are known equally well.
        Assert.Equal(result.Size.StandardError.Value, result.Tokens.StandardError!.Value, 1e-9);
        Assert.Equal(1, result.Size.Exponent + result.Tokens.Exponent, 1e-9);
        Assert.InRange(result.Size.StandardError.Value, 0.001, 0.05);
    }

    /// <summary>
    /// The runs of Hoffmann et al. as read off their figure, whose budgets scatter by a tenth; they found a = 0.49 by this approach.
    /// </summary>
    [Fact]
    public void Run_ReleasedChinchillaRuns_AgreesWithTheParametricFit()
    {
        string? folder = Environment.GetEnvironmentVariable("MOESCALE_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "MOESCALE_DATA is not set: it names the folder that holds chinchilla_epoch.csv.");
        RunTable table = RunTable.Read(Path.Combine(folder!, "chinchilla_epoch.csv"));
        Law law = LawCatalog.Open(SyntheticRuns.Chinchilla);
        FitRows rows = FitRows.Take(
            table,
            ColumnMap.Parse(table, "N=params").For(law),
            RunFilter.Parse("outlier5 = 0", "test").Select(table)
        );
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(law), rows) { Options = SyntheticRuns.Quick(new Objective()) });
        IsoFlopApproach result = IsoFlopApproach.Run(rows, fit);

        // β/(α + β) of the best fit to these rows, 0.367172/(0.347310 + 0.367172), to its digits.
        Assert.Equal(0.513900, result.Parametric!.Size, 2e-6);
        Assert.InRange(result.Size.Exponent - 0.5139, -2 * result.Size.StandardError!.Value, 2 * result.Size.StandardError.Value);
        Assert.InRange(result.Size.StandardError.Value, 0.005, 0.03);
        // Hoffmann et al. trained at nine budgets; all are found, beside runs in between.
        Assert.All(HoffmannBudgets, budget => Assert.Contains(result.Curves, c => Math.Abs(Math.Log(c.Flops / budget)) < 0.15));
        Assert.InRange(result.Bias!.SizeBias, 0.01, 0.04);
    }

    [Fact]
    public void Run_BudgetsThatScatter_AreGroupedWithoutTheRunsBetween()
    {
        Law law = LawCatalog.Open(SyntheticRuns.Chinchilla);
        // Two budgets a factor of three apart, each within ±8 %, with one run at each size; and one run halfway.
        double[] scatter = [0.92, 1.08, 1, 0.95, 1.05, 0.97, 1.02];
        double[] budgets = [.. scatter.Select(s => s * 1e20), .. scatter.Select(s => s * 3e20), 1.7e20];
        RunTable table = SyntheticRuns.IsoFlop(law, budgets, c => [Centred[Array.IndexOf(budgets, c) % 7]]);
        IsoFlopApproach result = Approach(table, law);
        Assert.Equal([7, 7], result.Curves.Select(c => c.Rows.Count));
        Assert.Equal("6·N·D", result.Compute);
        Assert.Equal(0.92e20, result.Curves[0].MinFlops, 1e12);
        Assert.Equal(new IsoFlopNote.RowsInNoCurve(1, 15), result.Notes[0]);
        Assert.Null(result.Size.StandardError);
    }

    [Fact]
    public void Run_ColumnOfFlops_GivesTheBudgets()
    {
        // 6·N·D differs from run to run, the column does not.
        RunTable table = Tables.Read(
            "active_params,tokens,loss,flops\n"
                + string.Concat(
                    Enumerable
                        .Range(0, 10)
                        .Select(k => (C: k < 5 ? 1e20 : 1e21, I: k % 5))
                        .Select(k =>
                            FormattableString.Invariant(
                                $"{1e8 * Math.Pow(2, k.I):R},{k.C * Math.Pow(3, -k.I) / 1e9:R},{3 + Math.Pow(k.I - 2, 2)},{k.C}\n"
                            )
                        )
                )
        );
        IsoFlopApproach result = IsoFlopApproach.Run(SyntheticRuns.Rows(table, LawCatalog.Open(SyntheticRuns.Chinchilla)));
        Assert.Equal("flops", result.Compute);
        Assert.Equal([1e20, 1e21], result.Curves.Select(c => Math.Round(c.Flops / 1e19) * 1e19));
        // The vertex is at the third size, 4e8; its tokens are those of the third run.
        Assert.All(result.Curves, c => Assert.Equal(4e8, c.OptimalSize!.Value, 1));
        Assert.Equal(1e20 / 9 / 1e9, result.Curves[0].OptimalTokens!.Value, 1);
        Assert.Equal(3, result.Curves[0].OptimalLoss!.Value, 1e-9);
        Assert.Equal(1 / Math.Pow(Math.Log(2), 2), result.Curves[0].Curvature, 1e-9);
        Assert.Equal((0.0, 1.0), (Math.Round(result.Size.Exponent, 9), Math.Round(result.Tokens.Exponent, 9)));
        Assert.Null(result.Bias);
    }

    [Fact]
    public void Run_MinimumOutsideTheSizes_DoesNotCount()
    {
        Law law = LawCatalog.Open(SyntheticRuns.Chinchilla);
        IsoFlopApproach result = Approach(SyntheticRuns.IsoFlop(law, Budgets, c => Centred.Select(o => o + (c > 1e20 ? 4 : 0))), law);
        IsoFlopNote.MinimumBelowSizes left = Assert.IsType<IsoFlopNote.MinimumBelowSizes>(result.Curves[3].LeftOut);
        Assert.Equal((result.Curves[3].Flops, result.Curves[3].OptimalSize), (left.Flops, left.Optimum));
        Assert.Equal(result.Curves[3].SmallestSize, left.Smallest);
        Assert.Contains(left, result.Notes);
        Assert.Equal(3, result.Bias!.Curves);
    }

    [Fact]
    public void Run_LawWithoutClosedForm_SaysThatTheBiasIsUnknown()
    {
        Law law = LawCatalog.Open("kaplan-2020");
        RunTable chinchilla = SyntheticRuns.IsoFlop(LawCatalog.Open(SyntheticRuns.Chinchilla), Budgets, _ => Centred);
        FitRows rows = FitRows.Take(chinchilla, ColumnMap.Parse(chinchilla, "N=active_params").For(law));
        IsoFlopApproach result = IsoFlopApproach.Run(
            rows,
            LawFitter.Run(new FitRequest(LawForm.Of(law), rows) { Options = SyntheticRuns.Quick() })
        );
        Assert.Null(result.Bias);
        Assert.Equal(new IsoFlopNote.OtherForm(), Assert.Single(result.Notes));
    }

    [Fact]
    public void Run_NoTwoRunsOfOneBudget_SaysWhatToTrain()
    {
        Law law = LawCatalog.Open(SyntheticRuns.Chinchilla);
        RunTable table = SyntheticRuns.IsoFlop(law, [1e18, 2e18, 4e18, 8e18], _ => [0]);
        Assert.Equal(
            "'approach: isoflop': no 3 of 4 rows have different N and budgets within a factor of 1.22 (6·N·D), "
                + "so there is no isoFLOP curve. Train several sizes at each budget, or use the parametric fit alone.",
            Assert.Throws<UserException>(() => IsoFlopApproach.Run(SyntheticRuns.Rows(table, law))).Message
        );
    }

    [Fact]
    public void Run_OneCurve_SaysThatTwoAreNeeded()
    {
        Law law = LawCatalog.Open(SyntheticRuns.Chinchilla);
        RunTable table = SyntheticRuns.IsoFlop(law, [1e18, 1e20], c => Centred.Select(o => o - (c > 1e19 ? 4 : 0)));
        string message = Assert.Throws<UserException>(() => IsoFlopApproach.Run(SyntheticRuns.Rows(table, law))).Message;
        Assert.Contains(
            "1 of 2 isoFLOP curves has a minimum, and an exponent needs two budgets.\n  1.00e20 FLOPs, 7 sizes: the ",
            message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Run_SeveralValuesOfAnotherLetter_AsksForOne()
    {
        Law joint = LawCatalog.Open("joint-2025");
        RunTable table = SyntheticRuns.Grid(LawCatalog.Open(SyntheticRuns.Chinchilla), extra: ("experts", i => i % 2 == 0 ? "1" : "8"));
        Assert.Contains(
            "E has 2 values, and an isoFLOP curve is of one",
            Assert.Throws<UserException>(() => IsoFlopApproach.Run(SyntheticRuns.Rows(table, joint))).Message,
            StringComparison.Ordinal
        );
    }

    private static double Drift(double budget) => (Math.Log(budget / 1e18) / Math.Log(1e3) * Math.Log(8)) - Math.Log(2);

    private static IsoFlopApproach Approach(RunTable table, Law law)
    {
        FitRequest request = SyntheticRuns.Request(table, law);
        return IsoFlopApproach.Run(request.Rows, LawFitter.Run(request));
    }

    /// <summary>
    /// ln N at the vertex of the parabola, by orthogonal polynomials on the seven equidistant offsets −3..3 (in units of ln 2).
    /// </summary>
    private static double Vertex(Law law, double budget, double drift)
    {
        double centre = Math.Log(SyntheticRuns.OptimalSize(law, budget)) + drift;
        double linear = 0,
            quadratic = 0;
        for (int i = -3; i <= 3; i++)
        {
            double n = Math.Exp(centre + (i * Math.Log(2)));
            double loss = law.Evaluate(n, budget / 6 / n);
            // Σi² = 28; i² − 4 is orthogonal to 1 and i, and Σ(i² − 4)² = 84.
            linear += i * loss / 28;
            quadratic += ((i * i) - 4) * loss / 84;
        }
        return centre - (linear / (2 * quadratic) * Math.Log(2));
    }

    private static double Slope(double[] x, double[] y)
    {
        double meanX = x.Average(),
            meanY = y.Average();
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }
}
