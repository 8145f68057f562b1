using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

public class RunTableTests
{
    private const string Csv = "router,tokens,loss\nRL-R,130B,2.5\n,2e10,\nHash,3,nan\n";

    [Fact]
    public void Read_Csv_KnowsColumnsRowsAndLines()
    {
        RunTable table = Tables.Read(Csv);
        Assert.Equal("runs.csv", table.Path);
        Assert.Equal(["router", "tokens", "loss"], table.Columns.Select(c => c.Name));
        Assert.Equal(3, table.RowCount);
        Assert.Equal([2, 3, 4], Enumerable.Range(0, 3).Select(table.Line));
        Assert.Equal([130e9, 2e10, 3], table.Numbers("tokens"));
        Assert.Equal([2.5, double.NaN, double.NaN], table.Numbers("loss"));
        Assert.Equal(["RL-R", "", "Hash"], table.Texts("router"));
        Assert.Equal(["130000000000", "20000000000", "3"], table.Texts("tokens"));
    }

    [Fact]
    public void Read_Csv_TellsNumbersFromTexts()
    {
        RunTable table = Tables.Read("router,size,loss,empty,none\nRL-R,190M,2.5,,None\nHash,7B-4T,,,None\n");
        Assert.Equal([false, true, true, true, true], table.Columns.Select(c => c.HasNumbers));
        Assert.Equal([true, true, false, false, true], table.Columns.Select(c => c.HasTexts));
        Assert.Equal(["190M", "7B-4T"], table.Texts("size")); // as written, though the first alone is a number
        Assert.Equal([190e6, double.NaN], table.Numbers("size"));
    }

    [Theory]
    [InlineData("a;b\n1;2\n")]
    [InlineData("a\tb\n1\t2\n")]
    [InlineData("a,b\r\n1,2\r\n")]
    [InlineData("a,b\n1,2")]
    [InlineData("\uFEFFa,b\n1,2\n")]
    [InlineData("\n\na,b\n\n1,2\n\n")]
    [InlineData("\"a\",\"b\"\n\"1\",\"2\"\n")]
    [InlineData(" a , b \n 1 , \"2\" \n")]
    [InlineData("{\"a\": 1, \"b\": 2}\n")]
    [InlineData("\uFEFF{\"b\": \"2\", \"a\": 1}")]
    [InlineData("\n{\"\\u0061\": 1.0e0, \"b\": 2}\r\n\n")]
    public void Read_FormsOfOneTable_AreTheSame(string text)
    {
        foreach (byte[] bytes in new[] { Encoding.UTF8.GetBytes(text), Tables.Gzip(Encoding.UTF8.GetBytes(text)) })
        {
            RunTable table = Tables.Read(bytes);
            Assert.Equal(1, table.RowCount);
            Assert.Equal([1], table.Numbers("a"));
            Assert.Equal([2], table.Numbers("b"));
        }
    }

    [Fact]
    public void Read_QuotedCells_FollowRfc4180()
    {
        RunTable table = Tables.Read("note,loss\n\"a, \"\"b\"\"\nc\",1\nd,2\n");
        Assert.Equal(["a, \"b\"\nc", "d"], table.Texts("note"));
        Assert.Equal([2, 4], Enumerable.Range(0, 2).Select(table.Line)); // where a row starts
    }

    [Fact]
    public void Read_SemicolonsWithDecimalCommas_LeavesTexts() => Assert.False(Tables.Read("a;b\n1,5;2,5\n").Find("a")!.HasNumbers);

    [Fact]
    public void Read_FrameIndexWithoutName_IsNamedByItsPlace() =>
        Assert.Equal(["unnamed_1", "loss"], Tables.Read(",loss\n0,2.5\n").Columns.Select(c => c.Name));

    [Fact]
    public void Read_NumbersNotFinite_AreKeptAsSuch() =>
        Assert.Equal(
            [double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.PositiveInfinity, double.NaN],
            Tables.Read("x,y\ninf,1\n-Infinity,1\nNaN,1\n1e999,1\nnull,1\n").Numbers("x")
        );

    [Fact]
    public void Read_NumbersOfAnyForm_KeepTheirBitsAndTheirText()
    {
        Random random = new(3);
        string[] cells =
        [
            "0",
            "-0",
            "00",
            "0.0",
            "1.0",
            "1.",
            ".5",
            "-.5",
            "-",
            "+1",
            "1e3",
            "0.0001",
            "0.00001",
            "-0.00012",
            "123456789012345",
            "1234567890123456",
            "0.10000000000000001",
            "5.5e+18",
            "1.5k",
            "-12.5M",
            "1,000",
            "0x10",
            "1_0",
            "1e",
            ".",
            "1.2.3",
            "--1",
            .. Enumerable
                .Range(0, 500)
                .Select(i =>
                    random
                        .NextInt64(1, 1_000_000_000_000_000)
                        .ToString(CultureInfo.InvariantCulture)[..random.Next(1, 12)]
                        .Insert(1, i % 2 == 0 ? "." : "")
                ),
        ];
        RunTable table = Tables.Read("x,y\n" + string.Concat(cells.Select(c => $"\"{c}\",1\n")));
        for (int row = 0; row < cells.Length; row++)
        {
            double expected = Quantity.TryParseCount(cells[row], out double value) ? value : double.NaN;
            Assert.True(BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(table.Numbers("x")[row]), cells[row]);
            Assert.Equal(cells[row], table.Find("x")!.Text(row)); // a column with some texts keeps all as written
        }
    }

    [Fact]
    public void Read_JsonLines_TakesTheUnionOfKeys()
    {
        RunTable table = Tables.Read("{\"a\":1,\"ok\":true}\n{\"b\":\"x\\ny\",\"a\":null}\n{\"c\":\"5M\",\"ok\":false}\n");
        Assert.Equal(["a", "ok", "b", "c"], table.Columns.Select(c => c.Name));
        Assert.Equal([1, double.NaN, double.NaN], table.Numbers("a"));
        Assert.Equal(["true", "", "false"], table.Texts("ok"));
        Assert.Equal(["", "x\ny", ""], table.Texts("b"));
        Assert.Equal([double.NaN, double.NaN, 5e6], table.Numbers("c"));
    }

    [Fact]
    public void Read_JsonLinesOfPython_TakesNaNAndInfinity()
    {
        RunTable table = Tables.Read("{\"loss\": NaN, \"note\": \"NaN \\\" Infinity\"}\n{\"loss\": -Infinity, \"note\": \"b\"}\n");
        Assert.Equal([double.NaN, double.NegativeInfinity], table.Numbers("loss"));
        Assert.Equal("NaN \" Infinity", table.Texts("note")[0]);
    }

    [Theory]
    [InlineData("alpha")]
    [InlineData("α")]
    public void Find_GreekOrEnglish_IsOneColumn(string name) => Assert.Equal("alpha", Tables.Read("alpha,b\n1,2\n").Find(name)!.Name);

    [Fact]
    public void Column_Unknown_ShowsHeaderAndGuess()
    {
        string message = Assert.Throws<UserException>(() => Tables.Read(Csv).Column("tokns", "--by")).Message;
        Assert.Equal("--by: runs.csv has no column 'tokns' (did you mean 'tokens'?). Its columns: router, tokens, loss.", message);
    }

    [Theory]
    [InlineData("", "runs.csv is empty")]
    [InlineData("\n \n", "runs.csv is empty")]
    [InlineData("a,b\n", "runs.csv has a header but no row")]
    [InlineData("a,b\n1,2\n1,2,3\n", "runs.csv:3: the row has 3 cells, the header 2")]
    [InlineData("a,b\n\n1\n", "runs.csv:3: the row has 1 cell, the header 2")]
    [InlineData("a,b,a\n1,2,3\n", "runs.csv:1: two columns are named 'a'")]
    [InlineData("alpha,α\n1,2\n", "'alpha' and 'α' are one name")]
    [InlineData("a,b\n1,\"2\n3,4\n", "runs.csv:2: the quotes do not match")]
    [InlineData("{\"a\":1}\n{\"a\":}\n", "runs.csv:2: this is no JSON object in one line")]
    [InlineData("{\n\"a\":1\n}\n", "runs.csv:1: this is no JSON object in one line")]
    [InlineData("{\"a\":1} x\n", "runs.csv:1: this is no JSON object in one line")]
    [InlineData("{\"a\":1}\n3\n", "runs.csv:2: this is no JSON object")]
    [InlineData("{\"a\":{\"b\":1}}\n", "runs.csv:1: 'a' holds an object")]
    [InlineData("{\"a\":[1]}\n", "runs.csv:1: 'a' holds a list")]
    [InlineData("{\"a\":1,\"a\":2}\n", "runs.csv:1: 'a' stands twice")]
    [InlineData("{\"a\":1}\n{\"alpha\":1,\"α\":2}\n", "runs.csv:2: 'alpha' stands twice")]
    [InlineData("PK\u0003\u0004xxxx", "Excel")]
    [InlineData("a\0b,c\n1,2\n", "control character")]
    public void Read_NoTable_SaysWhereAndWhy(string text, string expected) => Assert.Contains(expected, Tables.Refusal(text));

    [Fact]
    public void Read_NotUtf8_NamesTheLine()
    {
        Assert.Contains("runs.csv:2: this is not UTF-8", Tables.Refusal([.. "a,b\n"u8, 0xE4, .. ",1\n"u8]));
        Assert.Contains("runs.csv:1: this is not UTF-8", Tables.Refusal([0xE4, .. ",b\n1,1\n"u8]));
        Assert.Contains("runs.csv:1: this is not UTF-8", Tables.Refusal([.. "{\"a\":\""u8, 0xE4, .. "\"}"u8]));
        Assert.Contains("UTF-16", Tables.Refusal([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a,b\n1,2\n")]));
    }

    [Fact]
    public void Read_FileThatIsNoFile_SaysWhy()
    {
        Assert.Contains("no such file", Assert.Throws<UserException>(() => RunTable.Read("no-such-runs.csv")).Message);
        using TemporaryFolder empty = new();
        Assert.Contains("is a folder without a table", Assert.Throws<UserException>(() => RunTable.Read(empty.Path)).Message);
        Assert.Contains("an empty name", Assert.Throws<UserException>(() => RunTable.Read("")).Message);
    }

    [Fact]
    public void Read_GzipCutShort_IsRefusedAtEachLength()
    {
        // Long enough for several blocks of the packed form; the framework alone takes each cut for an end.
        string text = "run,loss\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"{i * 7919 % 1000},{i}\n"));
        byte[] packed = Tables.Gzip(Encoding.UTF8.GetBytes(text));
        Assert.Equal(400, Tables.Read(packed).RowCount);
        for (int length = 2; length < packed.Length; length++)
        {
            Assert.Contains("damaged or cut short", Tables.Refusal(packed[..length]));
        }
    }

    [Fact]
    public void Read_GzipStoredAndCutShort_IsRefusedAtEachLength()
    {
        byte[] packed = Tables.Gzip(Encoding.UTF8.GetBytes(Csv), System.IO.Compression.CompressionLevel.NoCompression);
        Assert.Equal(3, Tables.Read(packed).RowCount);
        for (int length = 2; length < packed.Length; length++)
        {
            Assert.Contains("damaged or cut short", Tables.Refusal(packed[..length]));
        }
    }

    [Fact]
    public void Read_GzipInTwoMembers_ReadsBoth() =>
        Assert.Equal(4, Tables.Read([.. Tables.Gzip("a,b\n1,2\n3,4\n"u8.ToArray()), .. Tables.Gzip("5,6\n7,8\n"u8.ToArray())]).RowCount);

    [Theory]
    [InlineData("experts,granularity,loss\n8,1,3\n8,2,3\n", "runs.csv:3: granularity is 2 but there is no column expert_count")]
    [InlineData("experts,granularity,expert_count\n8,1,8\n8,2,\n", "runs.csv:3: granularity is 2 but expert_count is missing")]
    [InlineData(
        "experts,granularity,expert_count\n8,1,8\n8,2,8\n",
        "runs.csv:3: expert_count is 8, but experts * granularity is 8 * 2 = 16"
    )]
    public void Read_GranularityWithAmbiguousExperts_IsRefused(string text, string expected) =>
        Assert.StartsWith(expected, Tables.Refusal(text));

    [Theory]
    [InlineData("experts,granularity\n8,1\n4,\n")]
    [InlineData("expert_count,granularity\n16,2\n")]
    [InlineData("experts,granularity,expert_count\n8,2,16\n1,1,1\n21.3333,3,64\n")]
    [InlineData("experts,expert_count\n8,16\n")]
    public void Read_GranularityThatIsClear_IsAccepted(string text) => Assert.True(Tables.Read(text).RowCount > 0);

    /// <summary>Rows keep their values and lines, and a column tells of what is left of it: numbers, texts, or neither.</summary>
    [Fact]
    public void Take_SomeRows_KeepsValuesLinesAndKinds()
    {
        RunTable table = RunTable.Read(new MemoryStream("a,b,c\n1,x,7\n2,5,\n3,,007\n"u8.ToArray()), "runs.csv").Take([2, 1]);
        Assert.Equal((2, 4, 3), (table.RowCount, table.Line(0), table.Line(1)));
        Assert.Equal([3, 2], table.Find("a")!.Numbers.ToArray());
        // Of b, whose text stood in the first row, a number is left and an empty cell.
        Assert.Equal(
            (true, false, "5", true),
            (table.Find("b")!.HasNumbers, table.Find("b")!.HasTexts, table.Find("b")!.Text(1), table.Find("b")!.IsEmpty(0))
        );
        Assert.Equal((true, false), (table.Take([0]).Find("b")!.HasNumbers, table.Take([0]).Find("b")!.HasTexts));
        Assert.Equal(7, table.Find("c")!.Numbers.Span[0]);
    }
}
