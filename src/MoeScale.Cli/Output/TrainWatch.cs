using System.Diagnostics;
using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Models;
using MoeScale.Reporting;
using MoeScale.Training.Diagnostics;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Products;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Output;

/// <summary>
/// Watches over a run: shows where it stands, where standard error is a terminal, and stops with a checkpoint at the first Ctrl-C or
/// request of the system to end.
/// </summary>
internal sealed class TrainWatch : IDisposable
{
    private const int Between = 500;

    private readonly StopRequest _stop = new(alsoTerminate: true);
    private readonly bool _shown = !Console.IsErrorRedirected;
    private readonly double _flopsPerToken;
    private readonly double _peakGflops;
    private string _stage = "";
    private long _last;
    private long _lastTokens = -1;
    private double _tokensPerSecond;
    private int _width;

    /// <param name="model">What is trained; null while nothing is.</param>
    /// <param name="threads">With so many.</param>
    public TrainWatch(Model model, int threads)
    {
        Census census = Census.Of(model);
        // Attention counted in full, as is usual for shares of a peak.
        _flopsPerToken = Census.TrainOverInference * (census.MatrixFlopsPerToken + census.FullAttentionFlopsPerToken(model.Context));
        if (_shown)
        {
            using WorkerPool pool = new(threads);
            _peakGflops = PeakMeter.MeasureGflops(pool);
        }
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>Names what comes next: "branch 2.00M".</summary>
    public void Stage(string name)
    {
        _stage = name.Length == 0 ? "" : name + ": ";
        _lastTokens = -1;
    }

    /// <summary>Bytes of text that were read.</summary>
    public void Reading(long bytes) => Show($"moescale: reading text, {Quantity.FormatBytes(bytes)}");

    /// <summary>Takes a step of a run of so many tokens, and says what is wrong with its routers, if it has any.</summary>
    public void Report(StepReport step, double tokens, RouterHealth? routers = null)
    {
        if (!_shown)
        {
            return;
        }
        if (_lastTokens < 0 || _lastTokens > step.Tokens)
        {
            (_last, _lastTokens, _tokensPerSecond) = (Stopwatch.GetTimestamp(), step.Tokens, 0);
            return;
        }
        TimeSpan since = Stopwatch.GetElapsedTime(_last);
        if (since.TotalMilliseconds < Between)
        {
            return;
        }
        double now = (step.Tokens - _lastTokens) / since.TotalSeconds;
        _tokensPerSecond = _tokensPerSecond == 0 ? now : (0.8 * _tokensPerSecond) + (0.2 * now);
        (_last, _lastTokens) = (Stopwatch.GetTimestamp(), step.Tokens);
        double share = now * _flopsPerToken / (_peakGflops * 1e9);
        TimeSpan left = TimeSpan.FromSeconds(Math.Min(1e9, (tokens - step.Tokens) / _tokensPerSecond));
        Show(
            string.Create(
                CultureInfo.InvariantCulture,
                $"moescale: {_stage}{100 * step.Tokens / tokens:0} %, loss {step.SmoothedLoss:0.000}, {now:#,0} tokens/s, "
                    + $"{100 * share:0} % of the peak, {Time(left)} left{Wrong(routers)}"
            )
        );
    }

    /// <summary>Clears the line, before something else is printed.</summary>
    public void Clear()
    {
        if (_width > 0)
        {
            Show("");
            Console.Error.Write('\r');
        }
    }

    /// <summary>A line on standard error, for a terminal and for a log.</summary>
    public void Say(string sentence)
    {
        Clear();
        Console.Error.WriteLine($"moescale: {sentence}");
    }

    public void Dispose()
    {
        Clear();
        _stop.Dispose();
    }

    /// <summary>"2:05:10", "5:10"</summary>
    internal static string Time(TimeSpan time) =>
        time.TotalHours >= 1
            ? FormattableString.Invariant($"{Math.Floor(time.TotalHours):0}:{time.Minutes:00}:{time.Seconds:00}")
            : FormattableString.Invariant($"{time.Minutes}:{time.Seconds:00}");

    // Of a few steps nothing can be said.
    private static string Wrong(RouterHealth? routers) =>
        routers is { IsFull: true } && routers.Findings() is [RouterFinding first, ..] all
            ? $"; {RouterWords.Brief(first).Say(CommandTerms.All)}{(all.Count > 1 ? $" and {all.Count - 1} more" : "")}"
            : "";

    private void Show(string text)
    {
        if (_shown)
        {
            Console.Error.Write($"\r{text.PadRight(_width)}");
            _width = text.Length;
        }
    }
}
