using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;
using Parquet;

namespace MoeScale.Laws.Tests.Runs;

public class ParquetTests
{
    private static readonly (string Name, Array Values)[] Runs =
    [
        ("run/name", new string?[] { "a", null, "é \"x\"" }),
        ("active_params", new long[] { 1_000_000_000, (1L << 53) + 1, -7 }),
        ("tokens", new double[] { 2e10, double.PositiveInfinity, 0.1 }),
        ("loss", new double?[] { 2.5, null, double.NaN }),
        ("blocks", new int?[] { null, 3, 4 }),
        ("rate", new float[] { 0.5f, 0.25f, 3 }),
        ("done", new bool[] { true, false, true }),
        ("day", new DateOnly[] { new(2024, 5, 1), new(1970, 1, 1), new(1969, 12, 31) }),
        (
            "time",
            new DateTime[]
            {
                new(2024, 5, 1, 12, 30, 0, DateTimeKind.Utc),
                DateTime.UnixEpoch,
                new(2024, 5, 1, 1, 2, 3, 250, DateTimeKind.Utc),
            }
        ),
        ("cost", new decimal[] { 1.25m, -3, 1234567.8901m }),
        ("digits", new ulong[] { ulong.MaxValue, 1, 2 }),
        ("id", new Guid[] { new("00112233-4455-6677-8899-aabbccddeeff"), Guid.Empty, Guid.Empty }),
    ];

    public static TheoryData<CompressionMethod> Methods =>
        [
            CompressionMethod.None,
            CompressionMethod.Snappy,
            CompressionMethod.Gzip,
            CompressionMethod.Brotli,
            CompressionMethod.Zstd,
            CompressionMethod.Lz4Raw,
        ];

    private static string Refusal(byte[] bytes) => Assert.Throws<UserException>(() => Parquets.Read(bytes)).Message;

    [Theory]
    [MemberData(nameof(Methods))]
    public void Read_EachType_GivesItsCells(CompressionMethod method)
    {
        RunTable table = Parquets.Read(Parquets.Write(Runs, groups: 2, new ParquetOptions { CompressionMethod = method }));
        Assert.Equal(Runs.Select(r => r.Name), table.Columns.Select(c => c.Name));
        Assert.Equal((6, 4, "row 5"), (table.RowCount, table.Line(3), table.Place(4)));
        Assert.Equal(["a", "", "é \"x\"", "a", "", "é \"x\""], table.Texts("run/name"));
        Assert.Equal([1e9, 1L << 53, -7], table.Numbers("active_params")[..3]);
        Assert.Equal("9007199254740993", table.Texts("active_params")[1]);
        Assert.Equal([2e10, double.PositiveInfinity, 0.1], table.Numbers("tokens")[..3]);
        Assert.Equal([2.5, double.NaN, double.NaN], table.Numbers("loss")[3..]);
        Assert.Equal([double.NaN, 3, 4], table.Numbers("blocks")[3..]);
        Assert.Equal([0.5, 0.25, 3], table.Numbers("rate")[..3]);
        Assert.Equal(["true", "false", "true"], table.Texts("done")[..3]);
        Assert.Equal(["2024-05-01", "1970-01-01", "1969-12-31"], table.Texts("day")[3..]);
        Assert.Equal(["2024-05-01T12:30:00", "1970-01-01T00:00:00", "2024-05-01T01:02:03.25"], table.Texts("time")[..3]);
        Assert.Equal([1.25, -3, 1234567.8901], table.Numbers("cost")[..3]);
        Assert.Equal("18446744073709551615", table.Texts("digits")[0]);
        Assert.Equal("00112233-4455-6677-8899-aabbccddeeff", table.Texts("id")[0]);
        Assert.Empty(table.Notes);
    }

    /// <summary>Forty runs that DuckDB wrote, as pages of both versions.</summary>
    [Theory]
    [InlineData("duckdb-1.5.6-v1.parquet")] // Snappy, dictionaries
    [InlineData("duckdb-1.5.6-v2.parquet")] // Zstandard, differences, bytes of equal place together
    public void Read_FileOfAnotherProgram_GivesItsCells(string name)
    {
        RunTable table = RunTable.Read(Repository.In("tests", "MoeScale.Laws.Tests", "Runs", "Goldens", name));
        Assert.Equal(40, table.RowCount);
        for (int i = 0; i < 40; i++)
        {
            double n = 1e6 * (1 << (i % 6));
            double d = 2e7 * (1 << (i % 7));
            double loss = 1.7 + (400 * Math.Pow(n, -0.34)) + (1500 * Math.Pow(d, -0.37)) + (0.01 * Math.Sin(i));
            Assert.Equal(($"r{i}", n, d), (table.Texts("run")[i], table.Numbers("active_params")[i], table.Numbers("tokens")[i]));
            // Its powers are those of another library.
            Assert.Equal(loss, table.Numbers("loss")[i], 1e-12);
            Assert.Equal(i % 3 == 0 ? double.NaN : i / 4.0, table.Numbers("val/loss")[i]);
            Assert.Equal(i % 2 == 0 ? "true" : "false", table.Texts("done")[i]);
            Assert.Equal($"{new DateOnly(2024, 1, 1).AddDays(i):yyyy-MM-dd}", table.Texts("day")[i]);
            Assert.Equal($"{new DateTime(2024, 1, 1, 10, 20, 30, 125).AddHours(i):yyyy-MM-ddTHH:mm:ss.FFF}", table.Texts("at")[i]);
            Assert.Equal(i * 1.25, table.Numbers("cost")[i]);
        }
        Assert.Equal(["losses"], Assert.IsType<TableNote.ColumnsPassedOver>(Assert.Single(table.Notes)).Columns);
    }

    [Fact]
    public void Read_PackedByGzip_IsUnpacked() =>
        Assert.Equal([2e10, double.PositiveInfinity, 0.1], Parquets.Read(Tables.Gzip(Parquets.Write(Runs))).Numbers("tokens"));

    [Fact]
    public void Read_ColumnOfBytes_IsPassedOverAndTold()
    {
        RunTable table = Parquets.Read(Parquets.Write([("blob", new byte[][] { [1], [2] }), ("loss", new double[] { 1, 2 })]));
        Assert.Equal(["loss"], table.Columns.Select(c => c.Name));
        Assert.Equal(["blob"], Assert.IsType<TableNote.ColumnsPassedOver>(Assert.Single(table.Notes)).Columns);
        Assert.Contains("has no column of numbers", Refusal(Parquets.Write([("blob", new byte[][] { [1] })])));
    }

    [Fact]
    public void Read_DictionaryOfTexts_IsWhatWasWritten()
    {
        string[] texts = [.. Enumerable.Range(0, 5000).Select(i => $"router {i % 7}")];
        RunTable table = Parquets.Read(
            Parquets.Write([("router", texts), ("loss", Enumerable.Range(0, 5000).Select(i => (double)i).ToArray())])
        );
        Assert.Equal(texts, table.Texts("router"));
        Assert.Equal(4999, table.Numbers("loss")[^1]);
    }

    [Fact]
    public void Read_EmptyOrCut_IsRefused()
    {
        byte[] bytes = Parquets.Write(Runs);
        Assert.Contains("has a header but no row", Refusal(Parquets.Write([("loss", Array.Empty<double>())])));
        Assert.Contains("damaged or cut short: its end is missing", Refusal(bytes[..^1]));
        Assert.Contains("damaged or cut short", Refusal([.. bytes[..100], .. bytes[200..]]));
        Assert.Contains(
            "two columns are named 'a'",
            Refusal(Renamed(Parquets.Write([("a", new double[] { 1 }), ("b", new double[] { 1 })])))
        );
        Assert.Contains("damaged", Refusal("PAR1 and no more"u8.ToArray()));
    }

    /// <summary>Eight million empty structs, a byte each, as metadata of the file or of a page: they are not kept.</summary>
    [Fact]
    public void Read_ManyEmptyStructs_IsRefusedInBoundedMemory()
    {
        byte[] good = Parquets.Write([("loss", new double[] { 1, 2 })]);
        byte[] structs = Structs((1 << 23) - 16);
        byte[] asFooter = [.. good[..4], .. structs, .. BitConverter.GetBytes(structs.Length), .. good[^4..]];
        // The first page begins behind the first four bytes, wherever the last one ends.
        byte[] asPage = [.. good[..4], .. structs, .. good[4..]];
        Assert.Contains("more than 1048576 values", RefusalWithin(128 << 20, asFooter));
        Assert.Contains("the metadata is cut short", RefusalWithin(128 << 20, asPage));
    }

    // A struct whose field 2 is a list of that many.
    private static byte[] Structs(int count)
    {
        byte[] bytes = new byte[count + 7];
        bytes[0] = (2 << 4) | 9;
        bytes[1] = 0xFC;
        for (int i = 0; i < 4; i++)
        {
            bytes[2 + i] = (byte)(((count >> (7 * i)) & 0x7F) | (i < 3 ? 0x80 : 0));
        }
        return bytes;
    }

    private static string RefusalWithin(long bytes, byte[] file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string refusal = Refusal(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, bytes);
        return refusal;
    }

    /// <summary>A good file is not blamed for a program without its library, or for a small machine.</summary>
    [Fact]
    public void IsOfDamage_OfAMissingLibraryOrMemory_IsFalse()
    {
        Exception[] others =
        [
            new FileNotFoundException(),
            new FileLoadException(),
            new DllNotFoundException(),
            new TypeLoadException(),
            new InsufficientMemoryException(),
        ];
        Assert.All(others, e => Assert.False(ParquetRuns.IsOfDamage(e)));
        Assert.True(ParquetRuns.IsOfDamage(new InvalidDataException()));
        Assert.True(ParquetRuns.IsOfDamage(new InvalidCastException()));
    }

    /// <summary>The name "b" is written as "a" in the metadata.</summary>
    private static byte[] Renamed(byte[] bytes)
    {
        for (int at; (at = bytes.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[1, (byte)'b'])) >= 0; )
        {
            bytes[at + 1] = (byte)'a';
        }
        return bytes;
    }

    /// <summary>Whatever stands in the bytes, there is a table or a complaint, soon and in bounded memory.</summary>
    [Fact]
    public void Read_ChangedBytes_GivesATableOrAComplaint()
    {
        Random random = new(20260101);
        byte[][] files =
        [
            .. Methods.Select(m => Parquets.Write(Runs, 2, new ParquetOptions { CompressionMethod = m })),
            .. ((string[])["v1", "v2"]).Select(v =>
                File.ReadAllBytes(Repository.In("tests", "MoeScale.Laws.Tests", "Runs", "Goldens", $"duckdb-1.5.6-{v}.parquet"))
            ),
            Parquets.Write([("router", Enumerable.Range(0, 300).Select(i => $"r{i % 5}").ToArray())]),
        ];
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = [.. files[random.Next(files.Length)]];
            for (int changes = random.Next(1, 6); changes > 0; changes--)
            {
                // The metadata stand at the end.
                int at = random.Next(2) == 0 ? random.Next(bytes.Length) : bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 2500));
                bytes[at] = random.Next(3) switch
                {
                    0 => (byte)random.Next(256),
                    1 => (byte)(bytes[at] ^ (1 << random.Next(8))),
                    _ => 0xFF,
                };
            }
            if (random.Next(10) == 0)
            {
                int from = random.Next(bytes.Length);
                bytes = [.. bytes[..from], .. bytes[Math.Min(bytes.Length, from + random.Next(200))..]];
            }
            try
            {
                Parquets.Read(bytes);
            }
            catch (UserException)
            {
                // A complaint.
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{clock.Elapsed}, {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB at most"
        );
    }
}
