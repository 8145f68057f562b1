using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests.Fitting.HeldOut;

public class LawComparisonTests
{
    private static readonly Law Law = LawCatalog.Open(SyntheticRuns.Chinchilla);
    private static readonly string[] Default = ["N=active_params", "D=tokens", "E=experts"];
    private static readonly RunTable Table = SyntheticRuns.Grid(Law, noise: 0.003, count: 8);

    [Fact]
    public void Run_TrueFormAmongOthers_WinsOnRowsHeldOut()
    {
        LawComparison comparison = LawComparison.Run(
            [Formula("no floor", "A*N^-α + B*D^-β"), Catalog(SyntheticRuns.Chinchilla), Formula("constant", "c + 0*N*D")],
            SyntheticRuns.Quick(),
            HoldOut.Parse("tokens > 3e11")
        );

        Assert.True(comparison.RankedByHeldOut);
        Assert.Empty(comparison.Notes);
        Assert.Equal(64, comparison.Rows);
        Assert.Equal([SyntheticRuns.Chinchilla, "no floor", "constant"], comparison.Laws.Select(l => l.Id));
        Assert.Equal([1, 2, 3], comparison.Laws.Select(l => l.Rank));
        Assert.Equal([5, 4, 1], comparison.Laws.Select(l => l.Coefficients));
        Assert.All(comparison.Laws, l => Assert.Equal((48, 16), (l.Fitted!.Rows, l.HeldOut!.Rows)));
        Assert.Equal(comparison.Laws.Select(l => l.HeldOut!.Rmse).Order(), comparison.Laws.Select(l => l.HeldOut!.Rmse));
    }

    [Fact]
    public void Run_NothingHeldOut_RanksByFittedRowsAndSaysSo()
    {
        LawComparison comparison = LawComparison.Run(
            [Formula("no floor", "A*N^-α + B*D^-β"), Catalog(SyntheticRuns.Chinchilla)],
            SyntheticRuns.Quick()
        );
        Assert.False(comparison.RankedByHeldOut);
        Assert.Equal([SyntheticRuns.Chinchilla, "no floor"], comparison.Laws.Select(l => l.Id));
        Assert.All(comparison.Laws, l => Assert.Null(l.HeldOut));
        Assert.Equal(new ComparisonNote.NothingHeldOut(), Assert.Single(comparison.Notes));
    }

    [Fact]
    public void Criteria_OfALogObjective_AreThoseOfItsResiduals()
    {
        ComparedLaw law = LawComparison.Run([Catalog(SyntheticRuns.Chinchilla)], SyntheticRuns.Quick()).Laws[0];
        Fit fit = law.Fit!;
        double squares = fit.Predict(fit.Rows).Zip(fit.Rows.Observed, (p, o) => Math.Pow(Math.Log(p) - Math.Log(o), 2)).Sum();
        // Five coefficients and the variance; 64 rows. The tolerance is rounding of sums.
        Assert.Equal((64 * Math.Log(squares / 64)) + 12, law.Aic!.Value, 1e-6);
        Assert.Equal((64 * Math.Log(squares / 64)) + (6 * Math.Log(64)), law.Bic!.Value, 1e-6);
    }

    [Fact]
    public void Run_LawThatCannotBeFitted_IsListedWithItsReason()
    {
        LawComparison comparison = LawComparison.Run(
            [Catalog("joint-2025"), Catalog(SyntheticRuns.Chinchilla), Predicting("tokens", "k*N")],
            SyntheticRuns.Quick(),
            HoldOut.Parse("rolling:tokens")
        );

        Assert.Equal([SyntheticRuns.Chinchilla, "joint-2025", "k*N"], comparison.Laws.Select(l => l.Id));
        Assert.Null(comparison.Laws[0].Reason);
        Assert.Null(comparison.Laws[1].Rank);
        NotCompared.Refused refused = Assert.IsType<NotCompared.Refused>(comparison.Laws[1].Reason);
        Assert.Contains("E reads 'experts'", refused.Complaint.Message, StringComparison.Ordinal);
        Assert.Equal(new NotCompared.PredictsOther("tokens", SyntheticRuns.Chinchilla, "loss"), comparison.Laws[2].Reason);
    }

    [Fact]
    public void Run_LawWithMoreCoefficientsThanRows_IsListedWithItsReason()
    {
        RunTable few = SyntheticRuns.Grid(Law, noise: 0.003, count: 2);
        LawComparison comparison = LawComparison.Run(
            [Catalog(SyntheticRuns.Chinchilla, few), Formula("one", "c*N^-0.1", few)],
            SyntheticRuns.Quick()
        );
        Assert.Equal(["one", SyntheticRuns.Chinchilla], comparison.Laws.Select(l => l.Id));
        Assert.Equal(new NotCompared.TooFewRows(5, 4, null), comparison.Laws[1].Reason);
    }

    [Fact]
    public void Run_Rolling_TestsAllLawsOnTheSameFolds()
    {
        // The first group has 8 rows, enough for two coefficients and not for eight.
        LawComparison comparison = LawComparison.Run(
            [Formula("two", "A*N^-α"), Formula("eight", "c + A*N^-α + B*D^-β + g*N^-0.1*D^-0.1 + h*N^-0.2 + k*D^-0.2")],
            SyntheticRuns.Quick(),
            HoldOut.Parse("rolling:tokens:7")
        );
        Assert.All(comparison.Laws, l => Assert.Equal(48, l.HeldOut!.Rows));
        Assert.All(comparison.Laws, l => Assert.True(l.Notes[0] is HeldOutNote.FoldTooSmall { Rows: 8, Needed: 9 }));
    }

    [Fact]
    public void Run_RowsThatOneLawCannotRead_AreLeftOutForAll()
    {
        RunTable table = SyntheticRuns.Grid(Law, noise: 0.003, extra: ("experts", i => i % 6 == 0 ? "" : "1"));
        LawCandidate wide = LawCandidate.Of("wide", () => Read(table, "c + A*N^-α + B*D^-β + 0*E", skipBad: true));
        LawComparison comparison = LawComparison.Run([wide, Catalog(SyntheticRuns.Chinchilla, table)], SyntheticRuns.Quick());
        Assert.Equal(30, comparison.Rows);
        Assert.All(comparison.Laws, l => Assert.Equal(30, l.Fitted!.Rows));
        Assert.Equal(new ComparisonNote.RowsLackValues(6, 36), comparison.Notes[0]);
    }

    [Fact]
    public void Run_HoldOutOfNoRow_IsAnError()
    {
        Assert.Throws<UserException>(() =>
            LawComparison.Run([Catalog(SyntheticRuns.Chinchilla)], SyntheticRuns.Quick(), HoldOut.Parse("tokens > 1e20"))
        );
    }

    private static LawCandidate Catalog(string id, RunTable? table = null) =>
        LawCandidate.Of(
            id,
            () =>
            {
                Law law = LawCatalog.Open(id);
                FitColumns columns = ColumnMap.Parse(table ?? Table).For(law);
                return (LawForm.Of(law), columns, FitRows.Take(table ?? Table, columns));
            }
        );

    private static LawCandidate Formula(string id, string text, RunTable? table = null) =>
        LawCandidate.Of(id, () => Read(table ?? Table, text));

    private static LawCandidate Predicting(string column, string text) =>
        LawCandidate.Of(text, () => Read(Table, text, $"N=active_params,L={column}"));

    private static (LawForm Form, FitColumns Columns, FitRows Rows) Read(
        RunTable table,
        string text,
        string? map = null,
        bool skipBad = false
    )
    {
        Expression formula = Parser.ParseNumber(text, "test");
        string mapped = string.Join(',', Default.Where(m => formula.FreeNames().Contains(m[..1])));
        FitColumns columns = ColumnMap.Parse(table, map ?? mapped).For(formula);
        return (LawForm.Of(formula, [.. columns.Letters.Select(l => l.Name)]), columns, FitRows.Take(table, columns, skipBadRows: skipBad));
    }
}
