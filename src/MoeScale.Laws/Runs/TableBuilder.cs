using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>Collects the rows of a runs file, whichever its form.</summary>
internal sealed class TableBuilder(string path)
{
    private const int MaxColumns = 10_000;

    private readonly List<ColumnBuilder> _columns = [];
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly List<int> _lines = [];
    private readonly TableRoom _room = new();

    /// <summary>The file as the user gave it.</summary>
    public string Path { get; } = path;

    public int ColumnCount => _columns.Count;

    public int RowCount => _lines.Count;

    /// <summary>The line of the row that is being read, or of the last one.</summary>
    public int Line => _lines.Count > 0 ? _lines[^1] : 0;

    public string Name(int column) => _columns[column].Name;

    /// <summary>The column of that name, or −1.</summary>
    public int Find(string name) => _index.GetValueOrDefault(Names.Canonical(name), -1);

    /// <summary>Adds a column; one without a name, as of a data frame's index, is named for its place.</summary>
    /// <param name="name">As the file writes it.</param>
    /// <param name="line">Where.</param>
    /// <exception cref="UserException">There is one of that name, or there are too many.</exception>
    public int AddColumn(string name, long line)
    {
        if (_columns.Count == MaxColumns)
        {
            throw Error(
                line,
                $"the file has more than {MaxColumns} columns; no table of runs has. Write one run a row, and only what a fit may read"
            );
        }
        if (name.Length == 0)
        {
            name = $"unnamed_{_columns.Count + 1}";
        }
        if (name.Any(char.IsControl))
        {
            throw Error(
                line,
                "the name of a column holds a control character: this is no table of text. Write the runs as CSV or as JSON Lines"
            );
        }
        if (!_index.TryAdd(Names.Canonical(name), _columns.Count))
        {
            string first = _columns[Find(name)].Name;
            throw Error(
                line,
                first == name
                    ? $"two columns are named '{name}'; rename or remove one"
                    : $"the columns '{first}' and '{name}' are one name (a Greek letter and its English name are one); rename one"
            );
        }
        _columns.Add(new ColumnBuilder(name, _room));
        return _columns.Count - 1;
    }

    public void BeginRow(long line)
    {
        _lines.Add((int)line);
        _room.Bytes += sizeof(int);
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
    public void Add(int column, ReadOnlySpan<byte> cell)
    {
        const int longest = 1 << 16;
        if (cell.Length > longest)
        {
            throw Error(
                Line,
                $"the cell of '{Name(column)}' has {cell.Length} bytes; at most {longest} are read. Is a closing quote missing?"
            );
        }
        if (!_columns[column].Add(RowCount - 1, cell))
        {
            throw NotUtf8(Line);
        }
    }

    /// <summary>Whether the row begun last has a cell of that column already.</summary>
    public bool HasCell(int column) => _columns[column].Count == RowCount;

    /// <exception cref="UserException">There is no row.</exception>
    public RunTable Build() =>
        RowCount > 0
            ? new RunTable(Path, [.. _columns.Select(c => c.Build(RowCount))], [.. _lines])
            : throw new UserException(
                ColumnCount == 0
                    ? $"{Path} is empty. A table of runs has a header such as active_params,tokens,loss and a row for each run."
                    : $"{Path} has a header but no row below it. Each run is a row."
            );

    public UserException Error(long line, string message) => new($"{Path}:{line}: {message}.");

    public UserException NotUtf8(long line) => Error(line, "this is not UTF-8 text. Save the file as UTF-8");
}
