using System.Diagnostics;
using System.Text;

namespace MoeScale.Cli.Tests;

/// <summary>
/// The command on a terminal of its own, which util-linux's <c>script</c> makes: there it shows how far it is, and Ctrl-C is a key.
/// </summary>
internal sealed class Terminal : IDisposable
{
    private const string CtrlC = "\x03";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _shown = new();

    /// <param name="line">
    /// One command for a shell, which it becomes: a shell that waited beside it would take the Ctrl-C too and answer with a code of its
    /// own.
    /// </param>
    /// <param name="folder">Where it runs.</param>
    public Terminal(string line, string folder) =>
        _process = Process.Start(
            new ProcessStartInfo("script", ["--quiet", "--flush", "--return", "--command", $"exec {line}", "/dev/null"])
            {
                WorkingDirectory = folder,
                // Otherwise the shell of whoever runs the tests, and each has its own ways.
                Environment = { ["SHELL"] = "/bin/sh" },
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;

    public static bool IsThere { get; } = OperatingSystem.IsLinux() && File.Exists("/usr/bin/script");

    /// <summary>Waits until the command shows a text, which it must do before it ends.</summary>
    public void WaitFor(string text)
    {
        while (!_shown.ToString().Contains(text, StringComparison.Ordinal))
        {
            int next = _process.StandardOutput.Read();
            Assert.True(next >= 0, $"It ended without '{text}': {_shown}");
            _shown.Append((char)next);
        }
    }

    public void PressCtrlC()
    {
        _process.StandardInput.Write(CtrlC);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for the end; all that was shown, and the exit code.</summary>
    public (int ExitCode, string Shown) End()
    {
        // A command that does not end must not hold the tests for ever.
        using Timer patience = new(_ => _process.Kill(entireProcessTree: true), null, Patience, Timeout.InfiniteTimeSpan);
        _shown.Append(_process.StandardOutput.ReadToEnd());
        _process.WaitForExit();
        return (_process.ExitCode, _shown.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
