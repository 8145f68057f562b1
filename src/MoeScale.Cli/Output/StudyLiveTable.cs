using System.Text;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Output;

/// <summary>The cells that run, on standard error, drawn over itself: loss, speed and time left.</summary>
internal sealed class StudyLiveTable(Study study, StudyFolder folder)
{
    private const int MostLines = 16;

    // What is done is read once; a study may have thousands of cells.
    private readonly HashSet<string> _done = [];
    private readonly long _start = Environment.TickCount64;
    private double _before = -1;
    private int _lines;

    public void Draw()
    {
        List<CellStatus> open = [];
        foreach (Cell cell in study.Cells.Where(c => !_done.Contains(c.Name)))
        {
            CellFolder place = folder.Of(cell);
            if (place.IsDone)
            {
                _done.Add(cell.Name);
            }
            else
            {
                open.Add(CellStatus.Of(place, study.Retries));
            }
        }
        double all = study.Cells.Sum(c => c.TrainedTokens * c.FlopsPerToken);
        double made = all - open.Sum(o => (o.Cell.TrainedTokens - o.Tokens) * o.Cell.FlopsPerToken);
        _before = _before < 0 ? made : _before;
        StringBuilder text = new();
        CellStatus[] running = [.. open.Where(o => o.State == CellState.Running)];
        int failed = open.Count(o => o.State == CellState.Failed);
        double seconds = (Environment.TickCount64 - _start) / 1e3;
        string left = made > _before ? $", about {Time((all - made) / (made - _before) * seconds)} left" : "";
        text.Append(FormattableString.Invariant($"{study.Id}: {_done.Count} of {study.Cells.Count} cells done, {running.Length} running{(failed > 0 ? $", {failed} failed" : "")}; {100 * made / all:0.0} % of the FLOPs{left}\n"));
        foreach (CellStatus cell in running.Take(MostLines))
        {
            text.Append(FormattableString.Invariant($"  {cell.Cell.Name,-28} {100 * cell.Tokens / cell.Cell.TrainedTokens,4:0} %  loss {cell.Loss,6:0.000}  {cell.TokensPerSecond,9:#,0} tokens/s  {(cell.TokensPerSecond > 0 ? Time((cell.Cell.TrainedTokens - cell.Tokens) / cell.TokensPerSecond.Value) : "-"),8} left\n"));
        }
        Clear();
        Console.Error.Write(text.ToString());
        _lines = text.ToString().Count(c => c == '\n');
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

    private static string Time(double seconds) => Verbs.TrainWatch.Time(TimeSpan.FromSeconds(Math.Min(1e9, seconds)));
}
