using MathNet.Numerics.Distributions;
using MoeScale.Basics;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests.Fitting.Certainty;

/// <summary>Standard errors, intervals and bootstraps against closed forms.</summary>
public class CertaintyTests
{
    private const int Count = 30;
    private static readonly double[] X = [.. Enumerable.Range(0, Count).Select(i => 1 + (0.37 * i))];
    private static readonly FitOptions LeastSquares = new() { Objective = Samples.Squares, Starts = 8 };

    [Fact]
    public void Run_AStraightLine_HasTheIntervalsOfTextbooks()
    {
        FitRows rows = Line(out double[] y);
        (double a, double b, double squares, double sxx, double meanX) = Textbook(X, y, [.. X.Select(_ => 1.0)]);
        double s2 = squares / (Count - 2);
        double t = StudentT.InvCDF(0, 1, Count - 2, 0.975);

        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = LeastSquares });

        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.Equal(IntervalSource.Profile, fit.IntervalsFrom);
        // The end of a profile is found to 1e-4 of the interval.
        Near(fit.Coefficients[0], a, t * Math.Sqrt(s2 * ((1.0 / Count) + (meanX * meanX / sxx))), 2e-4);
        Near(fit.Coefficients[1], b, t * Math.Sqrt(s2 / sxx), 2e-4);
    }

    /// <summary>
    /// For a straight line the profile is a parabola, so allowing for unequal scatter gives the robust standard error: t·√(n/(n − 2)·Σ
    /// r²u²).
    /// </summary>
    [Fact]
    public void Run_AProfileOfRowsThatScatterMoreAtBothEnds_IsWiderAsTheRobustStandardError()
    {
        FitRows rows = Line(out double[] y, i => 0.01 + (0.03 * Math.Abs(i - (Count / 2))));
        (double a, double b, _, double sxx, double meanX) = Textbook(X, y, [.. X.Select(_ => 1.0)]);
        double varianceB =
            Enumerable.Range(0, Count).Sum(i => Math.Pow((y[i] - a - (b * X[i])) * (X[i] - meanX) / sxx, 2)) * Count / (Count - 2);

        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = LeastSquares });

        Assert.Equal(IntervalSource.Profile, fit.IntervalsFrom);
        // The end of a profile is found to 1e-4 of the interval.
        Near(fit.Coefficients[1], b, StudentT.InvCDF(0, 1, Count - 2, 0.975) * Math.Sqrt(varianceB), 2e-4);
    }

    /// <summary>
    /// Under absolute errors the uncertainty of a line is that of the densities at zero: where the rows that hold a
    /// slope scatter ten times as much, their density is a tenth though all scores ψ are alike. The truth is covered as
    /// often as claimed.
    /// </summary>
    [Fact]
    public void Run_ProfilesOfRowsWhoseDensitiesDiffer_CoverAsClaimed()
    {
        Objective huber = new(ObjectiveKind.Huber, Delta: 1e-3);
        int covered = 0;
        const int draws = 120;
        for (int draw = 0; draw < draws; draw++)
        {
            Func<double> noise = Samples.Normal(100 + draw, 1);
            double[] x = [.. Enumerable.Range(0, 100).Select(i => (i - 49.5) / 50)];
            FitRows rows = Samples.Rows([("x", x)], [.. x.Select(v => 5 + v + ((0.02 + (0.3 * v * v)) * noise()))]);
            FitCoefficient b = LawFitter
                .Run(
                    new FitRequest(Samples.Form("a + b*x", "x"), rows)
                    {
                        Options = new FitOptions
                        {
                            Objective = huber,
                            Starts = 2,
                            Threads = 1,
                        },
                    }
                )
                .Coefficients[1];
            covered += b.Low <= 1 && 1 <= b.High ? 1 : 0;
        }
        // Three standard errors below 0.95: √(0.95·0.05/120) is 0.02.
        Assert.InRange((double)covered / draws, 0.89, 1);
    }

    /// <summary>HC1: n/(n − p)·(XᵀX)⁻¹(Σ r²xxᵀ)(XᵀX)⁻¹.</summary>
    [Fact]
    public void Run_AStraightLineWithUnequalErrors_HasTheRobustStandardErrors()
    {
        FitRows rows = Line(out double[] y, i => 0.1 + (0.05 * i));
        (double a, double b, _, double sxx, double meanX) = Textbook(X, y, [.. X.Select(_ => 1.0)]);
        double varianceB = 0,
            covariance = 0,
            varianceA = 0;
        for (int i = 0; i < Count; i++)
        {
            double r = y[i] - a - (b * X[i]);
            // The influence of a row on b, and on a.
            double onB = (X[i] - meanX) / sxx;
            double onA = (1.0 / Count) - (meanX * onB);
            varianceB += r * r * onB * onB;
            varianceA += r * r * onA * onA;
            covariance += r * r * onA * onB;
        }
        double correction = Count / (Count - 2.0);

        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = LeastSquares, Profile = false });

        // Sums of thirty products.
        Assert.Equal(Math.Sqrt(correction * varianceA), fit.Coefficients[0].StandardError!.Value, 1e-9);
        Assert.Equal(Math.Sqrt(correction * varianceB), fit.Coefficients[1].StandardError!.Value, 1e-9);
        Assert.Equal(correction * covariance, fit.Covariance![0][1], 1e-10);
        double t = StudentT.InvCDF(0, 1, Count - 2, 0.975);
        Near(fit.Coefficients[0], a, t * Math.Sqrt(correction * varianceA), 1e-8);
        Assert.Equal(IntervalSource.Curvature, fit.IntervalsFrom);
    }

    /// <summary>Liang and Zeger's sandwich with the CR1 correction: the scores of a cluster are added before they are squared.</summary>
    [Fact]
    public void Run_ByClusterWithoutBootstrap_HasClusteredStandardErrors()
    {
        _ = Line(out double[] y);
        FitRows rows = Samples.Rows([("x", X)], y, ("trunk", [.. X.Select((_, i) => $"t{i / 5}")]));
        (double a, double b, _, double sxx, double meanX) = Textbook(X, y, [.. X.Select(_ => 1.0)]);
        double variance = 0;
        for (int cluster = 0; cluster < 6; cluster++)
        {
            double sum = 0;
            for (int i = 5 * cluster; i < 5 * (cluster + 1); i++)
            {
                sum += (y[i] - a - (b * X[i])) * (X[i] - meanX) / sxx;
            }
            variance += sum * sum;
        }
        variance *= 6.0 / 5 * 29 / 28;

        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = LeastSquares, Cluster = "trunk" });

        Assert.Equal(Math.Sqrt(variance), fit.Coefficients[1].StandardError!.Value, 1e-9);
        Assert.Equal(IntervalSource.Curvature, fit.IntervalsFrom);
        // Five degrees of freedom, as there are six clusters.
        double t = StudentT.InvCDF(0, 1, 5, 0.975);
        Assert.Equal(t * Math.Sqrt(variance), (fit.Coefficients[1].High!.Value - fit.Coefficients[1].Low!.Value) / 2, 0.01);
        Assert.Contains(new FitWarning.FewClusters(6), fit.Warnings);
    }

    /// <summary>A slope of undeclared sign that may as well be zero: profiles and refits must cross it.</summary>
    [Fact]
    public void Run_ASlopeThatMayBeZero_HasTheIntervalsOfTextbooks()
    {
        Func<double> noise = Samples.Normal(2, 0.3);
        double[] y = [.. X.Select(v => 5 - (0.004 * v) + noise())];
        FitRows rows = Samples.Rows([("x", X)], y);
        (double a, double b, double squares, double sxx, double meanX) = Textbook(X, y, [.. X.Select(_ => 1.0)]);
        double half = StudentT.InvCDF(0, 1, Count - 2, 0.975) * Math.Sqrt(squares / (Count - 2));

        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = LeastSquares });
        Fit drawn = LawFitter.Run(
            new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = LeastSquares with { Seed = 7 }, Bootstrap = 200 }
        );

        Assert.True(fit.Coefficients[1] is { Low: < 0, High: > 0 });
        Near(fit.Coefficients[0], a, half * Math.Sqrt((1.0 / Count) + (meanX * meanX / sxx)), 2e-4);
        Near(fit.Coefficients[1], b, half / Math.Sqrt(sxx), 2e-4);
        for (int draw = 0; draw < 200; draw++)
        {
            RandomSequence random = new(7, (ulong)draw + 1);
            double[] counts = new double[Count];
            for (int k = 0; k < Count; k++)
            {
                counts[random.NextInt(Count)]++;
            }
            Assert.Equal(Textbook(X, y, counts).B, drawn.Sample![draw][1], 3e-7);
        }
        Assert.Contains(Enumerable.Range(0, 200), d => drawn.Sample![d][1] > 0);
        Assert.Contains(Enumerable.Range(0, 200), d => drawn.Sample![d][1] < 0);
    }

    private static void Near(FitCoefficient c, double value, double half, double tolerance)
    {
        Assert.Equal(value, c.Value, 1e-9);
        Assert.Equal(value - half, c.Low!.Value, tolerance * half);
        Assert.Equal(value + half, c.High!.Value, tolerance * half);
    }

    [Fact]
    public void Run_BootstrapOfAStraightLine_IsLeastSquaresOfEachResample()
    {
        FitRows rows = Line(out double[] y);
        Fit fit = LawFitter.Run(
            new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = LeastSquares with { Seed = 7 }, Bootstrap = 50 }
        );
        Assert.Equal(new BootstrapCounts(50, 0, Count), fit.Bootstrap);
        for (int draw = 0; draw < 50; draw++)
        {
            RandomSequence random = new(7, (ulong)draw + 1);
            double[] counts = new double[Count];
            for (int k = 0; k < Count; k++)
            {
                counts[random.NextInt(Count)]++;
            }
            (double a, double b, _, _, _) = Textbook(X, y, counts);
            // A refit ends where one more step would gain 1e-13 of the objective: within √(2e-13·28) of a standard error of 0.1.
            Assert.Equal(a, fit.Sample![draw][0], 3e-7);
            Assert.Equal(b, fit.Sample[draw][1], 3e-7);
        }
        double[] sorted = [.. Enumerable.Range(0, 50).Select(d => fit.Sample![d][1]).Order()];
        // 2.5 % of 49 steps between order statistics is 1.225.
        Assert.Equal(sorted[1] + (0.225 * (sorted[2] - sorted[1])), fit.Coefficients[1].Low!.Value, 1e-12);
        Assert.Equal(IntervalSource.Bootstrap, fit.IntervalsFrom);
    }

    /// <summary>Half the width between the 15.87th and the 84.13th percentile, of a scale between their logarithms.</summary>
    [Fact]
    public void Run_Bootstrap_HasStandardErrorsOfTheDraws()
    {
        Func<double> noise = Samples.Normal(4, 0.05);
        FitRows rows = Samples.Rows([("x", X)], [.. X.Select(v => 40 * Math.Pow(v, -0.5) * Math.Exp(noise()))]);
        FitRequest request = new(Samples.Form("a*x^-b", "x"), rows) { Options = SyntheticRuns.Quick(), Bootstrap = 101 };

        Fit fit = LawFitter.Run(request);
        Fit curved = LawFitter.Run(request with { Bootstrap = 0 });

        // Of 100 steps between order statistics.
        Assert.Equal(Half([.. Enumerable.Range(0, 101).Select(d => fit.Sample![d][1])]), fit.Coefficients[1].StandardError!.Value, 1e-12);
        Assert.Null(fit.Coefficients[1].LogStandardError);
        double ofLogarithm = Half([.. Enumerable.Range(0, 101).Select(d => Math.Log(fit.Sample![d][0]))]);
        // Between order statistics the logarithm is not straight: of a step of a hundredth of the width a few thousandths.
        Assert.Equal(1, fit.Coefficients[0].LogStandardError!.Value / ofLogarithm, 5e-3);
        foreach (Fit one in new[] { fit, curved })
        {
            FitCoefficient a = one.Coefficients[0];
            Assert.Equal(a.LogStandardError!.Value * a.Value, a.StandardError!.Value, 1e-12);
        }
        // 101 draws tell a deviation to 7 %, and thirty rows the sandwich to about 15 %; two of these.
        Assert.InRange(curved.Coefficients[0].LogStandardError!.Value / ofLogarithm, 0.67, 1.33);

        static double Half(double[] draws)
        {
            Array.Sort(draws);
            return (At(84.13447460685429) - At(15.86552539314571)) / 2;
            double At(double place) => draws[(int)place] + ((place - (int)place) * (draws[(int)place + 1] - draws[(int)place]));
        }
    }

    /// <summary>Neither is of declared sign; zero is out of question for a, which multiplies, and x0 is a place.</summary>
    [Fact]
    public void Run_AScaleOfUndeclaredSign_HasTheErrorOfItsLogarithm()
    {
        Func<double> noise = Samples.Normal(8, 0.01);
        FitRows rows = Samples.Rows([("x", X)], [.. X.Select(v => (30 * Math.Pow(v + 2, -1.2)) + noise())]);
        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a*(x-x0)^b", "x"), rows) { Options = LeastSquares });
        Assert.Equal(["a"], fit.Coefficients.Where(c => c.LogStandardError is not null).Select(c => c.Name));
        Assert.InRange(fit.Coefficients.First(c => c.Name == "x0").Value, -2.5, -1.5);
    }

    /// <summary>Losses that fall evenly with ln N: most resamples have no floor, so that the few with one are no sample.</summary>
    [Fact]
    public void Run_MostRefitsWithoutAMinimum_IsNoSample()
    {
        double[] n = [.. Enumerable.Range(0, 6).Select(i => 1e6 * Math.Pow(2, i))];
        double[] loss = [5.006, 4.748, 4.404, 4.097, 3.825, 3.504];
        Fit fit = LawFitter.Run(
            new FitRequest(Samples.Form("c + a*N^-α", "N"), Samples.Rows([("N", n)], loss))
            {
                Options = SyntheticRuns.Quick() with { Starts = 64 },
                Bootstrap = 200,
            }
        );

        Assert.Equal(FitStatus.RefitsFailed, fit.Status);
        Assert.True(fit.Bootstrap is { Draws: 200, Failed: > 100 }, $"{fit.Bootstrap}");
        Assert.Null(fit.Sample);
        Assert.Equal(IntervalSource.Curvature, fit.IntervalsFrom);
        Assert.Contains(new FitWarning.MostRefitsFailed(fit.Bootstrap!.Failed, 200), fit.Warnings);
    }

    [Fact]
    public void Run_BootstrapByCluster_DrawsClustersWhole()
    {
        // Six clusters, each of five equal rows: a draw by cluster is a draw of six rows, so its spread is √5 times that of thirty.
        double[] x = [.. Enumerable.Range(0, 30).Select(i => 1.0 + (i / 5))];
        Func<double> noise = Samples.Normal(3, 0.1);
        double[] six = [.. Enumerable.Range(0, 6).Select(i => 2 + (0.5 * (i + 1)) + noise())];
        double[] y = [.. Enumerable.Range(0, 30).Select(i => six[i / 5])];
        FitRows rows = Samples.Rows([("x", x)], y, ("trunk", [.. Enumerable.Range(0, 30).Select(i => $"t{i / 5}")]));
        FitRequest request = new(Samples.Form("a + b*x", "x").Hold("b", 0.5), rows) { Options = LeastSquares, Bootstrap = 2000 };

        Fit byRow = LawFitter.Run(request);
        Fit byCluster = LawFitter.Run(request with { Cluster = "trunk" });

        Assert.Equal(6, byCluster.Bootstrap!.Units);
        Assert.Contains(new FitWarning.FewClusters(6), byCluster.Warnings);
        // 2,000 draws give a standard deviation to 1.6 %; four of these on both.
        Assert.Equal(Math.Sqrt(5), Deviation(byCluster) / Deviation(byRow), 0.2);

        static double Deviation(Fit fit)
        {
            double[] a = [.. Enumerable.Range(0, fit.Sample!.Count).Select(d => fit.Sample[d][0])];
            return Math.Sqrt(a.Sum(v => (v - a.Average()) * (v - a.Average())) / a.Length);
        }
    }

    /// <summary>The profile of α by brute force: the other coefficients by least squares at each α of a fine grid.</summary>
    [Fact]
    public void Run_ProfileOfAnExponent_EndsWhereBruteForceSays()
    {
        Func<double> noise = Samples.Normal(9, 0.01);
        double[] n = [.. Enumerable.Range(0, 25).Select(i => 1 + (1.7 * i))];
        double[] y = [.. n.Select(v => 1.5 + (2 * Math.Pow(v, -0.4)) + noise())];
        Fit fit = LawFitter.Run(
            new FitRequest(Samples.Form("c + a*N^-α", "N"), Samples.Rows([("N", n)], y)) { Options = LeastSquares with { Starts = 32 } }
        );
        double t = StudentT.InvCDF(0, 1, 22, 0.975);
        double target = fit.Value * (1 + (t * t / 22));
        FitCoefficient alpha = fit.Coefficients.First(c => c.Name == "α");
        foreach (double end in new[] { alpha.Low!.Value, alpha.High!.Value })
        {
            double[] basis = [.. n.Select(v => Math.Pow(v, -end))];
            (_, _, double squares, _, _) = Textbook(basis, y, [.. n.Select(_ => 1.0)]);
            // Found to 1e-4 of the interval, where the profile rises by about half its target.
            Assert.Equal(target, squares, 5e-4 * (target - fit.Value));
        }
        Assert.True(alpha.Low < 0.4 && alpha.High > 0.4);
    }

    /// <summary>Here E_max runs away, and another E_start asks for it back: the ends must be those of a search from many starts.</summary>
    [Fact]
    public void Run_ProfilesBesideAScaleThatRanAway_EndWhereASearchSays()
    {
        Law law = LawCatalog.Open("joint-2025");
        FitRows rows = Samples.Drawn(law, Samples.JointGrid, Samples.Normal(11, 0.002));
        FitOptions options = new() { Objective = new Objective(ObjectiveKind.LogSquares), Starts = 24 };

        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(law), rows) { Options = options });

        FitCoefficient runaway = fit.Coefficients.First(c => c.Name == "E_max"),
            start = fit.Coefficients.First(c => c.Name == "E_start");
        Assert.True(runaway is { Value: > 1e6, AtBound: true, StandardError: null, High: null, Low: > 20 and < 290.4521 }, $"{runaway}");
        Assert.Contains(new FitWarning.GrowsWithoutEnd("E_max"), fit.Warnings);
        double t = StudentT.InvCDF(0, 1, rows.Count - 11, 0.975);
        double target = fit.Value * (1 + (t * t / (rows.Count - 11)));
        foreach (double end in new[] { start.Low!.Value, start.High!.Value })
        {
            Fit there = LawFitter.Run(new FitRequest(LawForm.Of(law).Hold("E_start", end), rows) { Options = options, Profile = false });
            // Found to 1e-4 of the interval. E_max counts as free here and not in the fit's degrees of freedom, 1 of 110.
            Assert.Equal(target - fit.Value, there.Value - fit.Value, 0.02 * (target - fit.Value));
        }
    }

    [Fact]
    public void Run_OfEqualDirections_SaysWhichTradeOff()
    {
        Law law = LawCatalog.Open("chinchilla-2024");
        Fit fit = LawFitter.Run(
            new FitRequest(
                LawForm.Of(law),
                Samples.Drawn(law, Samples.Grid([1e8, 1e9, 1e10], [1e10, 1e11, 1e12]), Samples.Normal(1, 0.002))
            )
            {
                Options = LeastSquares,
            }
        );
        Assert.Contains(fit.OpenDirections, d => d is OpenDirection.TradeOff { Coefficient: "A", Other: "α", Correlation: > 0.99 and < 1 });
        Assert.NotNull(fit.Condition);
    }

    /// <summary>Powers of x within a factor of 1.3 are nearly one another: all pairs trade off, each is told with its nearest.</summary>
    [Fact]
    public void Run_WhereManyTradeOff_TellsEachWithItsNearest()
    {
        double[] x = [.. Enumerable.Range(0, 20).Select(i => 1 + (0.015 * i))];
        Func<double> noise = Samples.Normal(6, 1e-3);
        FitRows rows = Samples.Rows([("x", x)], [.. x.Select(v => 1 + v + (v * v) + (v * v * v) + noise())]);
        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a + b*x + c*x^2 + d*x^3", "x"), rows) { Options = LeastSquares });

        OpenDirection.TradeOff[] told = [.. fit.OpenDirections.OfType<OpenDirection.TradeOff>()];
        Assert.InRange(told.Length, 2, 3);
        Assert.All(fit.Coefficients, c => Assert.Contains(told, t => t.TradesOff(c.Name)));
    }

    [Fact]
    public void Run_OfCoefficientsThatOnlyAppearTogether_IsUnidentifiable()
    {
        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a + d + b*x", "x"), Line(out _)) { Options = LeastSquares });
        Assert.Equal(FitStatus.Unidentifiable, fit.Status);
        Assert.Null(fit.Condition);
        Assert.Null(fit.Covariance);
        Assert.Contains(new OpenDirection.ChangeTogether(["a", "d"]), fit.Warnings);
        Assert.All(fit.Coefficients.Where(c => c.Name != "b"), c => Assert.Null(c.StandardError));
        // The slope is told all the same: as if there were one intercept.
        Fit one = LawFitter.Run(new FitRequest(Samples.Form("a + b*x", "x"), Line(out _)) { Options = LeastSquares });
        // n − p differs: 27 in place of 28 degrees of freedom.
        Assert.Equal(
            one.Coefficients[1].StandardError!.Value * Math.Sqrt(28.0 / 27),
            fit.Coefficients.First(c => c.Name == "b").StandardError!.Value,
            1e-7
        );
    }

    private static FitRows Line(out double[] y, Func<int, double>? deviation = null)
    {
        Func<double> noise = Samples.Normal(2, 1);
        y = [.. X.Select((v, i) => 3 + (0.8 * v) + ((deviation?.Invoke(i) ?? 0.3) * noise()))];
        return Samples.Rows([("x", X)], y);
    }

    private static (double A, double B, double Squares, double Sxx, double MeanX) Textbook(double[] x, double[] y, double[] w)
    {
        double weight = w.Sum();
        double meanX = x.Zip(w, (v, u) => v * u).Sum() / weight;
        double meanY = y.Zip(w, (v, u) => v * u).Sum() / weight;
        double sxx = x.Zip(w, (v, u) => u * (v - meanX) * (v - meanX)).Sum();
        double sxy = x.Select((v, i) => w[i] * (v - meanX) * (y[i] - meanY)).Sum();
        double b = sxy / sxx;
        double a = meanY - (b * meanX);
        return (a, b, x.Select((v, i) => w[i] * Math.Pow(y[i] - a - (b * v), 2)).Sum(), sxx, meanX);
    }
}
