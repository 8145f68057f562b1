using MoeScale.Basics;
using MoeScale.Laws.Runs.Columnar;
using MoeScale.Laws.Warnings;
using Parquet;
using Parquet.Schema;

namespace MoeScale.Laws.Runs;

/// <summary>
/// Reads runs from Parquet: flat columns of numbers, truth values, texts and times. Nothing else names the package, so that it is loaded
/// only where a file is Parquet.
/// </summary>
internal static class ParquetRuns
{
    // As a table holds it: a number, and where a row stands.
    private const int CellBytes = 8;

    /// <exception cref="UserException">The file is damaged, or larger than tables of runs are.</exception>
    public static void Read(UnpackedFile file, TableBuilder table)
    {
        table.CountRows();
        byte[] bytes = All(file, table);
        try
        {
            ParquetFile parquet = ParquetFile.Read(bytes);
            if (parquet.PassedOver.Count > 0)
            {
                table.Notes.Add(new TableNote.ColumnsPassedOver(table.Path, parquet.PassedOver));
            }
            if (parquet.Columns.Count == 0)
            {
                throw new UserException($"{table.Path} has no column of numbers, texts or times. A table of runs has one for each number.");
            }
            Require(parquet, table);
            int[] columns = [.. parquet.Columns.Select(c => table.AddColumn(c.Name, 0))];
            int number = 1;
            foreach (ThriftStruct group in parquet.Groups)
            {
                int rows = ParquetFile.RowsOf(group);
                if (rows > 0)
                {
                    Read(parquet, group, rows, number, columns, table);
                    number += rows;
                }
            }
        }
        catch (NotSupportedException e)
        {
            throw new UserException($"{table.Path} is a Parquet file that is not read: {e.Message}. Write it anew in a usual way.");
        }
        // What a damaged page does to the package is anything: an index, a cast, a null.
        catch (Exception e) when (e is not UserException && IsOfDamage(e))
        {
            string what = e is InvalidDataException ? e.Message : "a page cannot be decoded";
            throw new UserException($"{table.Path} is a Parquet file that is damaged or cut short: {what}. Copy or write the file again.");
        }
    }

    /// <summary>Whether a damaged file can throw it; a package that is missing or too little memory is no fault of the file.</summary>
    internal static bool IsOfDamage(Exception e) =>
        e
            is not (
                OutOfMemoryException
                or FileNotFoundException
                or FileLoadException
                or BadImageFormatException
                or TypeLoadException
                or TypeInitializationException
                or MissingMemberException
            );

    private static void Read(ParquetFile parquet, ThriftStruct group, int rows, int number, int[] columns, TableBuilder table)
    {
        using MemoryStream alone = parquet.Alone(group);
        int first = table.RowCount;
        for (int i = 0; i < rows; i++)
        {
            table.BeginRow(number + i);
        }
        ParquetReader reader = ParquetReader.CreateAsync(alone).GetAwaiter().GetResult();
        ParquetRowGroupReader read = reader.RowGroups[0];
        foreach ((int i, ParquetColumn column) in parquet.Columns.Index())
        {
            DataField field = reader.Schema.DataFields[i];
            int target = columns[i];
            switch (column.Physical)
            {
                case Physical.Boolean:
                    Each<bool>(read, field, rows, (row, value) => table.Add(first + row, target, value ? "true"u8 : "false"u8));
                    break;
                case Physical.Int32:
                    Each<int>(read, field, rows, (row, value) => ParquetCells.Add(table, first + row, target, column, value));
                    break;
                case Physical.Int64:
                    Each<long>(read, field, rows, (row, value) => ParquetCells.Add(table, first + row, target, column, value));
                    break;
                case Physical.Int96:
                    Each<DateTime>(read, field, rows, (row, value) => ParquetCells.Add(table, first + row, target, value));
                    break;
                case Physical.Float:
                    Each<float>(read, field, rows, (row, value) => table.Add(first + row, target, (double)value));
                    break;
                case Physical.Double:
                    Each<double>(read, field, rows, (row, value) => table.Add(first + row, target, value));
                    break;
                default:
                    Each<ReadOnlyMemory<byte>>(
                        read,
                        field,
                        rows,
                        (row, value) => ParquetCells.Add(table, first + row, target, column, value.Span)
                    );
                    break;
            }
            table.RequireRoom(number + rows - 1);
        }
    }

    // Rows without a value are left out.
    private static void Each<T>(ParquetRowGroupReader group, DataField field, int rows, Action<int, T> add)
        where T : struct
    {
        T[] values = new T[rows];
        int[]? levels = field.MaxDefinitionLevel > 0 ? new int[rows] : null;
        group.ReadRawAsync<T>(field, values, levels is null ? (Memory<int>?)null : levels, null).AsTask().GetAwaiter().GetResult();
        int next = 0;
        for (int row = 0; row < rows; row++)
        {
            if (levels is null || levels[row] == field.MaxDefinitionLevel)
            {
                add(row, values[next++]);
            }
        }
    }

    private static byte[] All(UnpackedFile file, TableBuilder table)
    {
        using MemoryStream bytes = new();
        byte[] buffer = new byte[1 << 16];
        int read;
        while ((read = file.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > ParquetFile.MaxBytes)
            {
                throw new UserException(
                    $"{table.Path} is a Parquet file of more than {Quantity.FormatBytes(ParquetFile.MaxBytes)}. Leave out columns or "
                        + $"rows that no fit reads."
                );
            }
        }
        return bytes.ToArray();
    }

    // Runs of one value take no room in the file, but in the table.
    private static void Require(ParquetFile parquet, TableBuilder table)
    {
        long rows = parquet.Groups.Sum(g => (long)ParquetFile.RowsOf(g));
        if (rows * CellBytes * (parquet.Columns.Count + 1) > TableRoom.MaxBytes)
        {
            throw new UserException(
                $"{table.Path} has {rows} rows of {Plural.Of(parquet.Columns.Count, "column")}, which take more than "
                    + $"{Quantity.FormatBytes(TableRoom.MaxBytes)} of memory. Leave out columns or rows that no fit reads."
            );
        }
    }
}
