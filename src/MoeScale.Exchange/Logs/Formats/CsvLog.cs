using System.Text;
using CsvHelper;
using MoeScale.Basics;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>What readers of W&amp;B's CSV share. It puts every cell in quotes.</summary>
internal static class CsvLog
{
    private const int LongestRow = 1 << 24;
    private const int MaxColumns = 100_000;

    /// <summary>The cells of the first row; none where the file is no such table.</summary>
    public static IReadOnlyList<string> Header(LogFile file)
    {
        string head = file.Head.TrimStart('\uFEFF');
        int end = head.IndexOf('\n', StringComparison.Ordinal);
        if (head.Length == 0 || head[0] is '{' or '[' || head.Contains('\0', StringComparison.Ordinal))
        {
            return [];
        }
        // A header may be longer than the head of a file: then its first cells decide.
        string line = (end < 0 ? head : head[..end]).TrimEnd('\r');
        try
        {
            using MemoryStream stream = new(
                Encoding.UTF8.GetBytes(end < 0 && line.LastIndexOf(',') is int cut and > 0 ? line[..cut] : line)
            );
            using CsvReader reader = CsvReader.Create(stream, Options(), leaveOpen: true);
            return reader.Read() ? Cells(reader) : [];
        }
        catch (CsvFormatException)
        {
            return [];
        }
    }

    /// <summary>All rows, the header first, each with as many cells as that.</summary>
    /// <exception cref="UserException">It is no table.</exception>
    public static IEnumerable<string[]> Rows(LogFile file)
    {
        using Stream stream = file.Open();
        using CsvReader reader = CsvReader.Create(stream, Options(), leaveOpen: true);
        int width = -1;
        while (true)
        {
            string[] cells;
            try
            {
                if (!reader.Read())
                {
                    yield break;
                }
                cells = Cells(reader);
            }
            catch (CsvFormatException e)
            {
                throw new UserException(
                    $"{file.Path}:{e.LineNumber}: the quotes do not match, or a row is longer than {LongestRow} bytes. Export the table "
                        + $"again."
                );
            }
            catch (InvalidDataException)
            {
                throw new UserException(
                    $"{file.Path} cannot be unpacked: its gzip data is damaged or cut short. Copy or pack the file again."
                );
            }
            if (width < 0)
            {
                width =
                    cells.Length <= MaxColumns
                        ? cells.Length
                        : throw new UserException($"{file.Path} has more than {MaxColumns} columns. Export fewer.");
                cells[0] = cells[0].TrimStart('\uFEFF');
            }
            if (cells.Length != width)
            {
                throw new UserException(
                    $"{file.Path}:{reader.LineNumber}: the row has {Plural.Of(cells.Length, "cell")}, the header {width}. Export the "
                        + $"table again."
                );
            }
            yield return cells;
        }
    }

    private static CsvReaderOptions Options() =>
        new()
        {
            Separator = ',',
            HasHeader = false,
            TrimWhitespace = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            MaxRecordSize = LongestRow,
            TrackLineNumbers = true,
        };

    private static string[] Cells(CsvReader reader)
    {
        string[] cells = new string[reader.FieldCount];
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = Encoding.UTF8.GetString(reader.GetSpan(i));
        }
        return cells;
    }
}
