using MoeScale.Basics;

namespace MoeScale.Exchange.Logs;

/// <summary>What a log says of one run: reports at steps, and facts that do not change.</summary>
/// <param name="name">As its table names it, or its file or folder.</param>
/// <param name="format">Of <see cref="ILogFormat.Name"/>.</param>
public sealed class RunLog(string name, string format)
{
    /// <summary>More numbers than this in one run are refused: half a gigabyte of memory.</summary>
    public const int MaxNumbers = 1 << 26;

    private readonly List<ImportNote> _notes = [];
    private readonly List<double> _steps = [];
    private readonly List<DateTime?> _times = [];

    // Of each shared column, the name that fills it.
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, List<double>> _columns = [];
    private long _numbers;

    public string Name { get; } = name;

    public string Format { get; } = format;

    /// <summary>Where it was read from, in the order of reading.</summary>
    public List<string> Files { get; init; } = [];

    /// <summary>Steps that the run was to have; null where the log does not say.</summary>
    public double? PlannedSteps { get; set; }

    /// <summary>How the run ended, where the log says so itself.</summary>
    public RunEnd? End { get; set; }

    /// <summary>What it was started with, as the log prints it: "seq_length", "4096".</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Texts of its row in a table, such as tags.</summary>
    public Dictionary<string, string> Texts { get; } = [];

    /// <summary>What its reader must be told: "thinned to 500 points".</summary>
    public IReadOnlyList<ImportNote> Notes => _notes;

    /// <summary>Rising.</summary>
    public IReadOnlyList<double> Steps => _steps;

    public IReadOnlyCollection<string> Columns => _columns.Keys;

    /// <summary>A column over <see cref="Steps"/>, NaN where nothing was reported; null if there is none.</summary>
    public IReadOnlyList<double>? Column(string column)
    {
        if (!_columns.TryGetValue(column, out List<double>? values))
        {
            return null;
        }
        Pad(values);
        return values;
    }

    /// <summary>The last number of a column; null if there is none.</summary>
    public double? Last(string column) =>
        Column(column)?.LastOrDefault(double.IsFinite, double.NaN) is double value and not double.NaN ? value : null;

    /// <summary>
    /// Begins a report. A step that stands twice counts once, the later; and where a run went back, to a checkpoint, what it had reported
    /// from there on is gone.
    /// </summary>
    /// <param name="step">From 0.</param>
    /// <param name="time">When it was written; null where the log does not say.</param>
    public void At(double step, DateTime? time = null)
    {
        if (_steps.Count > 0 && step < _steps[^1])
        {
            Cut(step);
        }
        if (_steps.Count == 0 || step != _steps[^1])
        {
            _steps.Add(step);
            _times.Add(time);
        }
    }

    /// <summary>A number of the report that was begun last.</summary>
    /// <exception cref="UserException">There are more numbers than memory is for.</exception>
    public void Set(string column, double value)
    {
        if (!_columns.TryGetValue(column, out List<double>? values))
        {
            _columns.Add(column, values = []);
        }
        int before = values.Count;
        Pad(values);
        // That a loss is no number is a report too, unlike a cell without any.
        values[^1] = double.IsNaN(value) ? double.PositiveInfinity : value;
        _numbers += values.Count - before;
        if (_numbers > MaxNumbers)
        {
            throw new UserException(
                $"{(Files.Count > 0 ? Files[0] : Name)} has more than {MaxNumbers} numbers of one run. Take a part of it, or fewer columns."
            );
        }
    }

    /// <summary>
    /// A number under the name that its trainer gives it: it goes into the shared column that the name stands for, and a change of unit is
    /// told. Where another name of this run stands for the same column, it stays under its own.
    /// </summary>
    public void SetNamed(string name, double value)
    {
        (string column, double factor) = MetricNames.Of(name);
        if (!_names.TryAdd(column, name) && _names[column] != name)
        {
            Set(MetricNames.Own(name), value);
            return;
        }
        if (factor != 1)
        {
            Tell(new ImportNote.Unit(name, column, factor));
        }
        Set(column, value * factor);
    }

    /// <summary>The numbers of a column under another name too.</summary>
    public void Copy(string from, string to) => _columns[to] = [.. Column(from)!];

    /// <summary>Takes out all that was reported from a step on.</summary>
    public void Cut(double step)
    {
        int kept = _steps.FindIndex(s => s >= step) is int i and >= 0 ? i : _steps.Count;
        _steps.RemoveRange(kept, _steps.Count - kept);
        _times.RemoveRange(kept, _times.Count - kept);
        foreach (List<double> values in _columns.Values.Where(v => v.Count > kept))
        {
            values.RemoveRange(kept, values.Count - kept);
        }
    }

    /// <summary>Adds what its reader must be told, once.</summary>
    public void Tell(ImportNote note)
    {
        if (!_notes.Contains(note))
        {
            _notes.Add(note);
        }
    }

    /// <summary>When the first report was written; null where the log does not say.</summary>
    public DateTime? Began => _times.FirstOrDefault(t => t is not null);

    /// <summary>Goes on with a later log of the same run.</summary>
    public void Continue(RunLog later)
    {
        Dictionary<string, IReadOnlyList<double>> columns = later.Columns.ToDictionary(c => c, c => later.Column(c)!);
        for (int i = 0; i < later.Steps.Count; i++)
        {
            At(later.Steps[i], later._times[i]);
            foreach ((string column, IReadOnlyList<double> values) in columns)
            {
                if (!double.IsNaN(values[i]))
                {
                    Set(column, values[i]);
                }
            }
        }
        Files.AddRange(later.Files);
        (PlannedSteps, End) = (later.PlannedSteps ?? PlannedSteps, later.End);
        foreach ((string key, string value) in later.Settings)
        {
            Settings[key] = value;
        }
        foreach (ImportNote note in later.Notes)
        {
            Tell(note);
        }
    }

    private void Pad(List<double> values)
    {
        while (values.Count < _steps.Count)
        {
            values.Add(double.NaN);
        }
    }
}

/// <summary>How a run ended.</summary>
public enum RunEnd
{
    /// <summary>All its steps were made, or its log says so.</summary>
    Finished,

    /// <summary>It stopped before its last step, or its log says so.</summary>
    Unfinished,

    /// <summary>Its loss is no number at the end, or far above the lowest.</summary>
    Diverged,

    /// <summary>The log does not say how many steps it was to have.</summary>
    Unknown,
}
