using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Fitting;

/// <summary>
/// studies/joint-sample: 40 runs drawn from the published joint law, as its README says. MOESCALE_UPDATE_DOCS=1 writes them again.
/// </summary>
public class SampleRunsTests
{
    // Of ln L: about what two seeds of one run differ by.
    private const double Noise = 0.002;
    private const ulong Seed = 2025;

    private static readonly double[] Sizes = [80e6, 200e6, 500e6, 1.2e9];

    [Fact]
    public void Sample_IsDrawnFromThePublishedLaw()
    {
        string path = Repository.SampleRuns;
        string drawn = Draw();
        if (Environment.GetEnvironmentVariable("MOESCALE_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, drawn);
        }
        Assert.Equal(drawn, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    /// <summary>One sample cannot show that intervals cover as often as they say, but of nine that cover 99.9 % none should miss.</summary>
    [Fact]
    public void Sample_FittedByItsLaw_HasTheTruthInsideItsIntervals()
    {
        Law law = LawCatalog.Open("joint-2025");
        RunTable table = RunTable.Read(Repository.SampleRuns);
        LawForm form = LawForm.Of(law).Hold("E_start", law.CoefficientValues["E_start"]).Hold("E_max", law.CoefficientValues["E_max"]);
        Fit fit = LawFitter.Run(
            new FitRequest(form, FitRows.Take(table, ColumnMap.Parse(table).For(law)))
            {
                Options = new FitOptions { Starts = 64 },
                Level = 0.999,
            }
        );
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.All(fit.Coefficients.Where(c => c.IsFree), c => Assert.InRange(law.CoefficientValues[c.Name], c.Low!.Value, c.High!.Value));
    }

    private static string Draw()
    {
        Law law = LawCatalog.Open("joint-2025");
        StringBuilder csv = new("run,active_params,tokens,experts,loss,source\n");
        ulong place = 0;
        foreach (double experts in new double[] { 1, 2, 4, 8, 16 })
        {
            foreach (double size in Sizes)
            {
                foreach (double tokens in new[] { 10 * size, 60 * size })
                {
                    RandomSequence random = new(Seed, place++);
                    double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                    double loss = law.Evaluate(size, tokens, experts) * Math.Exp(Noise * normal);
                    csv.Append(
                        CultureInfo.InvariantCulture,
                        $"e{experts}-n{Name(size)}-d{Name(tokens)},{size:0},{tokens:0},{experts},{loss:0.0000},drawn from joint-2025\n"
                    );
                }
            }
        }
        return csv.ToString();
    }

    private static string Name(double value) =>
        Quantity.FormatCount(value).Replace(".00", "", StringComparison.Ordinal).Replace(".0", "", StringComparison.Ordinal);
}
