using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Fitting.Searching;

/// <summary>Fits to more rows than starts are worth: screened on a part, polished on all.</summary>
public class ManyRowsTests
{
    private static readonly Law Chinchilla = LawCatalog.Open("chinchilla-2024");

    [Theory]
    [InlineData("E + A*N^-α + B*D^-β", ObjectiveKind.LogHuber)]
    [InlineData("exp(e) + exp(a)*N^-α + exp(b)*D^-β", ObjectiveKind.Squares)]
    public void Run_ScreenedOnAPart_ReachesTheMinimumOfAllStartsOnAllRows(string formula, ObjectiveKind kind)
    {
        FitRows rows = Drawn(4200);
        FitProblem problem = new(Samples.Form(formula, "N", "D"), rows.Values, rows.Observed, null, new Objective(kind));
        FitOptions options = new() { Objective = problem.Objective, Starts = 4 };

        Search whole = Fitter.Run(problem, options, many: int.MaxValue);
        Search screened = Fitter.Run(problem, options);

        Assert.True(screened.AtMinimum);
        // Both are polished as far as rounding of a sum over 4,200 rows lets them.
        Assert.Equal(whole.Value, screened.Value, 1e-9 * whole.Value);
        Assert.InRange(screened.Agreeing, 2, screened.Tried);
    }

    [Fact]
    public void Run_AnyNumberOfThreads_GivesTheSameBits()
    {
        FitRows rows = Drawn(4200);
        FitRequest request = new(Samples.Form("E + A*N^-α + B*D^-β", "N", "D"), rows)
        {
            Options = new FitOptions { Starts = 4, Threads = 1 },
            Profile = false,
        };
        Fit one = LawFitter.Run(request);
        Fit three = LawFitter.Run(request with { Options = request.Options with { Threads = 3 } });
        Assert.Equal(one.Coefficients, three.Coefficients);
        Assert.Equal((one.Value, one.Starts, one.GradientNorm), (three.Value, three.Starts, three.GradientNorm));
    }

    [Fact]
    public void RowPart_OfManyRows_SpansEachColumn()
    {
        FitRows rows = Drawn(9000);
        FitProblem problem = new(LawForm.Of(Chinchilla), rows.Values, rows.Observed, null, new Objective());
        int[] part = RowPart.Of(problem);
        Assert.InRange(part.Length, RowPart.Size / 2, RowPart.Size + 6);
        Assert.Equal(part.Order().Distinct(), part);
        foreach (double[] column in (double[][])[.. rows.Values, rows.Observed])
        {
            Assert.Equal(column.Min(), part.Min(r => column[r]));
            Assert.Equal(column.Max(), part.Max(r => column[r]));
        }
    }

    /// <summary>Rows between the corners of a box, evenly in logarithms.</summary>
    private static FitRows Drawn(int count)
    {
        Random random = new(1);
        double[] n = [.. Enumerable.Range(0, count).Select(_ => 4.4e7 * Math.Pow(300, random.NextDouble()))];
        double[] d = [.. Enumerable.Range(0, count).Select(_ => 1e9 * Math.Pow(1000, random.NextDouble()))];
        return Samples.Drawn(Chinchilla, [n, d], Samples.Normal(2, 0.005));
    }
}
