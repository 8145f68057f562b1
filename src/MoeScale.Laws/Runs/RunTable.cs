using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Runs;

/// <summary>A table of finished runs, one a row, as a file holds it. Immutable.</summary>
public sealed class RunTable
{
    private readonly RunColumn[] _columns;
    private readonly int[] _lines;
    private readonly int[] _fileOf;
    private readonly Dictionary<string, RunColumn> _byName;

    internal RunTable(IReadOnlyList<TableFile> files, RunColumn[] columns, int[] lines, int[] fileOf, IReadOnlyList<TableNote> notes)
    {
        Files = files;
        Path = TableFile.Names([.. files.Select(f => f.Path)]);
        Name = TableFile.Names([.. files.Select(f => System.IO.Path.GetFileName(f.Path))]);
        Notes = notes;
        _columns = columns;
        _lines = lines;
        _fileOf = fileOf;
        _byName = columns.ToDictionary(c => Names.Canonical(c.Name), StringComparer.Ordinal);
    }

    /// <summary>The file as the user gave it; of several, "a.csv and b.csv" or "a.csv and 4 more files".</summary>
    public string Path { get; }

    /// <summary>The same without folders.</summary>
    public string Name { get; }

    /// <summary>The files that it was read from, in their order.</summary>
    public IReadOnlyList<TableFile> Files { get; }

    /// <summary>What a user must know of how it was read.</summary>
    public IReadOnlyList<TableNote> Notes { get; }

    /// <summary>In the order of the first file, then those that others add; of JSON, in the order of first use.</summary>
    public IReadOnlyList<RunColumn> Columns => _columns;

    public int RowCount => _lines.Length;

    /// <summary>The line of its file on which a row starts, from 1; where files have no lines, as Parquet, its number.</summary>
    public int Line(int row) => _lines[row];

    /// <summary>The file that a row is from.</summary>
    public TableFile File(int row) => Files[_fileOf[row]];

    /// <summary>"line 5", "row 5 of b.parquet": the file is said where there are several.</summary>
    public string Place(int row) =>
        $"{(File(row).HasLines ? "line" : "row")} {Line(row)}{(Files.Count > 1 ? $" of {File(row).Path}" : "")}";

    /// <summary>"b.csv:5"</summary>
    internal string At(int row) => $"{File(row).Path}:{Line(row)}";

    /// <summary>Reads CSV, JSON Lines, a JSON list or Parquet, any of them perhaps gzip: what stands in the file decides.</summary>
    /// <param name="path">The file, a folder of such files, a pattern such as "runs/*.csv", or "-" for standard input.</param>
    /// <exception cref="UserException">The file cannot be read, is no table, or its columns contradict each other.</exception>
    public static RunTable Read(string path) => Read([path]);

    /// <summary>Reads several files as one table, whose columns are those of all.</summary>
    /// <param name="paths">At least one.</param>
    /// <exception cref="UserException">As of one; or a file is given twice.</exception>
    public static RunTable Read(IReadOnlyList<string> paths)
    {
        RunFiles files = RunFiles.Of(paths);
        TableBuilder builder = new();
        builder.Notes.AddRange(files.Notes);
        foreach (string path in files.Paths)
        {
            try
            {
                if (path == PlainFile.StandardInput)
                {
                    Read(Console.OpenStandardInput(), "standard input", builder);
                    continue;
                }
                using FileStream file = PlainFile.Open(path, "a file of runs, CSV, JSON or Parquet,", cure: PlainFile.StreamCure);
                Read(file, path, builder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                throw new UserException($"{(path.Length == 0 ? "an empty name" : path)} cannot be read: {TextFile.Reason(e)}.");
            }
        }
        return Checked(builder);
    }

    /// <summary>As <see cref="Read(string)"/>, from bytes.</summary>
    /// <param name="stream">Read from where it stands; stays open.</param>
    /// <param name="path">Its name in error messages.</param>
    public static RunTable Read(Stream stream, string path)
    {
        TableBuilder builder = new();
        Read(stream, path, builder);
        return Checked(builder);
    }

    private static RunTable Checked(TableBuilder builder)
    {
        RunTable table = builder.Build();
        ExpansionRule.Check(table);
        return table;
    }

    private static void Read(Stream stream, string path, TableBuilder builder)
    {
        builder.BeginFile(path);
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
                    JsonRuns.ReadLines(file, builder);
                    break;
                case [(byte)'[', ..]:
                    JsonRuns.ReadList(file, builder);
                    break;
                case [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..]:
                    ParquetRuns.Read(file, builder);
                    break;
                default:
                    CsvRuns.Read(file, builder);
                    break;
            }
        }
        catch (InvalidDataException)
        {
            throw new UserException(
                $"{path} cannot be unpacked: its gzip data is damaged or cut "
                    + $"short{(builder.HasRows ? $" after line {builder.Line}" : "")}. Copy or pack the file again."
            );
        }
        builder.EndFile();
    }

    /// <summary>Some of its rows, in the order given, as a table.</summary>
    public RunTable Take(IReadOnlyList<int> rows) =>
        new(Files, [.. _columns.Select(c => c.Take(rows))], [.. rows.Select(r => _lines[r])], [.. rows.Select(r => _fileOf[r])], Notes);

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
            [(byte)'P', (byte)'A', (byte)'R', (byte)'E', ..] => "an encrypted Parquet file",
            _ => null,
        };
        if (what is not null)
        {
            throw new UserException($"{path} is {what}. Save it as CSV in UTF-8, as JSON Lines or as Parquet.");
        }
    }
}
