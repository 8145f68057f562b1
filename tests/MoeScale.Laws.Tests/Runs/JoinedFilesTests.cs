using MoeScale.Basics;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests.Runs;

/// <summary>Several files as one table.</summary>
public sealed class JoinedFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string name, string text) => _folder.Write(name, text);

    private static string Refusal(params string[] paths) => Assert.Throws<UserException>(() => RunTable.Read(paths)).Message;

    [Fact]
    public void Read_FilesOfSeveralKinds_AreOneTable()
    {
        string a = Write("a.csv", "run,tokens,loss\nr1,1e9,3\nr2,2B,2.5\n");
        string b = Write("b.jsonl", "\n{\"loss\": 2, \"run\": \"r3\", \"lr\": 0.1}\n");
        string c = _folder.Write("c.json.gz", Tables.Gzip("[{\"tokens\": 4e9,\n\"loss\": 1}]"u8.ToArray()));
        RunTable table = RunTable.Read([a, b, c]);
        Assert.Equal(["run", "tokens", "loss", "lr"], table.Columns.Select(x => x.Name));
        Assert.Equal([3, 2.5, 2, 1], table.Numbers("loss"));
        Assert.Equal([1e9, 2e9, double.NaN, 4e9], table.Numbers("tokens"));
        Assert.Equal(["r1", "r2", "r3", ""], table.Texts("run"));
        Assert.Equal([$"line 2 of {a}", $"line 3 of {a}", $"line 2 of {b}", $"line 1 of {c}"], Enumerable.Range(0, 4).Select(table.Place));
        Assert.Equal($"{a} and 2 more files", table.Path);
        Assert.Equal("a.csv and 2 more files", table.Name);
        Assert.Equal(
            [(a, "lr"), (b, "tokens"), (c, "run,lr")],
            table.Notes.Cast<TableNote.ColumnsLacking>().Select(n => (n.File, string.Join(',', n.Lacks)))
        );
        Assert.Equal($"line 2 of {b}", table.Take([2]).Place(0));
    }

    [Fact]
    public void Take_BadRowOfTheSecondFile_IsToldByIt()
    {
        string a = Write("a.csv", "active_params,tokens,loss\n1,2,3\n");
        string b = Write("b.csv", "tokens,loss,active_params\n2,nan,1\n");
        RunTable table = RunTable.Read([a, b]);
        string refusal = Assert
            .Throws<UserException>(() => FitRows.Take(table, ColumnMap.Parse(table).For(LawCatalog.Open("chinchilla-2024"))))
            .Message;
        Assert.Contains($"line 2 of {b}: loss is missing or NaN", refusal, StringComparison.Ordinal);
        Assert.Empty(table.Notes);
    }

    [Fact]
    public void Read_FileGivenTwice_IsRefused()
    {
        string a = Write("a.csv", "loss\n1\n");
        Assert.Contains("a.csv is given twice: its runs would count twice", Refusal(a, a));
        string other = Path.Combine(_folder.Path, "sub", "..", "a.csv");
        Assert.Contains($"also as {a}", Refusal(a, other));
        Assert.Contains("is given twice", Refusal(_folder.Path, a));
        Assert.Contains("standard input (-) is given twice", Refusal("-", "-"));
    }

    [Fact]
    public void Read_LinkToAFileThatIsGiven_IsRefused()
    {
        string a = Write("a.csv", "loss\n1\n");
        string link = Path.Combine(_folder.Path, "link.csv");
        File.CreateSymbolicLink(link, a);
        Assert.Contains("is given twice", Refusal(a, link));
    }

    [Fact]
    public void Read_RunOfOneNameInTwoFiles_IsTold()
    {
        string a = Write("a.csv", "name,loss\nx,1\ny,2\ny,3\n");
        string b = Write("b.csv", "name,loss\nz,1\nx,4\n");
        TableNote.RunInTwoFiles note = Assert.IsType<TableNote.RunInTwoFiles>(Assert.Single(RunTable.Read([a, b]).Notes));
        Assert.Equal(new TableNote.RunInTwoFiles("name", "x", $"{a}:2", $"{b}:3", 1), note);
    }

    [Fact]
    public void Read_Folder_TakesTablesAndTellsTheRest()
    {
        Write("runs/2.csv", "loss\n2\n");
        Write("runs/1.jsonl", "{\"loss\": 1}\n");
        Write("runs/sub/3.json", "[{\"loss\": 3}]");
        Write("runs/config.json", "{\n\"d_model\": 3\n}");
        Write("runs/readme.txt", "x");
        string folder = Path.Combine(_folder.Path, "runs");
        RunTable table = RunTable.Read(folder);
        Assert.Equal([1, 2, 3], table.Numbers("loss"));
        TableNote.FilesPassedOver note = Assert.IsType<TableNote.FilesPassedOver>(Assert.Single(table.Notes));
        Assert.Equal((folder, 2, Path.Combine(folder, "config.json")), (note.Folder, note.Files, note.First));
        Assert.Equal([1, 2], RunTable.Read(Path.Combine(folder, "[12].*")).Numbers("loss"));
        Write("none/readme.txt", "x");
        Assert.Contains("a folder without a table of runs", Refusal(Path.Combine(_folder.Path, "none")));
        Assert.Contains("no file matches", Refusal(Path.Combine(_folder.Path, "*.csv")));
    }

    [Fact]
    public void Read_ColumnWithoutName_HasItsPlaceInEachFile()
    {
        string a = Write("a.csv", ",loss\n0,1\n");
        string b = Write("b.csv", ",loss\n1,1\n");
        Assert.Equal(["unnamed_1", "loss"], RunTable.Read([a, b]).Columns.Select(c => c.Name));
    }

    [Fact]
    public void Read_EmptyFileAmongOthers_IsNamed()
    {
        string a = Write("a.csv", "loss\n1\n");
        Assert.Contains("b.csv has a header but no row", Refusal(a, Write("b.csv", "loss\n")));
        Assert.Contains("c.csv is empty", Refusal(a, Write("c.csv", "")));
    }

    [Theory]
    [InlineData("[]", "is empty")]
    [InlineData("[{\"a\": 1}", "runs.csv:1: the list is cut short")]
    [InlineData("[{\"a\": 1},\n", "runs.csv:2: the list is cut short")]
    [InlineData("[\n{\"a\": \"}", "runs.csv:2: the list is cut short")]
    [InlineData("[{\"a\": 1}\n{\"a\": 2}]", "runs.csv:2: a comma is missing")]
    [InlineData("[1, 2]", "this is no object in the list")]
    [InlineData("[{\"a\": 1},]", "a comma stands before the end")]
    [InlineData("[{\"a\": 1}] x", "something follows the end of the list")]
    [InlineData("[{\"a\": [1]}]", "'a' holds a list")]
    [InlineData("[{\"a\": 1, \"a\": 2}]", "'a' stands twice")]
    [InlineData("[{\"a\" 1}]", "this is no JSON object")]
    public void Read_WrongList_IsRefused(string text, string expected) =>
        Assert.Contains(expected, Tables.Refusal(text), StringComparison.Ordinal);

    [Fact]
    public void Read_List_HoldsWhatLinesHold()
    {
        RunTable table = Tables.Read("\uFEFF [ {\"a\": NaN, \"b\": \"x\\\"]}{\"} ,\r\n\n{\"b\":null,\"a\":-Infinity}\n]\n");
        Assert.Equal([double.NaN, double.NegativeInfinity], table.Numbers("a"));
        Assert.Equal(["x\"]}{", ""], table.Texts("b"));
        Assert.Equal([1, 3], Enumerable.Range(0, 2).Select(table.Line));
        // Longer than what is read at once, so that objects lie across.
        string rows = string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"{{\"i\": {i}, \"text\": \"run {i}\"}}"));
        RunTable many = Tables.Read($"[{rows}]");
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => (double)i), many.Numbers("i"));
    }
}
