namespace MoeScale.Cli.Output;

/// <summary>
/// One line of standard error that tells how far work is, only where that is a terminal; it is gone when the work is done.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private const int Between = 200;

    private readonly bool _shown = !Console.IsErrorRedirected;
    private long _next = Environment.TickCount64 + Between;
    private int _width;

    /// <summary>Shows a text, a few times a second at most.</summary>
    public void Report(FormattableString text)
    {
        if (_shown && Environment.TickCount64 >= _next)
        {
            _next = Environment.TickCount64 + Between;
            Show(FormattableString.Invariant(text));
        }
    }

    public void Dispose()
    {
        if (_width > 0)
        {
            Show("");
            Console.Error.Write('\r');
        }
    }

    private void Show(string text)
    {
        Console.Error.Write($"\r{text.PadRight(_width)}");
        _width = text.Length;
    }
}
