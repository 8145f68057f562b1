using System.Globalization;
using System.IO.Compression;
using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

public class RunTableRobustnessTests
{
    private static readonly byte[] Csv = Encoding.UTF8.GetBytes("router,tokens,loss\n\"RL-R\",130B,2.5\n\"a\"\"b\",2e10,1\n");
    private static readonly byte[] JsonLines = Encoding.UTF8.GetBytes(
        "{\"router\":\"RL-R\",\"tokens\":1.3e11}\n{\"router\":\"a\\u00e9\",\"loss\":2.5}\n"
    );

    /// <summary>A table or a complaint, and never another exception.</summary>
    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            Assert.True(Tables.Read(bytes).RowCount > 0);
        }
        catch (UserException e)
        {
            Assert.Contains("runs.csv", e.Message);
        }
    }

    [Fact]
    public void Read_RandomBytes_AreReadOrRefused()
    {
        Random random = new(1);
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = new byte[random.Next(400)];
            random.NextBytes(bytes);
            byte[] start = (i % 4) switch
            {
                0 => [],
                1 => "{"u8.ToArray(),
                2 => [0x1F, 0x8B, 8, 0],
                _ => "a,b\n"u8.ToArray(),
            };
            ReadOrRefuse([.. start, .. bytes]);
        }
    }

    [Fact]
    public void Read_FilesWithOneByteChangedOrCutShort_AreReadOrRefused()
    {
        Random random = new(2);
        foreach (byte[] whole in new[] { Csv, JsonLines, Tables.Gzip(Csv), Tables.Gzip(JsonLines) })
        {
            for (int i = 0; i < whole.Length; i++)
            {
                ReadOrRefuse(whole[..i]);
                for (int trial = 0; trial < 8; trial++)
                {
                    byte[] changed = [.. whole];
                    changed[i] = trial < 4 ? (byte)random.Next(256) : "\",\n{}\\[:"u8[random.Next(8)];
                    ReadOrRefuse(changed);
                }
            }
        }
    }

    [Fact]
    public void Read_HugeCells_AreRefused()
    {
        string huge = new('x', 40_000_000);
        Assert.Contains("'b' has 70000 bytes", Tables.Refusal("a,b\n1," + huge[..70_000] + "\n"));
        Assert.Contains("or a row is longer", Tables.Refusal("a,b\n1," + huge + "\n"));
        Assert.Contains("runs.csv:2: ", Tables.Refusal("a,b\n1,\"" + huge));
        Assert.Contains("'a' has 70000 bytes", Tables.Refusal("{\"a\":\"" + huge[..70_000] + "\"}"));
        Assert.Contains("the line is longer", Tables.Refusal("{\"a\":\"" + huge + "\"}"));
        Assert.Contains("'a' holds a list", Tables.Refusal("{\"a\":" + new string('[', 100_000)));
    }

    /// <summary>A packed file of some megabytes that unfolds to more than a machine has.</summary>
    [Fact]
    public void Read_OfABomb_StopsAtItsLimits()
    {
        byte[] rows = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i}x,y{i}\n")));
        Assert.Matches(
            @"^runs.csv:\d+: the table takes more than 537 MB of memory up to here\. Leave out columns or rows",
            Refusal([.. "a,b\n"u8], rows, 100)
        );
        Assert.Contains(
            "holds more than 537 MB of text",
            Refusal(
                [.. "{\"a\":1}\n"u8],
                [.. Enumerable.Repeat((byte)' ', 99), (byte)'\n', .. Enumerable.Repeat((byte)' ', 10_000_000)],
                60
            )
        );

        static string Refusal(byte[] head, byte[] part, int times)
        {
            using MemoryStream packed = new();
            using (GZipStream zip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                zip.Write(head);
                for (int i = 0; i < times; i++)
                {
                    zip.Write(part);
                }
            }
            return Assert.Throws<UserException>(() => RunTable.Read(new MemoryStream(packed.ToArray()), "runs.csv")).Message;
        }
    }

    [Fact]
    public void Read_TooManyColumnsOrCells_IsRefused()
    {
        Assert.Contains(
            "more than 10000 columns",
            Tables.Refusal(string.Join(',', Enumerable.Range(0, 10_001).Select(i => $"c{i}")) + "\n")
        );
        StringBuilder keys = new();
        for (int i = 0; i < 10_001; i++)
        {
            keys.Append(CultureInfo.InvariantCulture, $"{{\"k{i}\":1}}\n");
        }
        Assert.Contains("more than 10000 columns", Tables.Refusal(keys.ToString()));
    }

    [Fact]
    public void Read_ManyRows_AllocatesLittleMoreThanTheTable()
    {
        StringBuilder text = new("router,active_params,tokens,loss,run\n");
        const int rows = 200_000;
        for (int i = 0; i < rows; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"RL-R,{1_000_000 + i},{2e10 + i},{2 + (i * 1e-7)},{i % 7}\n");
        }
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        Tables.Read(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        MoeScale.Laws.Runs.RunTable table = Tables.Read(bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(rows, table.RowCount);
        // Five columns of doubles, one of references and one of lines, 8 bytes a row at most. An array that grows twofold and is
        // cut at the end allocates less than 4 + 1 times its size in all.
        Assert.True(allocated < 5L * 8 * 7 * rows, $"{allocated} bytes were allocated for {5 * rows} cells.");
    }
}
