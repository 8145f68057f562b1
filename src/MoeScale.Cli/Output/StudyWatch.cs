using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Output;

/// <summary>
/// Watches over the runs of a study: a table of those that run, redrawn on a terminal (a line now and then where there is none), and a stop
/// at the first Ctrl-C or request to end, which reaches the trainers.
/// </summary>
internal sealed class StudyWatch : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    // Of lines that stay.
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    // After a second one the trainers live on, and the next call finds them.
    private readonly StopRequest _stop = new(alsoTerminate: true);
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private readonly StudyLiveTable _table;
    private bool _ended;

    public StudyWatch(Study study, StudyFolder folder)
    {
        _table = new StudyLiveTable(study, folder);
        _timer = Console.IsErrorRedirected
            ? new Timer(_ => Show(_table.Log), null, TimeSpan.Zero, BetweenLines)
            : new Timer(_ => Show(_table.Draw), null, TimeSpan.Zero, Between);
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _ended = true;
            _table.Clear();
        }
        _stop.Dispose();
    }

    private void Show(Action show)
    {
        // A look at thousands of cells on a slow disk may outlast the time to the next one.
        if (!_lock.TryEnter())
        {
            return;
        }
        try
        {
            if (!_ended)
            {
                show();
            }
        }
        finally
        {
            _lock.Exit();
        }
    }
}
