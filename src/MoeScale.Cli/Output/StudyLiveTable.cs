using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Output;

/// <summary>
/// Where the cells of a study stand, on standard error: on a terminal drawn over itself, with loss, speed and time left of those that run;
/// else a line where some have ended.
/// </summary>
internal sealed class StudyLiveTable(Study study, StudyFolder folder)
{
    private const int MaxLines = 16;

    // What is done is read once; a study may have thousands of cells.
    private readonly HashSet<string> _done = [];
    private readonly long _start = Environment.TickCount64;
    private readonly double _all = study.Cells.Sum(c => c.TrainedTokens * c.FlopsPerToken);
    private double _before = -1;
    private int _ended = -1;
    private int _lines;

    /// <summary>Draws the table where it was drawn before.</summary>
    public void Draw()
    {
        CellStatus[] open = Look();
        StringBuilder text = new();
        text.Append(Summary(open)).Append('\n');
        foreach (CellStatus cell in open.Where(o => o.State == CellState.Running).Take(MaxLines))
        {
            text.Append(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {cell.Cell.Name, -28} {100 * cell.Tokens / cell.Cell.TrainedTokens, 4:0} %  loss {cell.Loss, 6:0.000}  "
                        + $"{cell.TokensPerSecond, 9:#,0} tokens/s  {(cell.SecondsLeft is double left ? Time(left) : "-"), 8} left\n"
                )
            );
        }
        Clear();
        Console.Error.Write(text.ToString());
        _lines = text.ToString().Count(c => c == '\n');
    }

    /// <summary>Writes a line where cells have ended since the last one.</summary>
    public void Log()
    {
        CellStatus[] open = Look();
        int ended = _done.Count + open.Count(o => o.State == CellState.Failed);
        if (_ended >= 0 && ended != _ended)
        {
            Console.Error.WriteLine(Summary(open));
        }
        _ended = ended;
    }

    /// <summary>The cells that are not done.</summary>
    private CellStatus[] Look()
    {
        List<CellStatus> open = [];
        foreach (Cell cell in study.Cells.Where(c => !_done.Contains(c.Name)))
        {
            CellStatus status = CellStatus.Of(folder.Of(cell), study.Retries);
            if (status.State == CellState.Done)
            {
                _done.Add(cell.Name);
            }
            else
            {
                open.Add(status);
            }
        }
        _before = _before < 0 ? Made(open) : _before;
        return [.. open];
    }

    /// <summary>FLOPs of what is trained.</summary>
    private double Made(IEnumerable<CellStatus> open) => _all - open.Sum(o => (o.Cell.TrainedTokens - o.Tokens) * o.Cell.FlopsPerToken);

    private string Summary(CellStatus[] open)
    {
        double made = Made(open);
        int failed = open.Count(o => o.State == CellState.Failed);
        double seconds = (Environment.TickCount64 - _start) / 1e3;
        string left = made > _before ? $", about {Time((_all - made) / (made - _before) * seconds)} left" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{study.Id}: {_done.Count} of {Plural.Of(study.Cells.Count, "cell")} done, {open.Count(o => o.State == CellState.Running)} "
                + $"running{(failed > 0 ? $", {failed} failed" : "")}; {100 * made / _all:0.0} % of the FLOPs{left}"
        );
    }

    /// <summary>Takes it off the screen.</summary>
    public void Clear()
    {
        if (_lines > 0)
        {
            Console.Error.Write($"\e[{_lines}A\e[J");
            _lines = 0;
        }
    }

    private static string Time(double seconds) => TrainWatch.Time(TimeSpan.FromSeconds(Math.Min(1e9, seconds)));
}
