using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

public class BestOfTests
{
    private static readonly Variable Loss = new("L", "loss", Expression.Variable("loss"), "");

    [Fact]
    public void Select_Cells_KeepsTheLowestInOrder()
    {
        RunTable table = Tables.Read("n,d,loss\n1,1,3\n2,1,5\n1,1,2\n1,2,4\n2,1,5\n1,1,2\n");
        Assert.Equal([1, 2, 3], BestOf.Select(table, "n, d", Loss)); // rows 2 and 5 tie, as do 1 and 4: the first stays
        Assert.Equal([1, 2], BestOf.Select(table, "n", Loss));
        Assert.Equal([5, 4], BestOf.Select(table, "n", Loss, [5, 4, 3, 2]));
    }

    [Fact]
    public void Select_TextsAndLongNames_AreCellsOfTheirOwn()
    {
        RunTable table = Tables.Read("trunk,loss\n007,3\n7,2\n12345678901234567890,1\n12345678901234567891,1\n");
        Assert.Equal([0, 1, 2, 3], BestOf.Select(table, "trunk", Loss));
    }

    [Fact]
    public void Select_LossesThatAreNone_LoseAgainstAnyOther()
    {
        RunTable table = Tables.Read("n,loss\n1,nan\n1,0\n1,11\n1,-1\n2,\n2,inf\n");
        Assert.Equal([2, 4], BestOf.Select(table, "n", Loss)); // a cell without any keeps its first row, to be refused as bad
    }

    [Fact]
    public void Select_UnknownColumn_ShowsTheHeader() =>
        Assert.Contains(
            "'best_of': runs.csv has no column 'x'. Its columns: n, loss.",
            Assert.Throws<UserException>(() => BestOf.Select(Tables.Read("n,loss\n1,1\n"), "n,x", Loss)).Message
        );
}
