using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Tests.Fitting;

/// <summary>Losses drawn from published laws give their coefficients back.</summary>
public class RecoveryTests
{
    [Theory]
    [InlineData("joint-2025")]
    [InlineData("fine-grained-2024")]
    [InlineData("fine-grained-2024-e16")]
    [InlineData("fine-grained-2024-dense")]
    public void Run_RunsOfThePaperWithoutNoise_GivesTheCoefficientsBack(string id)
    {
        Law law = LawCatalog.Open(id);
        IReadOnlyList<double[]> points =
            id == "joint-2025"
                ? Samples.Facts("joint-runs.csv", _ => true, "active_params", "tokens", "experts")
                : Samples.Facts(
                    "fine-grained-runs.csv",
                    r => r("experts") == law.Fixed["experts"],
                    [.. law.Variables.Select(v => v.Column)]
                );
        Recover(law, points);
    }

    [Theory]
    [InlineData("chinchilla-2022")]
    [InlineData("kaplan-2020")]
    [InlineData("sardana-2024")]
    public void Run_ADenseLawOnAGrid_GivesTheCoefficientsBack(string id) =>
        Recover(LawCatalog.Open(id), Samples.Grid([1e7, 4e7, 2e8, 1e9, 7e9], [1e9, 5e9, 3e10, 2e11, 1e12]));

    [Fact]
    public void Run_AbnarOnAGrid_GivesTheCoefficientsBack() =>
        Recover(LawCatalog.Open("abnar-2025"), Samples.Grid([1e8, 4e8, 2e9, 1e10], [1e9, 1e10, 1e11], [0.2, 0.5, 0.75, 0.9, 0.98]));

    [Fact]
    public void Run_ARateLaw_GivesTheCoefficientsBack() =>
        Recover(LawCatalog.Open("step-2025-lr"), Samples.Grid([6e7, 2e8, 1e9], [2e9, 1e10, 1e11]));

    private static void Recover(Law law, IReadOnlyList<double[]> points)
    {
        // The hints are moved off, so that the published values are not where the search begins.
        Law moved = law with
        {
            Coefficients = [.. law.Coefficients.Select((c, i) => c with { Value = c.Value * (1.3 - (0.1 * (i % 5))) })],
        };

        Fit fit = LawFitter.Run(
            new FitRequest(LawForm.Of(moved), Samples.Drawn(law, points))
            {
                Options = new FitOptions { Starts = 96 },
                Profile = false,
            }
        );

        Assert.Equal(FitStatus.Converged, fit.Status);
        foreach (Coefficient c in law.Coefficients)
        {
            // Losses have 16 digits; the condition of these problems leaves 6 and more of the coefficients.
            Assert.Equal(c.Value, fit.Value(c.Name), 1e-6 * Math.Abs(c.Value));
        }
    }
}
