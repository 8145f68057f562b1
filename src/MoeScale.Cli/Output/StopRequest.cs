using System.Runtime.InteropServices;

namespace MoeScale.Cli.Output;

/// <summary>Turns the first Ctrl-C into a request to stop, which long work looks at. A second one ends the program.</summary>
internal sealed class StopRequest : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration? _terminate;

    /// <param name="alsoTerminate">Whether a request of the system to end, SIGTERM, is one too; each of them.</param>
    public StopRequest(bool alsoTerminate = false)
    {
        Console.CancelKeyPress += OnCancel;
        if (alsoTerminate)
        {
            _terminate = PosixSignalRegistration.Create(
                PosixSignal.SIGTERM,
                context =>
                {
                    context.Cancel = true;
                    _stop.Cancel();
                }
            );
        }
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancel;
        _terminate?.Dispose();
        _stop.Dispose();
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
