using MoeScale.Laws.Runs;
using Parquet;
using Parquet.Schema;

namespace MoeScale.Laws.Tests.Runs;

/// <summary>Parquet files by the package's own writer, a column an array.</summary>
internal static class Parquets
{
    /// <param name="columns">Names, and arrays of equal length; elements may be null where their type can.</param>
    /// <param name="groups">How many groups of rows, each with all of them.</param>
    /// <param name="options">How to write.</param>
    public static byte[] Write((string Name, Array Values)[] columns, int groups = 1, ParquetOptions? options = null)
    {
        using MemoryStream stream = new();
        WriteAsync(stream, columns, groups, options).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    public static RunTable Read(byte[] bytes) => RunTable.Read(new MemoryStream(bytes), "runs.parquet");

    private static async Task WriteAsync(Stream stream, (string Name, Array Values)[] columns, int groups, ParquetOptions? options)
    {
        DataField[] fields = [.. columns.Select(c => Field(c.Name, c.Values))];
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields.Cast<Field>()), stream, options);
        for (int i = 0; i < groups; i++)
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            foreach ((DataField field, Array values) in fields.Zip(columns, (f, c) => (f, c.Values)))
            {
                await WriteAsync(group, field, values);
            }
        }
    }

    private static DataField Field(string name, Array values) =>
        values switch
        {
            string?[] => new DataField<string>(name),
            DateTime[] => new DateTimeDataField(name, DateTimeFormat.Timestamp),
            decimal[] => new DecimalDataField(name, 20, 4),
            double?[] => new DataField<double?>(name),
            int?[] => new DataField<int?>(name),
            double[] => new DataField<double>(name),
            float[] => new DataField<float>(name),
            int[] => new DataField<int>(name),
            // The runtime takes an array of signed numbers for one of unsigned ones, and the other way round.
            ulong[] when values.GetType() == typeof(ulong[]) => new DataField<ulong>(name),
            long[] => new DataField<long>(name),
            bool[] => new DataField<bool>(name),
            DateOnly[] => new DataField<DateOnly>(name),
            Guid[] => new DataField<Guid>(name),
            byte[][] => new DataField<byte[]>(name),
            _ => throw new NotSupportedException(values.GetType().Name),
        };

    private static async Task WriteAsync(ParquetRowGroupWriter group, DataField field, Array values)
    {
        switch (values)
        {
            case string?[] v:
                await group.WriteAsync(field, v!);
                break;
            case byte[][] v:
                await group.WriteAsync(field, v);
                break;
            case double?[] v:
                await group.WriteAsync<double>(field, v.AsMemory());
                break;
            case int?[] v:
                await group.WriteAsync<int>(field, v.AsMemory());
                break;
            case double[] v:
                await group.WriteAsync<double>(field, v.AsMemory());
                break;
            case float[] v:
                await group.WriteAsync<float>(field, v.AsMemory());
                break;
            case int[] v:
                await group.WriteAsync<int>(field, v.AsMemory());
                break;
            case ulong[] v when values.GetType() == typeof(ulong[]):
                await group.WriteAsync<ulong>(field, v.AsMemory());
                break;
            case long[] v:
                await group.WriteAsync<long>(field, v.AsMemory());
                break;
            case bool[] v:
                await group.WriteAsync<bool>(field, v.AsMemory());
                break;
            case decimal[] v:
                await group.WriteAsync<decimal>(field, v.AsMemory());
                break;
            case DateTime[] v:
                await group.WriteAsync<DateTime>(field, v.AsMemory());
                break;
            case DateOnly[] v:
                await group.WriteAsync<DateOnly>(field, v.AsMemory());
                break;
            case Guid[] v:
                await group.WriteAsync<Guid>(field, v.AsMemory());
                break;
        }
    }
}
