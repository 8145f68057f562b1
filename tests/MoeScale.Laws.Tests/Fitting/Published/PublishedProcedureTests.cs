using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Published;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Tests.Runs;

namespace MoeScale.Laws.Tests.Fitting.Published;

public class PublishedProcedureTests
{
    private static readonly Law Joint = LawCatalog.Open("joint-2025");

    [Fact]
    public void Of_JointLaw_IsThePapersProcedure()
    {
        PublishedProcedure published = Of(Joint, JointRuns(out _));
        FitRequest request = published.Request;

        Assert.Equal(new Objective(ObjectiveKind.LogHuber, 0.01, Reduction.Sum, 1e-5), request.Options.Objective);
        Assert.Equal(19683, request.Options.Grid!.Values.Aggregate(1, (n, g) => n * g.Count));
        Assert.Equal(30, published.HeldOut!.Count);
        Assert.Same(published.HeldOut, request.SelectBy);
        Assert.True(published.HeldOut.Observed.Max() <= request.Rows.Observed.Min());
        // Weights are 1/loss, over their mean; rounding.
        Assert.Equal(1, request.Rows.Weights!.Average(), 1e-12);
        Assert.Equal(request.Rows.Observed[0] / request.Rows.Observed[1], request.Rows.Weights![1] / request.Rows.Weights[0], 1e-12);
        Assert.Empty(published.Held);
    }

    [Fact]
    public void Run_JointLawsOwnLosses_PredictsBetterThanThePapersFitToNoisyOnes()
    {
        FitRows rows = JointRuns(out int count);
        PublishedProcedure published = Of(WithSmallGrid(Joint), rows);
        HeldOutFit result = published.Run();

        Assert.Equal(count - 30, result.Fitted!.Rows);
        Assert.Equal(30, result.HeldOut!.Rows);
        // The ridge of 1e-5 pulls coefficients off, E_max most. The errors that it makes are below those of the paper's fit to its noisy
        // runs.
        Assert.InRange(result.Fitted.Rmse, 1e-4, 0.0062);
        Assert.InRange(result.HeldOut.Rmse, 1e-4, 0.0039);
        Assert.Equal(FitStatus.Converged, result.Fit.Status);
    }

    [Fact]
    public void Run_JointLawWithoutItsRidge_GivesItsCoefficientsBack()
    {
        Law law = WithSmallGrid(Joint);
        law = law with { Procedure = law.Procedure! with { Objective = law.Procedure!.Objective with { Ridge = 0 } } };
        HeldOutFit result = Of(law, JointRuns(out _)).Run();
        foreach (Coefficient c in Joint.Coefficients)
        {
            // Losses are exact to 1e-16 and the condition of the problem is about 1e9.
            Assert.Equal(1, result.Fit.Value(c.Name) / c.Value, 1e-5);
        }
    }

    [Fact]
    public void Of_DenseFineGrainedLaw_HoldsTheFloorOfItsMoeLaw()
    {
        Law law = LawCatalog.Open("fine-grained-2024-dense");
        PublishedProcedure published = Of(law, DenseRuns(law));
        Assert.Equal(["c = 0.47, as in fine-grained-2024"], published.Held);
        Assert.Null(published.Request.SelectBy);
        Assert.Null(published.Request.Rows.Weights);

        HeldOutFit result = published.Run(published.Request with { Options = published.Request.Options with { Starts = 16 } });
        Assert.Equal(LawCatalog.Open("fine-grained-2024").CoefficientValues["c"], result.Fit.Value("c"));
        Assert.False(result.Fit.Coefficients.Single(c => c.Name == "c").IsFree);
        Assert.Null(result.HeldOut);
    }

    [Fact]
    public void Of_UsersOwnHold_StaysBeforeThePapers()
    {
        Law law = LawCatalog.Open("fine-grained-2024-dense");
        FitRows rows = DenseRuns(law);
        PublishedProcedure published = PublishedProcedure.Of(
            law,
            LawForm.Of(law).Hold("c", 0.5),
            ColumnMap.Parse(rows.Table).For(law),
            rows
        );
        Assert.Equal(0.5, published.Request.Form.Coefficients.Single(c => c.Name == "c").Held);
        Assert.Empty(published.Held);
    }

    [Fact]
    public void Of_MappedPrediction_IsWhatTheWeightsRead()
    {
        RunTable table = Tables.Read(
            "active_params,tokens,experts,val_loss\n"
                + string.Concat(
                    Enumerable
                        .Range(0, 50)
                        .Select(i => FormattableString.Invariant($"{1e8 + i},{1e9 + i},{1 + (i % 2)},{2 + (0.01 * i)}\n"))
                )
        );
        FitColumns columns = ColumnMap.Parse(table, "L=val_loss").For(Joint);
        FitRequest request = PublishedProcedure.Of(Joint, null, columns, FitRows.Take(table, columns)).Request;
        Assert.Equal(request.Rows.Observed[0] / request.Rows.Observed[5], request.Rows.Weights![5] / request.Rows.Weights[0], 1e-12);
    }

    [Fact]
    public void Of_FewRows_SaysHowManyAreLeft()
    {
        FitRows rows = JointRuns(out _).Subset([.. Enumerable.Range(0, 40)]);
        Assert.Equal(
            "hold_out of joint-2025 is lowest-loss:30, which leaves 10 of 40 rows to fit, "
                + "and 11 coefficients need at least 12. Give more runs, or fit without 'as_published'.",
            Assert.Throws<UserException>(() => Of(Joint, rows)).Message
        );
    }

    [Theory]
    [InlineData("kaplan-2020", "the file of kaplan-2020 has no section 'fit'")]
    [InlineData("rolling", "has many fits; 'as_published' needs one")]
    [InlineData("weight", "weight of joint-2025: tokens - 1e15 is -")]
    [InlineData("lender", "c is held at its value in step-2025-lr, which has no such coefficient")]
    public void Of_ProcedureThatCannotBeFollowed_SaysWhy(string what, string complaint)
    {
        FitProcedure usual = Joint.Procedure!;
        Law law = what switch
        {
            "rolling" => Joint with { Procedure = usual with { HoldOut = "rolling:tokens" } },
            "weight" => Joint with { Procedure = usual with { Weight = "tokens - 1e15" } },
            "lender" => Joint with { Procedure = usual with { Fix = new Dictionary<string, string> { ["c"] = "step-2025-lr" } } },
            _ => Joint with { Id = what, Procedure = null },
        };
        Assert.Contains(complaint, Assert.Throws<UserException>(() => Of(law, JointRuns(out _))).Message, StringComparison.Ordinal);
    }

    private static PublishedProcedure Of(Law law, FitRows rows) =>
        PublishedProcedure.Of(law, null, ColumnMap.Parse(rows.Table).For(law), rows);

    /// <summary>Of the paper's grid the two values next to the fit for δ, ω, b and c, the nearest one for the others: 16 points.</summary>
    private static Law WithSmallGrid(Law law) =>
        law with
        {
            Procedure = law.Procedure! with
            {
                Starts = law.Procedure!.Starts.ToDictionary(
                    s => s.Key,
                    s =>
                        (IReadOnlyList<double>)(
                            s.Key switch
                            {
                                "δ" => [s.Value[0], s.Value[1]],
                                "ω" or "c" => [s.Value[1], s.Value[2]],
                                "b" => [s.Value[0], s.Value[1]],
                                "a" => [s.Value[0]],
                                _ => [s.Value[1]],
                            }
                        )
                ),
            },
        };

    /// <summary>
    /// The joint law's losses over its paper's runs, where the folder of facts is beside that of data; else over a grid of the same kind.
    /// </summary>
    private static FitRows JointRuns(out int count)
    {
        List<(double N, double D, double E)> runs = PaperRuns() ?? [];
        if (runs.Count == 0)
        {
            foreach (double e in new double[] { 1, 2, 4, 8, 16, 32 })
            {
                foreach (double n in new[] { 79e6, 142e6, 321e6, 709e6, 1.6e9 })
                {
                    runs.AddRange(Enumerable.Range(0, 6).Select(i => (n, 1e9 * Math.Pow(2, i), e)));
                }
            }
        }
        count = runs.Count;
        StringBuilder csv = new("active_params,tokens,experts,loss\n");
        foreach ((double n, double d, double e) in runs)
        {
            csv.AppendLine(FormattableString.Invariant($"{n:R},{d:R},{e:R},{Joint.Evaluate(n, d, e):R}"));
        }
        return SyntheticRuns.Rows(Tables.Read(csv.ToString()), Joint);
    }

    private static List<(double N, double D, double E)>? PaperRuns()
    {
        string? data = Environment.GetEnvironmentVariable("MOESCALE_DATA");
        string path = Path.Combine(string.IsNullOrEmpty(data) ? "." : data, "..", "facts", "joint-runs.csv");
        if (string.IsNullOrEmpty(data) || !File.Exists(path))
        {
            return null;
        }
        string[][] lines = [.. File.ReadAllLines(path).Select(l => l.Split(','))];
        double Number(string[] line, string column) => double.Parse(line[Array.IndexOf(lines[0], column)], CultureInfo.InvariantCulture);
        return [.. lines.Skip(1).Select(l => (Number(l, "active_params"), Number(l, "tokens"), Number(l, "experts")))];
    }

    private static FitRows DenseRuns(Law law)
    {
        StringBuilder csv = new("total_params_nonembedding,tokens,loss\n");
        for (int i = 0; i < 30; i++)
        {
            double n = 3e6 * Math.Pow(2, i % 6),
                d = 16e9 * Math.Pow(1.5, i / 6);
            csv.AppendLine(FormattableString.Invariant($"{n:R},{d:R},{law.Evaluate(n, d):R}"));
        }
        return SyntheticRuns.Rows(Tables.Read(csv.ToString()), law);
    }
}
