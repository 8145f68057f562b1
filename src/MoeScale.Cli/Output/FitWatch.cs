namespace MoeScale.Cli.Output;

/// <summary>
/// Watches over long work: shows how far it is, where standard error is a terminal, and stops at the first Ctrl-C, so that the best so far
/// can be printed.
/// </summary>
internal sealed class FitWatch : IDisposable
{
    private const int Between = 100;

    private readonly StopRequest _stop = new();
    private readonly bool _shown = !Console.IsErrorRedirected;
    private readonly Lock _lock = new();
    private string _stage = "";
    private long _next = Environment.TickCount64 + (3 * Between);
    private int _width;

    /// <summary>Whether the user asked to stop.</summary>
    public bool IsStopped => Token.IsCancellationRequested;

    public CancellationToken Token => _stop.Token;

    /// <summary>Names what comes next: "search", "experts = 4".</summary>
    public void Stage(string name)
    {
        lock (_lock)
        {
            _stage = name;
        }
    }

    /// <summary>Takes the share of the work that is done, from any thread.</summary>
    public void Report(double share)
    {
        if (!_shown || Environment.TickCount64 < Volatile.Read(ref _next))
        {
            return;
        }
        lock (_lock)
        {
            Volatile.Write(ref _next, Environment.TickCount64 + Between);
            Show($"moescale: {_stage} {100 * Math.Clamp(share, 0, 1):0} %");
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_width > 0)
            {
                Show("");
                Console.Error.Write('\r');
            }
        }
        _stop.Dispose();
    }

    private void Show(string text)
    {
        Console.Error.Write($"\r{text.PadRight(_width)}");
        _width = text.Length;
    }
}
