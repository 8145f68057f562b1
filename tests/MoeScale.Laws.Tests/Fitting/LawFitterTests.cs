using MoeScale.Basics;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests.Fitting;

/// <summary>What a fit does with choices, with data that do not support it, and with interruptions.</summary>
public class LawFitterTests
{
    private static readonly Law Chinchilla = LawCatalog.Open("chinchilla-2024");
    private static readonly IReadOnlyList<double[]> Points = Samples.Grid([1e8, 4e8, 2e9, 1e10], [2e9, 1e10, 1e11, 1e12]);
    private static readonly FitOptions Few = new() { Starts = 32 };

    private static FitRows Noisy => Samples.Drawn(Chinchilla, Points, Samples.Normal(4, 0.004));

    [Fact]
    public void Run_AnyNumberOfThreads_GivesTheSameBits()
    {
        FitRequest request = new(LawForm.Of(Chinchilla), Noisy) { Options = Few with { Starts = 50 }, Bootstrap = 30 };
        Fit one = LawFitter.Run(request with { Options = request.Options with { Threads = 1 } });
        foreach (int threads in new[] { 2, 3, 5 })
        {
            Fit several = LawFitter.Run(request with { Options = request.Options with { Threads = threads } });
            Assert.Equal(one.Coefficients, several.Coefficients);
            Assert.Equal(one.Value, several.Value);
            Assert.Equal(one.Starts, several.Starts);
            Assert.Equal(one.GradientNorm, several.GradientNorm);
            for (int i = 0; i < 30; i++)
            {
                Assert.Equal(one.Sample![i].ToArray(), several.Sample![i].ToArray());
            }
        }
        Fit other = LawFitter.Run(request with { Options = request.Options with { Seed = 2 } });
        Assert.NotEqual(one.Sample![0].ToArray(), other.Sample![0].ToArray());
    }

    [Fact]
    public void Run_WithAHeldCoefficient_LeavesItAndFitsTheOthers()
    {
        Fit free = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), Noisy) { Options = Few });
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla).Hold("E", 1.7), Noisy) { Options = Few });
        Assert.Equal(new FitCoefficient("E", 1.7, false, false, null, null, null), fit.Coefficients[0]);
        Assert.True(fit.Value > free.Value);
        // At the held value's own optimum: the profile of the free fit at 1.7.
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.Equal(0, fit.Covariance![0][1]);
    }

    [Fact]
    public void Run_WithAHeldCoefficientAtItsBestValue_ChangesNothing()
    {
        Fit free = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), Noisy) { Options = Few });
        Fit held = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla).Hold("E", free.Value("E")), Noisy) { Options = Few });
        // Objectives at a minimum agree to rounding.
        Assert.Equal(free.Value, held.Value, 1e-12 * free.Value);
        Assert.Equal(free.Value("A"), held.Value("A"), 1e-5 * free.Value("A"));
    }

    [Fact]
    public void Run_WithTiedExponents_GivesThemOneValueAndOneError()
    {
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla).Tie("beta", "alpha"), Noisy) { Options = Few });
        Assert.Equal(fit.Value("α"), fit.Value("β"));
        FitCoefficient tied = fit.Coefficients.First(c => c.Name == "β");
        Assert.False(tied.IsFree);
        Assert.Equal(fit.Coefficients.First(c => c.Name == "α").StandardError, tied.StandardError);
        Assert.Equal(fit.Covariance![2][2], fit.Covariance[2][4]);
    }

    [Fact]
    public void Run_WithWholeWeights_EqualsRepeatedRows()
    {
        FitRows rows = Noisy;
        double[] weights = [.. rows.Observed.Select((_, i) => 1.0 + (i % 3))];
        FitProblem weighted = new(LawForm.Of(Chinchilla), rows.Values, rows.Observed, weights, new Objective());
        FitRows repeated = rows.Subset([.. Enumerable.Range(0, rows.Count).SelectMany(i => Enumerable.Repeat(i, 1 + (i % 3)))]);
        FitProblem counted = new(LawForm.Of(Chinchilla), repeated.Values, repeated.Observed, null, new Objective());
        Search a = Fitter.Run(weighted, Few),
            b = Fitter.Run(counted, Few);
        Assert.Equal(b.Value, a.Value, 1e-12 * b.Value);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(b.Coefficients[i], a.Coefficients[i], 1e-6 * Math.Abs(b.Coefficients[i]));
        }
    }

    [Fact]
    public void Run_WithBoundsOfTheLawFile_StopsAtThem()
    {
        Law bounded = Chinchilla with
        {
            Coefficients = [.. Chinchilla.Coefficients.Select(c => c.Name == "E" ? c with { Value = 2, Low = 1.9, High = 2.5 } : c)],
        };
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(bounded), Noisy) { Options = Few });
        Assert.True(fit.Coefficients[0] is { Value: 1.9, AtBound: true });
        Assert.Contains(fit.Warnings, w => w == new FitWarning.AtBound("E", 1.9));
    }

    [Fact]
    public void Run_FewerRowsThanCoefficientsPlusOne_IsRefused()
    {
        string message = Assert
            .Throws<UserException>(() => LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), Noisy.Subset([0, 1, 2, 3, 4]))))
            .Message;
        Assert.Equal(
            "5 rows cannot fix 5 coefficients (E, A, α, B, β); at least 6 are needed. Give more runs, or hold some with 'fix'.",
            message
        );
    }

    [Fact]
    public void Run_AllHeld_IsRefused() =>
        Assert.Contains(
            "nothing is left to fit",
            Assert
                .Throws<UserException>(() =>
                    LawFitter.Run(new FitRequest(Samples.Form("a*x", "x").Hold("a", 1), Samples.Rows([("x", [1, 2, 3])], [1, 2, 3])))
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Run_TokensProportionalToParameters_SaysThatTheyCannotBeToldApart()
    {
        double[] n = [.. Enumerable.Range(0, 12).Select(i => 1e8 * Math.Pow(1.5, i))];
        Fit fit = LawFitter.Run(
            new FitRequest(LawForm.Of(Chinchilla), Samples.Drawn(Chinchilla, [n, [.. n.Select(v => 20 * v)]], Samples.Normal(1, 1e-3)))
            {
                Options = Few,
            }
        );
        Assert.Contains(fit.Warnings, w => w is FitWarning.RiseTogether { Letter: "N", Other: "D", Correlation: > 0.999 });
    }

    [Fact]
    public void Run_OneExpansionRateForALawOfIt_SaysThatNothingIsLearntOfIt()
    {
        Law joint = LawCatalog.Open("joint-2025");
        Fit fit = LawFitter.Run(
            new FitRequest(
                LawForm.Of(joint),
                Samples.Drawn(joint, Samples.Grid([1e8, 1e9, 3e9], [1e9, 1e10, 1e11], [8, 8]), Samples.Normal(1, 1e-3))
            )
            {
                Options = Few,
            }
        );
        Assert.Contains(fit.Warnings, w => w == new FitWarning.OneValue("E", 8));
        Assert.NotEqual(FitStatus.Converged, fit.Status);
    }

    /// <summary>
    /// k·N^p where N hardly differs: ln k and p make up for each other until ln k meets the end of the search, which is no optimum.
    /// </summary>
    [Fact]
    public void Run_APowerOfWhatHardlyDiffers_IsNotCalledConverged()
    {
        Law law = LawCatalog.Open("step-2025-lr");
        double[] n = [.. Enumerable.Range(0, 16).Select(i => 2.15e9 * (1 + (0.0002 * (i % 4))))];
        double[] d = [.. Enumerable.Range(0, 16).Select(i => 2e9 * Math.Pow(2, i / 4))];
        Func<double> noise = Samples.Normal(3, 0.2);
        FitRows rows = Samples.Rows(
            [("N", n), ("D", d)],
            [.. n.Zip(d, (a, b) => law.Evaluate(a, b) * Math.Exp(noise() + (2000 * (1 - (a / 2.15e9)))))]
        );
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(law), rows) { Options = Few });
        Assert.Equal(FitStatus.Unidentifiable, fit.Status);
        Assert.Contains(fit.Warnings, w => w is FitWarning.HardlyDiffers { Letter: "N", Percent: > 0.0599 and < 0.0601 });
        Assert.Contains(fit.Warnings, w => w is OpenDirection.RanToTheEnd);
    }

    [Fact]
    public void Run_OnlySmallModels_SaysThatTheOptimumIsAtTheEdge()
    {
        IReadOnlyList<double[]> small = Samples.Grid([1e7, 2e7, 5e7, 1e8], [1e11, 3e11, 1e12]);
        Fit fit = LawFitter.Run(
            new FitRequest(LawForm.Of(Chinchilla), Samples.Drawn(Chinchilla, small, Samples.Normal(1, 1e-3))) { Options = Few }
        );
        Assert.Contains(new FitWarning.AllTooSmall(), fit.Warnings);
        Assert.DoesNotContain(
            LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), Noisy) { Options = Few }).Warnings,
            w => w is FitWarning.AllTooSmall or FitWarning.AllTooLarge
        );
    }

    [Fact]
    public void Run_ATermThatTheDataDoNotNeed_SaysThatItVanishes()
    {
        // The losses do not depend on D at all.
        FitRows rows = Samples.Rows([("N", Points[0]), ("D", Points[1])], [.. Points[0].Select(n => 1.8 + (400 * Math.Pow(n, -0.34)))]);
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), rows) { Options = Few });
        Assert.NotEqual(FitStatus.Converged, fit.Status);
        Assert.NotEmpty(fit.OpenDirections);
    }

    [Fact]
    public void Run_WithADivergedRun_NamesItsLine()
    {
        FitRows rows = Noisy;
        double[] losses = [.. rows.Observed];
        losses[6] = 11;
        Fit fit = LawFitter.Run(
            new FitRequest(LawForm.Of(Chinchilla), Samples.Rows([("N", rows.Values[0]), ("D", rows.Values[1])], losses)) { Options = Few }
        );
        Assert.Contains(new FitWarning.Outliers(1, 8, 10), fit.Warnings);
        Assert.DoesNotContain(
            LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), Noisy) { Options = Few }).Warnings,
            w => w is FitWarning.Outliers
        );
    }

    /// <summary>Least squares see a rising line, because of outliers; most rows fall. The sign is not least squares' to choose.</summary>
    [Fact]
    public void Run_WhereOutliersTurnLeastSquares_FindsTheOtherSign()
    {
        double[] x = [.. Enumerable.Range(0, 40).Select(i => i / 4.0)];
        Func<double> noise = Samples.Normal(8, 0.01);
        double[] y = [.. x.Select((v, i) => 10 - (0.1 * v) + noise() + (i >= 35 ? 8 : 0))];
        FitRows rows = Samples.Rows([("x", x)], y);
        FitOptions robust = Few with { Objective = new Objective(ObjectiveKind.Huber, 0.01) };
        Assert.True(
            LawFitter
                .Run(new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = Few with { Objective = Samples.Squares } })
                .Value("b") > 0
        );

        Fit fit = LawFitter.Run(new FitRequest(Samples.Form("a + b*x", "x"), rows) { Options = robust });

        Assert.Equal(FitStatus.Converged, fit.Status);
        // 35 rows of errors 0.01 over a span of 9 give a slope to about 0.001.
        Assert.Equal(-0.1, fit.Value("b"), 0.004);
    }

    /// <summary>
    /// The squares of 1/(1 + (x − a)²) have a maximum at a = 0 between two minima: where all starts are one, it must not be called a fit.
    /// </summary>
    [Fact]
    public void Run_FromAMaximum_LeavesIt()
    {
        double[] x = [-3, -3, 3, 3, -2.5, 2.5];
        FitRows rows = Samples.Rows([("x", x)], [1, 1, 1, 1, 0.9, 0.9]);
        Law law = LawFile.Parse(
            YamlMap.Parse(
                "id: peak\npredicts: loss\nformula: 1/(1 + (x - a)^2)\nvariables: { x: tokens }\ncoefficients: { a: 0 }\n",
                "test"
            )
        );
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(law), rows) { Options = Few with { Objective = Samples.Squares } });
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.True(Math.Abs(fit.Value("a")) > 1, $"{fit.Value("a")}");
        double lowest = Enumerable
            .Range(-500, 1001)
            .Min(i => x.Zip(rows.Observed, (v, o) => Math.Pow((1 / (1 + Math.Pow(v - (i / 100.0), 2))) - o, 2)).Sum());
        Assert.True(fit.Value <= lowest, $"{fit.Value} > {lowest}");
    }

    /// <summary>
    /// The least absolute errors of a straight line pass through two of the points; by brute force over all pairs, in any unit.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1e-7)]
    [InlineData(1e9)]
    public void Run_AbsoluteErrors_AreThoseOfTheBestPair(double unit)
    {
        double[] x = [.. Enumerable.Range(0, 15).Select(i => i + 1.0)];
        Func<double> noise = Samples.Normal(6, 0.5);
        double[] y = [.. x.Select(v => unit * (4 + (0.7 * v) + noise()))];
        double best = double.PositiveInfinity;
        for (int i = 0; i < 15; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double b = (y[i] - y[j]) / (x[i] - x[j]);
                best = Math.Min(best, x.Select((v, k) => Math.Abs(y[k] - y[i] - (b * (v - x[i])))).Sum());
            }
        }
        Fit fit = LawFitter.Run(
            new FitRequest(Samples.Form("a + b*x", "x"), Samples.Rows([("x", x)], y))
            {
                Options = Few with { Objective = new Objective(ObjectiveKind.Abs) },
                Profile = false,
            }
        );
        // The corner is rounded off to a millionth of the mean distance from the best constant, about 0.2 of this sum, at two points.
        Assert.InRange(fit.Value, best * (1 - 1e-12), best * (1 + 2e-6));
    }

    [Fact]
    public void Run_WithoutAnyValue_IsAResult()
    {
        Fit fit = LawFitter.Run(
            new FitRequest(Samples.Form("a + b*ln(x - 10)", "x"), Samples.Rows([("x", [1, 2, 3, 4])], [1, 2, 3, 4])) { Options = Few }
        );
        Assert.Equal(FitStatus.NoValue, fit.Status);
        Assert.False(fit.HasValue);
    }

    [Fact]
    public void Run_Cancelled_IsTheBestSoFarAndSaysSo()
    {
        using CancellationTokenSource source = new();
        int told = 0;
        FitOptions options = new()
        {
            Starts = 100_000,
            Threads = 1,
            Cancel = source.Token,
            Progress = _ =>
            {
                if (++told == 3)
                {
                    source.Cancel();
                }
            },
        };
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), Noisy) { Options = options });
        Assert.Equal(FitStatus.Interrupted, fit.Status);
        Assert.True(fit.HasValue);
        Assert.Contains(new FitWarning.Interrupted(), fit.Warnings);
    }

    [Theory]
    [InlineData("a", -1, "cannot be held at -1")]
    [InlineData("nonsense", 1, "is no coefficient of the formula")]
    public void Hold_WhatCannotBe_IsRefused(string name, double value, string reason) =>
        Assert.Contains(
            reason,
            Assert.Throws<UserException>(() => LawForm.Of(LawCatalog.Open("fine-grained-2024")).Hold(name, value)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Tie_OfABoundedCoefficient_KeepsTheBoundsOfBoth()
    {
        Law bounded = Chinchilla with
        {
            Coefficients = [.. Chinchilla.Coefficients.Select(c => c.Name == "β" ? c with { Value = 0.42, Low = 0.4, High = 0.5 } : c)],
        };
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(bounded).Tie("β", "α"), Noisy) { Options = Few });
        Assert.Equal(0.4, fit.Value("β"));
        Assert.True(fit.Coefficients.First(c => c.Name == "α") is { Value: 0.4, AtBound: true });
        Law apart = bounded with
        {
            Coefficients = [.. bounded.Coefficients.Select(c => c.Name == "α" ? c with { Value = 0.2, High = 0.3 } : c)],
        };
        Assert.Contains(
            "no value lies within the bounds of both",
            Assert.Throws<UserException>(() => LawForm.Of(apart).Tie("β", "α")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Tie_OfAHeldCoefficient_IsRefused()
    {
        LawForm form = LawForm.Of(Chinchilla);
        Assert.Contains(
            "cannot be held and follow",
            Assert.Throws<UserException>(() => form.Hold("α", 0.3).Tie("α", "β")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "cannot be held and follow",
            Assert.Throws<UserException>(() => form.Tie("α", "β").Hold("α", 0.3)).Message,
            StringComparison.Ordinal
        );
        // The leader may be held: both are.
        Fit fit = LawFitter.Run(new FitRequest(form.Hold("α", 0.3).Tie("β", "α"), Noisy) { Options = Few });
        Assert.Equal((0.3, 0.3), (fit.Value("α"), fit.Value("β")));
    }

    /// <summary>A mean with a ridge of λ is the sum with λ·n, divided by n: one optimum, and one standard error.</summary>
    [Fact]
    public void Run_AMeanWithARidge_HasTheErrorsOfTheSum()
    {
        FitRows rows = Noisy;
        FitOptions With(Reduction reduce, double ridge) =>
            Few with
            {
                Objective = new Objective(ObjectiveKind.LogSquares, Reduce: reduce, Ridge: ridge),
            };
        Fit mean = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), rows) { Options = With(Reduction.Mean, 1e-7) });
        Fit sum = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), rows) { Options = With(Reduction.Sum, 1e-7 * rows.Count) });
        foreach ((FitCoefficient a, FitCoefficient b) in mean.Coefficients.Zip(sum.Coefficients))
        {
            // Two searches end within √(1e-13) of the same optimum.
            Assert.Equal(b.Value, a.Value, 1e-5 * Math.Abs(b.Value));
            Assert.Equal(b.StandardError!.Value, a.StandardError!.Value, 1e-4 * b.StandardError.Value);
            Assert.Equal(b.Low!.Value, a.Low!.Value, 1e-3 * Math.Abs(b.Value));
        }
    }

    [Fact]
    public void Run_CancelledInItsProfiles_IsUnfinished()
    {
        using CancellationTokenSource source = new();
        // The search is the first half of the work.
        FitOptions options = Few with
        {
            Threads = 1,
            Cancel = source.Token,
            Progress = done =>
            {
                if (done > 0.5)
                {
                    source.Cancel();
                }
            },
        };
        Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), Noisy) { Options = options });
        Assert.Equal(FitStatus.Interrupted, fit.Status);
        Assert.Equal(IntervalSource.Curvature, fit.IntervalsFrom);
        Assert.All(fit.Coefficients, c => Assert.NotNull(c.Low));
    }

    [Fact]
    public void Tie_InCircles_IsRefused()
    {
        LawForm form = Samples.Form("a*x + b + c", "x");
        Assert.Throws<UserException>(() => form.Tie("a", "a"));
        Assert.Throws<UserException>(() => form.Tie("a", "b").Tie("b", "c"));
        Assert.Throws<UserException>(() => form.Tie("a", "b").Tie("c", "a"));
    }
}
