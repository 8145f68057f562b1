using MoeScale.Formulas;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests.Fitting;

/// <summary>Formulas of which nothing is known but how they are written, as users type them first.</summary>
public class BareFormulaTests
{
    private static readonly Law Chinchilla = LawCatalog.Open("chinchilla-2024");
    private static readonly FitOptions Default = new() { Starts = 32 };
    private static readonly double[] Noises = [0.003, 0.01, 0.03, 0.1];

    private static FitRows Noisy =>
        Samples.Drawn(Chinchilla, Samples.Grid([1e8, 4e8, 2e9, 1e10], [2e9, 1e10, 1e11, 1e12]), Samples.Normal(4, 0.004));

    [Theory]
    [InlineData("E + A*N^-α + B*D^-β")]
    [InlineData("E + A/N^α + B/D^β")]
    [InlineData("A/N^alpha + B/D^beta + L_inf")]
    [InlineData("E + A*(N/1e9)^-α + B*(D/1e9)^-β")]
    [InlineData("exp(e) + exp(a)/N^α + exp(b)/D^β")]
    [InlineData("exp(e) + exp(a - α*ln(N)) + exp(b - β*ln(D))")]
    [InlineData("c + (N/N0)^-x + (D/D0)^-y")]
    public void Run_ChinchillaAsUsersWriteIt_LeadsMostStartsToTheOptimumOfTheLaw(string formula)
    {
        Fit law = LawFitter.Run(new FitRequest(LawForm.Of(Chinchilla), Noisy) { Options = Default, Profile = false });

        Fit fit = LawFitter.Run(new FitRequest(Samples.Form(formula, "N", "D"), Noisy) { Options = Default, Profile = false });

        Assert.Equal(FitStatus.Converged, fit.Status);
        // Both are polished as far as rounding lets them.
        Assert.Equal(law.Value, fit.Value, 1e-9 * law.Value);
        Assert.Equal(32, fit.Starts.Tried);
        // One start in 16 tries the signs that nobody writes, which leads nowhere; some begin with exponents near zero.
        Assert.InRange(fit.Starts.Agreeing, 26, 32);
    }

    [Theory]
    [InlineData("E + A*N^a + B*D^b", 4)]
    [InlineData("((Nc/N)^(aN/aD) + Dc/D)^aD", 2)]
    [InlineData("c + (Nc/N)^x + (Dc/D)^y", 8)]
    [InlineData("L0 + K*(6*N*D)^-γ", 24)]
    [InlineData("exp(a + b*ln(N) + c*ln(D) + d*ln(N)*ln(D))", 32)]
    [InlineData("E + (A*N^-α + B*D^-β)^γ", 2)]
    [InlineData("E + A*exp(-N/s) + B*D^-β", 2)]
    public void Run_OtherForms_FindOneOptimumFromAnySeed(string formula, int agreeing)
    {
        FitRequest request = new(Samples.Form(formula, "N", "D"), Noisy) { Options = Default, Profile = false };
        Fit[] fits = [.. new ulong[] { 1, 2 }.Select(seed => LawFitter.Run(request with { Options = Default with { Seed = seed } }))];
        Assert.All(fits, fit => Assert.Equal(FitStatus.Converged, fit.Status));
        Assert.All(fits, fit => Assert.Equal(fits[0].Value, fit.Value, 1e-9 * fit.Value));
        Assert.All(fits, fit => Assert.InRange(fit.Starts.Agreeing, agreeing, fit.Starts.Tried));
    }

    /// <summary>Repeated data: D/U − 1 is zero where nothing repeats, and R stands in an exponent as well as outside.</summary>
    [Fact]
    public void Run_RepeatedData_FindsHowFastRepeatsWear()
    {
        IReadOnlyList<double[]> points = Samples.Grid([1e8, 1e9, 7e9], [2e9, 2e10, 2e11], [1, 3, 10, 60]);
        double[] unique = [.. points[1].Select((d, i) => d / points[2][i])];
        double[] Loss(double r) =>
            [
                .. points[0]
                    .Select(
                        (n, i) =>
                            1.8
                            + (400 * Math.Pow(n, -0.34))
                            + (1500 * Math.Pow(unique[i] * (1 + (r * (1 - Math.Exp(-(points[2][i] - 1) / r)))), -0.36))
                    ),
            ];
        FitRows rows = Samples.Rows([("N", points[0]), ("D", points[1]), ("U", unique)], Loss(15));

        Fit fit = LawFitter.Run(
            new FitRequest(Samples.Form("E + A*N^-α + B*(U*(1 + R*(1 - exp(-(D/U - 1)/R))))^-β", "N", "D", "U"), rows)
            {
                Options = Default,
                Profile = false,
            }
        );

        Assert.Equal(FitStatus.Converged, fit.Status);
        // Losses have 16 digits, and the problem a condition of some thousands.
        Assert.Equal(15, fit.Value("R"), 1e-6);
        Assert.Equal(0.36, fit.Value("β"), 1e-8);
    }

    /// <summary>Ten rows, five coefficients, much noise: valleys without end, and more than one minimum.</summary>
    [Fact]
    public void Run_SmallTables_AreNotCalledConvergedAtASecondBestMinimumWithoutDoubt()
    {
        for (int table = 0; table < 4; table++)
        {
            FitRows rows = SmallTable(table);
            FitRequest request = new(Samples.Form("E + A*N^-α + B*D^-β", "N", "D"), rows);
            Fit Search(ulong seed) =>
                LawFitter.Run(
                    request with
                    {
                        Options = new FitOptions { Starts = 32, Seed = seed },
                    }
                );
            Fit[] fits = [Search(1), Search(2)];
            double best = fits.Min(f => f.Value);
            foreach (Fit fit in fits)
            {
                // The same minimum: as the search tells them apart.
                bool isLowest = fit.Value <= best * (1 + 1e-6);
                Assert.True(
                    fit.Status != FitStatus.Converged || fit.IsDoubtful || isLowest,
                    $"table {table}: {fit.Value:R}, another seed {best:R}"
                );
                Assert.Equal(fit.IsDoubtful, fit.Warnings.Any(w => w is FitWarning.FewStarts));
            }
        }
    }

    [Fact]
    public void Run_AnyUnit_TellsTheSameGradient()
    {
        FitRows rows = Noisy;
        FitRows scaled = Samples.Rows(
            [("N", [.. rows.Values[0].Select(n => n / 1e9)]), ("D", [.. rows.Values[1].Select(d => d / 1e9)])],
            [.. rows.Observed.Select(o => o * 1e3)]
        );
        foreach (
            (FitRows some, string formula) in new[]
            {
                (rows, "E + A*N^-α + B*D^-β"),
                (scaled, "E + A*N^-α + B*D^-β"),
                (rows, "E + A*N^-α + B*D^-β + C*N^-γ*D^-δ"),
            }
        )
        {
            Fit fit = LawFitter.Run(new FitRequest(Samples.Form(formula, "N", "D"), some) { Options = Default, Profile = false });
            // A cosine of 1e-6 is an angle that no step can make use of; where a coefficient is 1e-30 its own gradient may well be 1e14.
            Assert.True(fit.GradientNorm < 1e-6, $"{formula}: {fit.GradientNorm}");
        }
    }

    [Theory]
    [InlineData("E + A*N^-α + B*D^-α", "α", true)]
    [InlineData("E + A/N^α", "α", true)]
    [InlineData("E + A*N^α", "α", false)]
    [InlineData("E + A*N^-α + B*D^α", "α", false)]
    [InlineData("A*exp(-D/R)", "R", true)]
    [InlineData("U*(1 + R*(1 - exp(-(D/U - 1)/R)))", "R", true)]
    [InlineData("exp(a - α*ln(N))", "α", true)]
    [InlineData("exp(a - α*ln(N))", "a", false)]
    [InlineData("A*(N/N0)^-α", "N0", false)]
    [InlineData("A/exp(N*k)", "k", true)]
    [InlineData("E - A*N", "A", false)]
    public void IsWrittenWithMinus_OfFormulas_IsWhatTheirWritersMean(string formula, string name, bool expected) =>
        Assert.Equal(expected, FormulaShape.IsWrittenWithMinus(Parser.ParseNumber(formula, "test"), Names.Canonical(name)));

    [Theory]
    [InlineData("exp(e) + exp(a)*N^-α", "e a")]
    [InlineData("exp(a - α*ln(N)) + b*D", "a b")]
    [InlineData("a*N + exp(a)", "")]
    [InlineData("exp(a + b)", "a")]
    [InlineData("D^-exp(i)", "")]
    public void LinearSet_LogarithmsOfScales_CountAsTheirScales(string formula, string linear)
    {
        Expression e = Parser.ParseNumber(formula, "test");
        Assert.Equal(
            linear.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            FormulaShape.LinearSet(e, e.FreeNames().Where(n => n is not ("N" or "D")))
        );
    }

    private static FitRows SmallTable(int seed)
    {
        Random random = new(seed);
        Func<double> normal = Samples.Normal(seed, Noises[seed % Noises.Length]);
        double[] n = [.. Enumerable.Range(0, 10).Select(_ => 1e7 * Math.Pow(300, random.NextDouble()))];
        double[] d = [.. Enumerable.Range(0, 10).Select(_ => 1e9 * Math.Pow(100, random.NextDouble()))];
        return Samples.Drawn(Chinchilla, [n, d], normal);
    }
}
