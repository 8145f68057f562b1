using MoeScale.Formulas;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

/// <summary>The tables that authors released, in the folder that MOESCALE_DATA names.</summary>
public class ReleasedTablesTests
{
    private static readonly Variable Loss = new("L", "loss", Expression.Variable("loss"), "");

    /// <summary>Row counts as the README of that folder gives them.</summary>
    [Theory]
    [InlineData("chinchilla_epoch.csv", 245)]
    [InlineData("routing_final_base.csv", 166)]
    [InlineData("steplaw_moe.csv", 708)]
    [InlineData("steplaw_moe_best.csv", 16)]
    [InlineData("steplaw_dense_best.csv", 17)]
    [InlineData("olmo_ladder.csv", 30)]
    [InlineData("olmo_ladder_targets.csv", 2)]
    [InlineData("sldbench_moe.csv", 221)]
    [InlineData("data_constrained.csv", 182)]
    [InlineData("gadre_overtraining.csv", 104)]
    [InlineData("farseer.csv", 411)]
    public void Read_EachTable_HasItsRows(string file, int rows)
    {
        RunTable table = Open(file);
        Assert.Equal(rows, table.RowCount);
        string[] lines = File.ReadAllLines(table.Path);
        Assert.Equal(lines[0].Split(','), table.Columns.Select(c => c.Name));
        // Every cell against a reader that knows no quotes, which these files do not use.
        for (int row = 0; row < rows; row++)
        {
            string[] cells = lines[table.Line(row) - 1].Split(',');
            for (int i = 0; i < cells.Length; i++)
            {
                RunColumn column = table.Columns[i];
                Assert.True(
                    column.HasTexts ? column.Text(row) == cells[i]
                        : cells[i].Length == 0 ? column.IsEmpty(row)
                        : column.Numbers.Span[row] == Quantity(cells[i]),
                    $"line {table.Line(row)}: {column.Name} is {column.Text(row)}, not {cells[i]}"
                );
            }
        }
    }

    [Fact]
    public void Select_RouterRlr_Gives54Rows()
    {
        RunTable table = Open("routing_final_base.csv");
        Assert.Equal(54, RunFilter.Parse("router = 'RL-R'", "--where").Select(table).Length);
        Assert.Equal(62, RunFilter.Parse("router = 'RL-R' or router = \"Dense\"", "--where").Select(table).Length);
    }

    [Fact]
    public void Select_OutliersOfChinchilla_Leaves240Rows() =>
        Assert.Equal(240, RunFilter.Parse("outlier5 = 0", "--where").Select(Open("chinchilla_epoch.csv")).Length);

    [Fact]
    public void BestOf_StepLawSweep_GivesTheBestTable()
    {
        RunTable sweep = Open("steplaw_moe.csv");
        RunTable best = Open("steplaw_moe_best.csv");
        int[] rows = BestOf.Select(sweep, "params_active,tokens", Loss);
        Assert.Equal(16, rows.Length);
        Assert.Equal(Cells(best, Enumerable.Range(0, best.RowCount)), Cells(sweep, rows));

        static IEnumerable<(double, double, double)> Cells(RunTable table, IEnumerable<int> rows) =>
            rows.Select(r => (table.Numbers("params_active")[r], table.Numbers("tokens")[r], table.Numbers("loss")[r])).Order();
    }

    [Fact]
    public void Take_RoutedRunsForClarksLaw_GivesItsLetters()
    {
        RunTable table = Open("routing_final_base.csv");
        FitColumns columns = ColumnMap.Parse(table, "N=params_active").For(LawCatalog.Open("clark-2022-rlr"));
        FitRows rows = FitRows.Take(table, columns, RunFilter.Parse("router = 'RL-R' or router = 'Dense'", "--where").Select(table));
        Assert.Equal(62, rows.Count);
        Assert.Equal(["N", "E"], rows.Letters);
        Assert.Equal(8, rows.Groups("router", "--by")[0].Rows.Count);
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512], rows.Groups("experts", "--by").Select(g => g.Value!.Value));
    }

    private static double Quantity(string cell) => Basics.Quantity.ParseCount(cell, "cell");

    private static RunTable Open(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("MOESCALE_DATA");
        if (string.IsNullOrEmpty(folder))
        {
            Assert.Skip($"MOESCALE_DATA is not set: it names the folder that holds {name}.");
        }
        return RunTable.Read(Path.Combine(folder!, name));
    }
}
