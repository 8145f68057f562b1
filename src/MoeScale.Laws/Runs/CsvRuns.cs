using System.Text;
using CsvHelper;
using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>Reads runs from CSV: RFC 4180, separated by comma, semicolon or tab.</summary>
internal static class CsvRuns
{
    // An unclosed quote would else gather the rest of the file.
    private const int LongestRow = 1 << 24;

    /// <exception cref="UserException">The file is no table; says the line and the cure.</exception>
    public static void Read(UnpackedFile file, TableBuilder table)
    {
        CsvReaderOptions options = new()
        {
            Separator = Separator(file.Peek()),
            HasHeader = false,
            TrimWhitespace = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            MaxRecordSize = LongestRow,
            TrackLineNumbers = true,
        };
        using CsvReader reader = CsvReader.Create(file, options, leaveOpen: true);
        try
        {
            if (!reader.Read())
            {
                return;
            }
            int[] columns = new int[reader.FieldCount];
            for (int i = 0; i < columns.Length; i++)
            {
                ReadOnlySpan<byte> name = reader.GetSpan(i);
                columns[i] = table.AddColumn(
                    System.Text.Unicode.Utf8.IsValid(name) ? Encoding.UTF8.GetString(name).Trim() : throw table.NotUtf8(reader.LineNumber),
                    reader.LineNumber
                );
            }
            while (reader.Read())
            {
                if (reader.FieldCount != columns.Length)
                {
                    throw table.Error(
                        reader.LineNumber,
                        $"the row has {Plural.Of(reader.FieldCount, "cell")}, the header {columns.Length}. Give each column a cell, "
                            + $"an empty one where nothing is known"
                    );
                }
                table.BeginRow(reader.LineNumber);
                for (int i = 0; i < columns.Length; i++)
                {
                    table.Add(columns[i], reader.GetSpan(i));
                }
            }
        }
        catch (CsvFormatException e)
        {
            throw table.Error(
                e.LineNumber,
                $"the quotes do not match, or a row is longer than {LongestRow} bytes. A cell in quotes ends with a quote; a quote "
                    + $"inside it is doubled"
            );
        }
    }

    /// <summary>The separator that the header holds most often outside quotes; a comma where it holds none.</summary>
    private static char Separator(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> candidates = ",;\t"u8;
        Span<int> counts = stackalloc int[3];
        bool quoted = false;
        bool text = false;
        foreach (byte b in start)
        {
            quoted ^= b == '"';
            if (!quoted && b is (byte)'\r' or (byte)'\n' && text)
            {
                break;
            }
            text |= b is not ((byte)'\r' or (byte)'\n');
            int candidate = candidates.IndexOf(b);
            if (!quoted && candidate >= 0)
            {
                counts[candidate]++;
            }
        }
        int most = 0;
        for (int i = 1; i < counts.Length; i++)
        {
            most = counts[i] > counts[most] ? i : most;
        }
        return (char)candidates[most];
    }
}
