using MoeScale.Basics;
using MoeScale.Exchange.Logs;
using MoeScale.Exchange.Logs.Formats;

namespace MoeScale.Exchange.Import;

/// <summary>All kinds of logs, in the order in which a file is tried.</summary>
public static class LogFormats
{
    public static IReadOnlyList<ILogFormat> All { get; } =
    [
        new TensorBoardEvents(),
        new WandbRecords(),
        new OwnRun(),
        new TrainerState(),
        new LmEvalResults(),
        new WandbChart(),
        new WandbRunTable(),
        new WandbHistory(),
        new MegatronLog(),
        new TorchTitanLog(),
        new OlmoCoreLog(),
    ];

    /// <summary>The kind that a user names.</summary>
    /// <exception cref="UserException">There is none of that name.</exception>
    public static ILogFormat Named(string name) =>
        All.FirstOrDefault(f => f.Name == name)
        ?? throw new UserException(
            $"'{name}' is no kind of log{Guess.Hint(name, All.Select(f => f.Name))}. Known are "
                + $"{string.Join(", ", All.Select(f => f.Name))}."
        );

    /// <summary>How many curves a table of these columns has if it is the export of a chart, whose rows are steps; else 0.</summary>
    public static int RunsOfChart(IReadOnlyList<string> columns) => WandbChart.IsHeader(columns) ? WandbChart.Curves(columns).Count() : 0;

    /// <summary>The kind of a file; null if it is none of these.</summary>
    public static ILogFormat? Of(LogFile file) => All.FirstOrDefault(f => f.Recognises(file));
}
