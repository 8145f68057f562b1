using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Runs;

/// <summary>Collects the rows of one or several files of runs, whichever their form. Columns of one name are one column.</summary>
internal sealed class TableBuilder
{
    private const int MaxColumns = 10_000;

    private readonly List<ColumnBuilder> _columns = [];
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly List<int> _lines = [];
    private readonly List<int> _fileOf = [];
    private readonly List<OpenFile> _files = [];
    private readonly TableRoom _room = new();

    // Columns and rows of the file that is read.
    private readonly Dictionary<string, int> _inFile = new(StringComparer.Ordinal);
    private int _firstRow;

    private sealed record OpenFile(string Path)
    {
        public List<string> Columns { get; } = [];

        public bool HasLines { get; set; } = true;
    }

    /// <summary>The file as the user gave it.</summary>
    public string Path => _files[^1].Path;

    /// <summary>What a user must know of how it was read.</summary>
    public List<TableNote> Notes { get; } = [];

    public int RowCount => _lines.Count;

    /// <summary>Whether the file has a row so far.</summary>
    public bool HasRows => RowCount > _firstRow;

    /// <summary>The line of the row that is being read, or of the last one.</summary>
    public int Line => HasRows ? _lines[^1] : 0;

    /// <summary>Begins to read a file.</summary>
    /// <param name="path">As the user gave it.</param>
    public void BeginFile(string path)
    {
        _files.Add(new OpenFile(path));
        _inFile.Clear();
        _firstRow = RowCount;
    }

    /// <summary>Says that rows of the file are known by their number, since it has no lines.</summary>
    public void CountRows() => _files[^1].HasLines = false;

    /// <summary>Ends the file.</summary>
    /// <exception cref="UserException">It has no row.</exception>
    public void EndFile()
    {
        if (!HasRows)
        {
            throw new UserException(
                _inFile.Count == 0
                    ? $"{Path} is empty. A table of runs has a header such as active_params,tokens,loss and a row for each run."
                    : $"{Path} has a header but no row below it. Each run is a row."
            );
        }
    }

    public string Name(int column) => _columns[column].Name;

    /// <summary>The column of that name in the file that is read, or −1.</summary>
    public int Find(string name) => _inFile.GetValueOrDefault(Names.Canonical(name), -1);

    /// <summary>Whether a column of the table is also one of the file.</summary>
    public bool IsInFile(int column) => column < _columns.Count && _inFile.ContainsKey(Names.Canonical(_columns[column].Name));

    /// <summary>A column of the file; one without a name, as of a data frame's index, is named for its place.</summary>
    /// <param name="name">As the file writes it.</param>
    /// <param name="line">Where.</param>
    /// <returns>Its number in the table.</returns>
    /// <exception cref="UserException">The file has one of that name, or there are too many.</exception>
    public int AddColumn(string name, long line)
    {
        if (name.Length == 0)
        {
            name = $"unnamed_{_inFile.Count + 1}";
        }
        if (name.Any(char.IsControl))
        {
            throw Error(
                line,
                "the name of a column holds a control character: this is no table of text. Write the runs as CSV or as JSON Lines"
            );
        }
        string canonical = Names.Canonical(name);
        if (_inFile.TryGetValue(canonical, out int twin))
        {
            string first = _columns[twin].Name;
            throw Error(
                line,
                first == name
                    ? $"two columns are named '{name}'; rename or remove one"
                    : $"the columns '{first}' and '{name}' are one name (a Greek letter and its English name are one); rename one"
            );
        }
        if (!_index.TryGetValue(canonical, out int column))
        {
            column = New(name, canonical, line);
        }
        _inFile.Add(canonical, column);
        _files[^1].Columns.Add(name);
        return column;
    }

    private int New(string name, string canonical, long line)
    {
        if (_columns.Count == MaxColumns)
        {
            throw Error(
                line,
                $"there are more than {MaxColumns} columns; no table of runs has. Write one run a row, and only what a fit may read"
            );
        }
        _index.Add(canonical, _columns.Count);
        _columns.Add(new ColumnBuilder(name, _room));
        return _columns.Count - 1;
    }

    public void BeginRow(long line)
    {
        _lines.Add((int)line);
        _fileOf.Add(_files.Count - 1);
        _room.Bytes += 2 * sizeof(int);
        RequireRoom(line);
    }

    /// <exception cref="UserException">The table takes more memory than any table of runs.</exception>
    public void RequireRoom(long line)
    {
        if (_room.Bytes > TableRoom.MaxBytes)
        {
            throw Error(
                line,
                $"the table takes more than {Quantity.FormatBytes(TableRoom.MaxBytes)} of memory up to here. Leave out columns or rows "
                    + $"that no fit reads"
            );
        }
    }

    /// <summary>A cell of the row begun last.</summary>
    /// <exception cref="UserException">Too long, or not UTF-8.</exception>
    public void Add(int column, ReadOnlySpan<byte> cell) => Add(RowCount - 1, column, cell);

    /// <summary>A cell of any row of the file; those of a column come in the order of rows.</summary>
    /// <exception cref="UserException">Too long, or not UTF-8.</exception>
    public void Add(int row, int column, ReadOnlySpan<byte> cell)
    {
        const int longest = 1 << 16;
        if (cell.Length > longest)
        {
            throw Error(
                _lines[row],
                $"the cell of '{Name(column)}' has {cell.Length} bytes; at most {longest} are read. Is a closing quote missing?"
            );
        }
        if (!_columns[column].Add(row, cell))
        {
            throw NotUtf8(_lines[row]);
        }
    }

    /// <summary>A number of any row of the file; those of a column come in the order of rows.</summary>
    public void Add(int row, int column, double number) => _columns[column].Add(row, number);

    /// <summary>Whether the row begun last has a cell of that column already.</summary>
    public bool HasCell(int column) => _columns[column].Count == RowCount;

    /// <summary>The table of all files.</summary>
    public RunTable Build()
    {
        RunColumn[] columns = [.. _columns.Select(c => c.Build(RowCount))];
        TableFile[] files = [.. _files.Select(f => new TableFile(f.Path, f.Columns, f.HasLines))];
        return new RunTable(files, columns, [.. _lines], [.. _fileOf], [.. Notes, .. JoinedFiles.Notes(files, columns, _lines, _fileOf)]);
    }

    /// <param name="line">Where, or 0 for nowhere.</param>
    /// <param name="message">Without full stop.</param>
    public UserException Error(long line, string message) => new($"{Path}{(line > 0 ? $":{line}" : "")}: {message}.");

    public UserException NotUtf8(long line) => Error(line, "this is not UTF-8 text. Save the file as UTF-8");
}
