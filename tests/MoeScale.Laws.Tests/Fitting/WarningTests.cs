using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Tests.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests.Fitting;

/// <summary>Each warning is a claim: beside a table of which it is true stands a near one of which it is not.</summary>
public class WarningTests
{
    private static readonly double[] Sizes = [1, 2, 4, 8, 16, 32, 64, 128];

    [Theory]
    [InlineData("D,L,model\n1,16,a\n2,30,a\n2,30,b\n4,66,a\n8,120,a\n", false)]
    [InlineData("D,L,model\n1,16,a\n2,30,a\n2,30,a\n4,66,a\n8,120,a\n", true)]
    [InlineData(",D,L,model\n0,1,16,a\n1,2,30,a\n2,2,30,a\n3,4,66,a\n4,8,120,a\n", true)]
    public void Run_RowsThatRepeat_AreThoseThatAgreeInTheWholeTable(string csv, bool repeats) =>
        Assert.Equal(repeats, Warnings(csv, "a*D^b").Any(w => w is FitWarning.RepeatedRows { Repeated: 1 }));

    [Fact]
    public void Run_ALetterThatHardlyDiffers_IsToldWhereItMovesNothing()
    {
        string years = string.Concat(Sizes.Select((s, i) => $"{1990 + i},{10 * Math.Pow(i + 1, 1.5)}\n"));
        Assert.DoesNotContain(Warnings($"D,L\n{years}", "a*(D-1989)^b"), w => w is FitWarning.HardlyDiffers);
        Func<double> noise = Samples.Normal(3, 0.01);
        string still = string.Concat(Sizes.Select((s, i) => $"{1990000 + (1000 * i)},{3 + noise()}\n"));
        Assert.Contains(Warnings($"D,L\n{still}", "a*D^b"), w => w is FitWarning.HardlyDiffers { Letter: "D" });
    }

    /// <summary>Residuals of 1e-9 are the rounding of the table; one of a hundredth is a run.</summary>
    [Theory]
    [InlineData(1e-8, false)]
    [InlineData(0.02, true)]
    public void Run_AnOutlier_IsOneThatAMeasurementCouldShow(double off, bool isOutlier)
    {
        string rows = string.Concat(
            Sizes.Select((s, i) => $"{s:R},{(2 + (3 * Math.Pow(s, -0.5))) * (1 + (1e-10 * (i % 3)) + (i == 4 ? off : 0)):R}\n")
        );
        Assert.Equal(isOutlier, Warnings($"D,L\n{rows}", "c + a*D^-b").Any(w => w is FitWarning.Outliers { Rows: 1 }));
    }

    /// <summary>A fit of absolute errors meets as many rows as it has coefficients, so that the median of few residuals is none.</summary>
    [Fact]
    public void Run_RowsThatAFitOfAbsoluteErrorsMeets_MakeNoOutliersOfTheOthers()
    {
        Func<double> noise = Samples.Normal(5, 0.01);
        string rows = string.Concat(Enumerable.Range(1, 5).Select(i => $"{i},{(2 + (3 * Math.Pow(i, -0.5))) * Math.Exp(noise()):R}\n"));
        Assert.DoesNotContain(Warnings($"D,L\n{rows}", "c + a*D^-b"), w => w is FitWarning.Outliers);
    }

    [Fact]
    public void Run_AnExactFit_HasConverged()
    {
        string rows = string.Concat(Sizes.Select(s => $"{s:R},{2 * s:R}\n"));
        foreach (
            Objective objective in new[]
            {
                new Objective(),
                new Objective(ObjectiveKind.Squares),
                new Objective(ObjectiveKind.Abs),
                new Objective(ObjectiveKind.LogSquares),
            }
        )
        {
            Assert.Equal(FitStatus.Converged, Fit($"D,L\n{rows}", "a*D^b", objective).Status);
        }
    }

    [Theory]
    [InlineData("c + a*N^-d1", "N,loss,d1", "N=N")]
    [InlineData("c + a*N^-d1", "N,loss,d1", "")]
    [InlineData("a + b*N^-α", "N,loss,a", "")]
    [InlineData("c + b/N^α", "N,loss,b", "")]
    [InlineData("exp(a - α*ln(N))", "N,loss,a", "")]
    [InlineData("c + d1*d2*N^-α", "N,loss,d1", "N=N")]
    public void For_ACoefficientThatIsAColumn_IsRefused(string formula, string header, string map)
    {
        RunTable table = Tables.Read($"{header}\n1,2,3\n");
        UserException e = Assert.Throws<UserException>(() =>
            ColumnMap.Parse(table, map.Length > 0 ? [map] : []).For(Parser.ParseNumber(formula, "test"))
        );
        Assert.Contains("like a coefficient", e.Message, StringComparison.Ordinal);
        string name = header.Split(',')[2];
        Assert.Contains(
            ColumnMap
                .Parse(table, map.Length > 0 ? [map, $"{name}={name}"] : [$"{name}={name}"])
                .For(Parser.ParseNumber(formula, "test"))
                .Letters,
            l => l.Name == name
        );
    }

    [Theory]
    [InlineData("c + a*N^-α + b*D^-β", "N,loss,D", "")]
    [InlineData("c + a*N^-α + b*tokens^-β", "N,loss,tokens", "N=N")]
    [InlineData("a + b*D", "N,loss,D", "")]
    [InlineData("a*exp(-(year - y0)/b) + c", "N,loss,year", "")]
    [InlineData("c + a*2^(-t/h)", "N,loss,t", "")]
    public void For_AColumnWhereVariablesStand_IsAVariable(string formula, string header, string map) =>
        Assert.Contains(
            ColumnMap
                .Parse(Tables.Read($"{header}\n1,2,3\n"), map.Length > 0 ? [map] : [])
                .For(Parser.ParseNumber(formula, "test"))
                .Letters,
            l => l.Name == header.Split(',')[2]
        );

    [Fact]
    public void Check_GranularityWithoutExperts_NeedsNoCount() => Assert.Equal(2, Tables.Read("granularity,loss\n2,3\n4,2\n").RowCount);

    /// <summary>Forty trunks of four runs: half of the variance is the trunk's, or none.</summary>
    [Theory]
    [InlineData(0.5, null, true)]
    [InlineData(0.5, "trunk", false)]
    [InlineData(0, null, false)]
    public void Run_RowsOfOneTrunk_AreToldWithTheColumn(double shared, string? cluster, bool isTold)
    {
        Func<double> noise = Samples.Normal(11, 0.01);
        System.Text.StringBuilder csv = new("N,D,steps,trunk,loss\n");
        for (int trunk = 0; trunk < 40; trunk++)
        {
            double own = Math.Sqrt(shared) * noise();
            for (int run = 0; run < 4; run++)
            {
                double n = 1e8 * Math.Pow(1.1, trunk),
                    d = 1e9 * Math.Pow(3, run);
                double loss =
                    (1.8 + (480 * Math.Pow(n, -0.35)) + (2085 * Math.Pow(d, -0.37))) * Math.Exp(own + (Math.Sqrt(1 - shared) * noise()));
                csv.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"{n:R},{d:R},{d / 1e6:0},t{trunk},{loss:R}");
            }
        }
        RunTable table = Tables.Read(csv.ToString());
        Law law = LawCatalog.Open("chinchilla-2024");
        FitRows rows = FitRows.Take(table, ColumnMap.Parse(table, "N=N", "D=D").For(law));
        Fit fit = LawFitter.Run(
            new FitRequest(LawForm.Of(law), rows)
            {
                Options = new FitOptions { Starts = 8 },
                Cluster = cluster,
                Profile = false,
            }
        );
        FitWarning.AlikeRows[] told = [.. fit.Warnings.OfType<FitWarning.AlikeRows>()];
        Assert.Equal(isTold ? ["trunk"] : [], told.Select(w => w.Column));
        Assert.All(told, w => Assert.Equal(40, w.Groups));
    }

    /// <summary>Fifteen trunks of four runs, half of whose variance the trunk has, are told in six of seven tables.</summary>
    [Theory]
    [InlineData(0.5, 15, 20)]
    [InlineData(0, 0, 1)]
    public void Run_RowsOfFewTrunks_AreToldMostly(double shared, int least, int most)
    {
        Law law = LawCatalog.Open("chinchilla-2024");
        double[] sizes = [.. Enumerable.Range(0, 15).Select(i => 1e8 * Math.Pow(1.4, i))];
        IReadOnlyList<double[]> points = Samples.Grid(sizes, [1e9, 3e9, 9e9, 2.7e10]);
        int told = 0;
        for (int draw = 0; draw < 20; draw++)
        {
            Func<double> noise = Samples.Normal(300 + draw, 0.003);
            Dictionary<double, double> own = sizes.ToDictionary(n => n, _ => Math.Sqrt(shared) * noise());
            double[] errors = [.. points[0].Select(n => own[n] + (Math.Sqrt(1 - shared) * noise()))];
            double[] loss = [.. errors.Select((e, i) => law.Evaluate(points[0][i], points[1][i]) * Math.Exp(e))];
            FitRows rows = Samples.Rows([("N", points[0]), ("D", points[1])], loss);
            Fit fit = LawFitter.Run(
                new FitRequest(LawForm.Of(law), rows)
                {
                    Options = new FitOptions { Starts = 4 },
                    Profile = false,
                }
            );
            told += fit.Warnings.Any(w => w is FitWarning.AlikeRows) ? 1 : 0;
        }
        Assert.InRange(told, least, most);
    }

    private static IReadOnlyList<FitWarning> Warnings(string csv, string formula) => Fit(csv, formula).Warnings;

    private static Fit Fit(string csv, string formula, Objective? objective = null)
    {
        RunTable table = Tables.Read(csv);
        FitColumns columns = ColumnMap.Parse(table, "L=L", "D=D").For(Parser.ParseNumber(formula, "test"));
        return LawFitter.Run(
            new FitRequest(LawForm.Of(Parser.ParseNumber(formula, "test"), ["D"]), FitRows.Take(table, columns))
            {
                Options = new FitOptions { Starts = 32, Objective = objective ?? new Objective() },
            }
        );
    }
}
