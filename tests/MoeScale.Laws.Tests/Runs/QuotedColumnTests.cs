using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

/// <summary>Columns whose names are no names of formulas, and letters in filters.</summary>
public class QuotedColumnTests
{
    private static readonly RunTable Table = Tables.Read(
        "params_b,tokens,val/loss,throughput(tps),run name,N\n1,2e10,2.5,10,a,7\n2,4e10,2.3,20,b,8\n3,8e10,2.1,30,c,9\n"
    );
    private static readonly Law Chinchilla = LawCatalog.Open("chinchilla-2024");

    private static string Refusal(Func<object> action) => Assert.Throws<UserException>(action).Message;

    private static FitColumns Columns(params string[] map) => ColumnMap.Parse(Table, map).For(Chinchilla);

    [Fact]
    public void Map_FormulaOfQuotedColumns_ReadsThem()
    {
        FitColumns columns = Columns("N=params_b*1e9,D=tokens", "L=2*`val/loss`");
        Assert.Equal([5, 4.6, 4.2], FitRows.Take(Table, columns).Observed);
        Assert.Equal("`val/loss`", Columns("N=params_b*1e9,L=`val/loss`").Observed.Source);
        Assert.Equal("val/loss", Columns("N=params_b*1e9,L=val/loss").Observed.Column);
    }

    [Theory]
    [InlineData("`val/loss` < 2.4", new[] { 1, 2 })]
    [InlineData("`run name` = 'b'", new[] { 1 })]
    [InlineData("`throughput(tps)` / 10 = 3", new[] { 2 })]
    public void Where_QuotedColumns_AreColumns(string filter, int[] rows) =>
        Assert.Equal(rows, RunFilter.Parse(filter, "--where").Select(Table));

    [Theory]
    [InlineData("val/loss < 6", "The column 'val/loss' stands in a formula as `val/loss`.")]
    [InlineData("`val/los` < 6", "(did you mean `val/loss`?)")]
    [InlineData("`run name` > 2", "`run name` = 'a'")]
    public void Where_WithoutBackticks_SaysHowItIsWritten(string filter, string expected) =>
        Assert.Contains(expected, Refusal(() => RunFilter.Parse(filter, "--where").Select(Table)), StringComparison.Ordinal);

    [Theory]
    [InlineData("L=val/loss*2", "The column 'val/loss' stands in a formula as `val/loss`.")]
    [InlineData("L=throughput(tps)*2", "The column 'throughput(tps)' stands in a formula as `throughput(tps)`.")]
    public void Map_WithoutBackticks_SaysHowItIsWritten(string map, string expected) =>
        Assert.Contains(expected, Refusal(() => Columns(map)), StringComparison.Ordinal);

    [Fact]
    public void Formula_WithoutBackticks_IsNotAQuotientOfCoefficients()
    {
        const string text = "c + a*val/loss^-b + d*tokens^-e";
        Assert.Contains(
            "Write `val/loss` for the column",
            Refusal(() => ColumnMap.Parse(Table, "L=val/loss").For(Parser.ParseNumber(text, "test"), text)),
            StringComparison.Ordinal
        );
        const string quotient = "c + val / loss*tokens^-e";
        ColumnMap.Parse(Table, "L=val/loss").For(Parser.ParseNumber(quotient, "test"), quotient);
        const string unknown = "c + a*`no/column`^-b";
        Assert.Contains(
            "the formula reads `no/column`",
            Refusal(() => ColumnMap.Parse(Table, "L=val/loss").For(Parser.ParseNumber(unknown, "test"), unknown)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Law_WhoseVariableLacksBackticks_SaysHowItIsWritten()
    {
        Variable letter = new("N", "throughput/val", Parser.ParseNumber("throughput/val", "test"), "");
        RunTable table = Tables.Read("throughput/val,tokens,loss\n1,2,3\n");
        string refusal = Refusal(() => ColumnMap.Parse(table).For(Chinchilla with { Variables = [letter, Chinchilla.Variables[1]] }));
        Assert.Contains("the column 'throughput/val' stands in a formula as `throughput/val`", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_Letters_StandForWhatTheyRead()
    {
        FitColumns columns = Columns("N=params_b*1e9,D=tokens,L=val/loss");
        int[] Rows(string filter) => RunFilter.Parse(filter, "--where").Select(Table, null, columns);
        Assert.Equal([1, 2], Rows("D > 3e10"));
        Assert.Equal([2], Rows("L < 2.2"));
        Assert.Equal([0, 1], Rows("`N` < 9"));
        Assert.Contains("Write `N` for the column, or params_b*1e9 for the letter", Refusal(() => Rows("N > 1e9")));
        FitRows rows = FitRows.Take(Table, columns);
        Assert.Equal([2], HoldOut.Parse("D > 5e10").Splits(rows)[0].HeldOut);
    }

    [Fact]
    public void BestOf_QuotedColumns_AreOneEach()
    {
        RunTable table = Tables.Read("acc,none;tokens;loss\n1;2;3\n1;2;2\n");
        Variable loss = new("L", "loss", Expression.Variable("loss"), "");
        Assert.Equal([1], BestOf.Select(table, "`acc,none`, tokens", loss));
    }

    [Fact]
    public void Rolling_QuotedColumnWithAColon_IsOneColumn()
    {
        FitRows rows = FitRows.Take(Table, Columns("N=params_b*1e9,D=tokens,L=val/loss"));
        Assert.Equal(2, HoldOut.Parse("rolling:`throughput(tps)`:3").Splits(rows).Count);
    }
}
