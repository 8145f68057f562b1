using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>A table of finished runs, one a row, as a file holds it. Immutable.</summary>
public sealed class RunTable
{
    private readonly RunColumn[] _columns;
    private readonly int[] _lines;
    private readonly Dictionary<string, RunColumn> _byName;

    internal RunTable(string path, RunColumn[] columns, int[] lines)
    {
        Path = path;
        _columns = columns;
        _lines = lines;
        _byName = columns.ToDictionary(c => Names.Canonical(c.Name), StringComparer.Ordinal);
    }

    /// <summary>The file as the user gave it.</summary>
    public string Path { get; }

    /// <summary>In the order of the file; of JSON Lines, in the order of first use.</summary>
    public IReadOnlyList<RunColumn> Columns => _columns;

    public int RowCount => _lines.Length;

    /// <summary>The line of the file on which a row starts, from 1.</summary>
    public int Line(int row) => _lines[row];

    /// <summary>Reads CSV or JSON Lines, either of them perhaps gzip.</summary>
    /// <param name="path">The file, or "-" for standard input.</param>
    /// <exception cref="UserException">The file cannot be read, is no table, or its columns contradict each other.</exception>
    public static RunTable Read(string path)
    {
        try
        {
            if (path == PlainFile.StandardInput)
            {
                return Read(Console.OpenStandardInput(), "standard input");
            }
            using FileStream file = PlainFile.Open(path, "a file of runs, CSV or JSON Lines,", cure: PlainFile.StreamCure);
            return Read(file, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UserException($"{(path.Length == 0 ? "an empty name" : path)} cannot be read: {TextFile.Reason(e)}.");
        }
    }

    /// <summary>As <see cref="Read(string)"/>, from bytes.</summary>
    /// <param name="stream">Read from where it stands; stays open.</param>
    /// <param name="path">Its name in error messages.</param>
    public static RunTable Read(Stream stream, string path)
    {
        TableBuilder builder = new(path);
        try
        {
            UnpackedFile file = UnpackedFile.Open(stream, path);
            ReadOnlySpan<byte> start = file.Peek();
            RefuseBinary(start, path);
            if (start.StartsWith("\uFEFF"u8))
            {
                file.ReadExactly(new byte[3]);
            }
            switch (start.TrimStart("\uFEFF \t\r\n"u8))
            {
                case [(byte)'{', ..]:
                    JsonLineRuns.Read(file, builder);
                    break;
                case [(byte)'[', ..]:
                    throw new UserException(
                        $"{path} is a JSON list. Write one object a line instead, without brackets and commas between them (JSON Lines)."
                    );
                default:
                    CsvRuns.Read(file, builder);
                    break;
            }
        }
        catch (InvalidDataException)
        {
            throw new UserException(
                $"{path} cannot be unpacked: its gzip data is damaged or cut "
                    + $"short{(builder.RowCount > 0 ? $" after line {builder.Line}" : "")}. Copy or pack the file again."
            );
        }
        RunTable table = builder.Build();
        ExpansionRule.Check(table);
        return table;
    }

    /// <summary>Some of its rows, in the order given, as a table.</summary>
    public RunTable Take(IReadOnlyList<int> rows) => new(Path, [.. _columns.Select(c => c.Take(rows))], [.. rows.Select(r => _lines[r])]);

    /// <summary>The column of that name, in Greek or English spelling; null if there is none.</summary>
    public RunColumn? Find(string name) => _byName.GetValueOrDefault(Names.Canonical(name));

    /// <summary>The column that a setting names.</summary>
    /// <param name="name">As the header writes it, or as a formula does: in backticks.</param>
    /// <param name="asker">Who asks, for the error.</param>
    /// <exception cref="UserException">There is none; shows the header, with a guess.</exception>
    public RunColumn Column(string name, Phrase asker) =>
        Find(name)
        ?? Find(Names.Plain(name))
        ?? throw new UserException($"{asker}: {Path} has no column '{name}'{ColumnGuess.Hint(name, this)}. {Header}");

    /// <summary>"Its columns: a, b, c."</summary>
    internal string Header
    {
        get
        {
            const int most = 60;
            string names = string.Join(", ", _columns.Take(most).Select(c => c.Name));
            return $"Its columns: {names}{(_columns.Length > most ? $" and {_columns.Length - most} more" : "")}.";
        }
    }

    private static void RefuseBinary(ReadOnlySpan<byte> start, string path)
    {
        string? what = start switch
        {
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16 text",
            [(byte)'P', (byte)'K', 3, 4, ..] => "a zip archive or an Excel workbook",
            [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] => "a Parquet file",
            _ => null,
        };
        if (what is not null)
        {
            throw new UserException($"{path} is {what}. Save it as CSV in UTF-8, or as JSON Lines.");
        }
    }
}
