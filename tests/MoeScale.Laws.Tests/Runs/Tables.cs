using System.IO.Compression;
using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

/// <summary>Tables of runs from text, as if they were the file runs.csv.</summary>
internal static class Tables
{
    public static RunTable Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    public static RunTable Read(byte[] bytes) => RunTable.Read(new MemoryStream(bytes), "runs.csv");

    /// <summary>The complaint about a file that is refused.</summary>
    public static string Refusal(string text) => Refusal(Encoding.UTF8.GetBytes(text));

    public static string Refusal(byte[] bytes) => Assert.Throws<UserException>(() => Read(bytes)).Message;

    public static byte[] Gzip(byte[] bytes, CompressionLevel level = CompressionLevel.Fastest)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, level))
        {
            gzip.Write(bytes);
        }
        return packed.ToArray();
    }

    public static double[] Numbers(this RunTable table, string column) => table.Find(column)!.Numbers.ToArray();

    public static string[] Texts(this RunTable table, string column) =>
        [.. Enumerable.Range(0, table.RowCount).Select(table.Find(column)!.Text)];
}
