using System.Runtime.InteropServices;
using MoeScale.Cli.Output;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Verbs;

/// <summary>
/// Watches over the runs of a study: a table of those that run, redrawn on a terminal, and a stop at the first Ctrl-C or request to end, which reaches the trainers.
/// </summary>
internal sealed class StudyWatch : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _terminate;
    private readonly Timer? _timer;
    private readonly Lock _lock = new();
    private readonly StudyLiveTable _table;
    private bool _ended;

    public StudyWatch(Study study, StudyFolder folder)
    {
        Console.CancelKeyPress += OnCancel;
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            _stop.Cancel();
        });
        _table = new StudyLiveTable(study, folder);
        _timer = Console.IsErrorRedirected ? null : new Timer(_ => Show(), null, TimeSpan.Zero, Between);
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancel;
        _terminate.Dispose();
        _timer?.Dispose();
        lock (_lock)
        {
            _ended = true;
            _table.Clear();
        }
        _stop.Dispose();
    }

    private void Show()
    {
        lock (_lock)
        {
            if (!_ended)
            {
                _table.Draw();
            }
        }
    }

    private void OnCancel(object? sender, ConsoleCancelEventArgs e)
    {
        if (!_stop.IsCancellationRequested)
        {
            e.Cancel = true;
            _stop.Cancel();
        }
    }
}
