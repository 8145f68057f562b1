using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

public class FitRowsTests
{
    private const string Csv =
        "N,D,k,E,loss,w,trunk\n"
        + "1e9,2e10,1,1,2.5,1,b\n"
        + "2e9,,1,8,2.4,2,a\n"
        + "3e9,4e10,1,8,nan,3,a\n"
        + "4e9,5e10,2,8,2.2,4,b\n"
        + "0,5e10,2,8,2.1,0,\n";

    private static readonly RunTable Table = Tables.Read(Csv);

    /// <summary>Letters N, D and S, which is 0 for the dense first row.</summary>
    private static FitColumns Columns(RunTable table) =>
        ColumnMap.Parse(table, "S=(E - k)/E").For(Parser.ParseNumber("c + a*N^-α + b*D^-β + d*S", "--formula"));

    [Fact]
    public void Take_BadRows_AreListedByLineAndRefused()
    {
        Assert.Equal(
            """
            runs.csv: 3 of 5 rows cannot be fitted:
              line 3: D is missing or NaN
              line 4: loss is missing or NaN
              line 6: N is 0, not above zero (where 0 has a meaning, map a formula: 'map: N=N+0')
            Correct them, choose others with 'where', or leave them out with 'skip_bad_rows'.
            """,
            Assert.Throws<UserException>(() => FitRows.Take(Table, Columns(Table))).Message
        );
    }

    [Fact]
    public void Take_SkippingBadRows_CountsThem()
    {
        FitRows rows = FitRows.Take(Table, Columns(Table), weight: "w", skipBadRows: true);
        Assert.Equal(["N", "D", "S"], rows.Letters);
        Assert.Equal([1e9, 4e9], rows.Values[0]);
        Assert.Equal([2e10, 5e10], rows.Values[1]);
        Assert.Equal([0, 0.75], rows.Values[2]); // zero is a value of a formula
        Assert.Equal([2.5, 2.2], rows.Observed);
        Assert.Equal([1, 4], rows.Weights!);
        Assert.Equal([0, 3], rows.TableRows);
        Assert.Equal([2, 5], Enumerable.Range(0, rows.Count).Select(rows.Line));
        Assert.Equal(3, rows.Skipped.Count);
        Assert.Equal([3, 4, 6], rows.Skipped.First.Select(r => r.Line));
    }

    [Theory]
    [InlineData("a,loss\n1,-1\n", "line 2: loss is -1, not above zero\n")]
    [InlineData("a,loss\n1,0\n", "line 2: loss is 0, not above zero\n")]
    [InlineData("a,loss\ninf,1\n", "line 2: a is infinite\n")]
    [InlineData("a,loss\n\"100,000,000\",1\n2,1\n", "line 2: a is '100,000,000', no number (write thousands without commas)\n")]
    [InlineData("a,loss\n\"1,234.5\",1\n2,1\n", "line 2: a is '1,234.5', no number (write thousands without commas)\n")]
    [InlineData("a,loss\n\"2,345\",1\n2,1\n", "line 2: a is '2,345', no number (write a decimal point, or thousands without commas)\n")]
    [InlineData("a,loss\n\"1,5\",1\n2,1\n", "line 2: a is '1,5', no number (write a decimal point, not a comma)\n")]
    [InlineData("a,loss\nx,1\n2,1\n", "line 2: a is 'x', no number\n")]
    public void Take_BadValue_IsNamed(string csv, string expected)
    {
        RunTable table = Tables.Read(csv);
        FitColumns columns = ColumnMap.Parse(table).For(Parser.ParseNumber("c*a", "f"));
        Assert.Contains(expected, Assert.Throws<UserException>(() => FitRows.Take(table, columns)).Message);
    }

    [Fact]
    public void Take_ManyBadRows_ListsTenAndCounts()
    {
        RunTable table = Tables.Read("a,loss\n" + string.Concat(Enumerable.Repeat("-1,1\n", 25)));
        string message = Assert
            .Throws<UserException>(() => FitRows.Take(table, ColumnMap.Parse(table).For(Parser.ParseNumber("c*a", "f"))))
            .Message;
        Assert.Contains("25 of 25 rows", message);
        Assert.Contains("line 11:", message);
        Assert.DoesNotContain("line 12:", message);
        Assert.Contains("and 15 more", message);
    }

    [Theory]
    [InlineData("shared_experts", true)]
    [InlineData("sparsity", true)]
    [InlineData("expert_count", false)]
    [InlineData("tokens", false)]
    public void Take_ZeroInAPlainColumn_IsRefusedUnlessItHasAMeaning(string column, bool accepted)
    {
        RunTable table = Tables.Read($"{column},loss\n0,1\n");
        FitColumns columns = ColumnMap.Parse(table).For(Parser.ParseNumber($"c*{column}", "f"));
        Assert.Equal(accepted, Record.Exception(() => FitRows.Take(table, columns)) is null);
        FitColumns mapped = ColumnMap.Parse(table, $"X={column}+0").For(Parser.ParseNumber("c*X", "f"));
        Assert.Equal([0], FitRows.Take(table, mapped).Values[0]);
    }

    [Fact]
    public void Take_FormulaOutsideItsDomain_IsNamed()
    {
        RunTable table = Tables.Read("a,b,loss\n1,1,1\n1,-1,1\n0,1,2\n");
        FitColumns columns = ColumnMap.Parse(table, "X=sqrt(b)/a").For(Parser.ParseNumber("c*X", "f"));
        string message = Assert.Throws<UserException>(() => FitRows.Take(table, columns)).Message;
        Assert.Contains("line 3: X = sqrt(b)/a is no number", message);
        Assert.Contains("line 4: X = sqrt(b)/a is infinite", message);
    }

    [Fact]
    public void Take_WeightOfAFormula_MustBeAboveZero()
    {
        Assert.Equal([0.4, 1 / 2.2], FitRows.Take(Table, Columns(Table), [0, 3], "1/loss").Weights!);
        Assert.Contains(
            "weight = w-1 is 0, not above zero",
            Assert.Throws<UserException>(() => FitRows.Take(Table, Columns(Table), [0, 3], "w-1")).Message
        );
        Assert.Contains(
            "'weight': runs.csv has no column 'v'",
            Assert.Throws<UserException>(() => FitRows.Take(Table, Columns(Table), [0, 3], "v")).Message
        );
    }

    [Fact]
    public void Take_NoRowLeft_SaysWhy()
    {
        Assert.Contains("of 5 rows none was chosen", Assert.Throws<UserException>(() => FitRows.Take(Table, Columns(Table), [])).Message);
        Assert.Contains(
            "1 were skipped",
            Assert.Throws<UserException>(() => FitRows.Take(Table, Columns(Table), [1], skipBadRows: true)).Message
        );
    }

    [Fact]
    public void Subset_Indices_TakesTheSameOfSomeRows()
    {
        FitRows rows = FitRows.Take(Table, Columns(Table), weight: "w", skipBadRows: true).Subset([1, 0, 1]);
        Assert.Equal([4e9, 1e9, 4e9], rows.Values[0]);
        Assert.Equal([2.2, 2.5, 2.2], rows.Observed);
        Assert.Equal([4, 1, 4], rows.Weights!);
        Assert.Equal([5, 2, 5], Enumerable.Range(0, 3).Select(rows.Line));
        Assert.Equal(3, rows.Skipped.Count);
    }

    [Fact]
    public void Groups_Column_AreInOrderOfValue()
    {
        RunTable table = Tables.Read("by,a,loss\n10,1,1\nx,1,1\n9,1,1\n,1,1\n10,1,1\n");
        FitRows rows = FitRows.Take(table, ColumnMap.Parse(table).For(Parser.ParseNumber("c*a", "f")));
        IReadOnlyList<RowGroup> groups = rows.Groups("by", "--by");
        Assert.Equal(["9", "10", "missing", "x"], groups.Select(g => g.Label));
        Assert.Equal([9, 10, null, null], groups.Select(g => g.Value));
        Assert.Equal(
            [
                [2],
                [0, 4],
                [3],
                [1],
            ],
            groups.Select(g => g.Rows)
        );
        Assert.Contains(
            "--cluster: runs.csv has no column 'trunk'",
            Assert.Throws<UserException>(() => rows.Groups("trunk", "--cluster")).Message
        );
        Assert.Equal(["10"], rows.Subset([4, 0]).Groups("by", "--by").Select(g => g.Label));
    }

    [Fact]
    public void Where_Filter_GivesIndicesOfRows()
    {
        FitRows rows = FitRows.Take(Table, Columns(Table), [3, 0]);
        Assert.Equal([0], rows.Where(RunFilter.Parse("D > 3e10", "--hold-out")));
    }

    [Fact]
    public void Take_FormulaOfFunctions_HasTheSameBitsWhereverARowStands()
    {
        string[] lines = [.. Enumerable.Range(1, 300).Select(i => $"{i}.7,1\n")];
        double[] Logarithms(string rows)
        {
            RunTable table = Tables.Read("a,loss\n" + rows);
            return FitRows.Take(table, ColumnMap.Parse(table, "X=ln(a)^1.3").For(Parser.ParseNumber("c*X", "f"))).Values[0];
        }
        Assert.Equal(Logarithms(string.Concat(lines)), lines.Select(l => Logarithms(l)[0]));
    }

    [Fact]
    public void Digest_Numbers_DependsOnEachAndOnNothingElse()
    {
        FitRows rows = FitRows.Take(Table, Columns(Table), [0, 3], "w");
        // sha256 of the little-endian doubles 3, 2, N 1e9 4e9, D 2e10 5e10, S 0 0.75, L 2.5 2.2, weights 1 4, by Python's hashlib.
        Assert.Equal("ac50540961f5102c9891e6a06d8d80b4f4af8e09e024d16976712f46a91c8c4b", rows.Digest);
        RunTable other = Tables.Read(
            Csv.Replace(",trunk", ",trunk2", StringComparison.Ordinal).Replace("1e9", "1000000000.0", StringComparison.Ordinal)
        );
        Assert.Equal(rows.Digest, FitRows.Take(other, Columns(other), [0, 3], "w").Digest);
        Assert.NotEqual(rows.Digest, FitRows.Take(Table, Columns(Table), [0, 3]).Digest);
        Assert.NotEqual(rows.Digest, rows.Subset([1, 0]).Digest);
        Assert.NotEqual(rows.Digest, rows.Subset([0]).Digest);
    }
}
