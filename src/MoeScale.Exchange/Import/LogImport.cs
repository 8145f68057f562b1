using MoeScale.Basics;
using MoeScale.Exchange.Logs;
using MoeScale.Models;

namespace MoeScale.Exchange.Import;

/// <summary>Logs of other programs as runs that a law can be fitted to.</summary>
public static class LogImport
{
    // Above the lowest mean of as many reports, in parts of it: no run that learns ends so.
    private const double DivergedShare = 0.1;

    /// <summary>Reads, recognises and joins all logs.</summary>
    /// <exception cref="UserException">A path is none, no log is recognised, or something that no log says is not given.</exception>
    public static ImportedRuns Run(ImportRequest request)
    {
        List<(RunLog, ILogFormat)> logs = [];
        List<string> passedOver = [];
        // A file that a folder and a name both mean is one log.
        HashSet<string> read = [];
        foreach (string path in request.Paths.SelectMany(p => GivenFiles.IsPattern(p) ? GivenFiles.Matching(p) : [p]))
        {
            bool isFolder = Directory.Exists(path);
            foreach (string file in (isFolder ? GivenFiles.In(path) : [path]).Where(f => read.Add(Path.GetFullPath(f))))
            {
                LogFile log = new(file);
                ILogFormat? format =
                    request.Format is ILogFormat given && (!isFolder || given.Recognises(log)) ? given
                    : request.Format is null ? LogFormats.Of(log)
                    : null;
                if (format is null && !isFolder)
                {
                    throw new UserException(
                        $"{file} is none of the logs that are known: {string.Join(", ", LogFormats.All.Select(f => f.Title))}. If it is "
                            + $"one, name its kind with {ImportSettings.Format}; a plain table of runs needs no import."
                    );
                }
                RunLog[] runs = format is null ? [] : [.. format.Read(log)];
                logs.AddRange(runs.Select(r => (r, format!)));
                if (runs.Length == 0)
                {
                    passedOver.Add(file);
                }
            }
        }
        return logs.Count == 0
            ? throw new UserException(
                $"{string.Join(", ", request.Paths)} {(request.Paths.Count == 1 ? "has" : "have")} no report of a run. Known are "
                    + $"{string.Join(", ", LogFormats.All.Select(f => f.Title))}."
            )
            : new ImportedRuns([.. Named(LogJoiner.Join(logs)).Select(r => Imported(r.Run, r.Name, request))], passedOver);
    }

    // Jobs of a cluster write files of one name in many folders: where names repeat, as many folders stand before them as tell them apart.
    private static IEnumerable<(RunLog Run, string Name)> Named(IReadOnlyList<RunLog> runs)
    {
        string[] names = [.. runs.Select(r => r.Name)];
        string?[] folders = [.. runs.Select(r => Path.GetDirectoryName(Path.GetFullPath(r.Files[0])))];
        while (true)
        {
            int[] repeated = [.. names.Index().GroupBy(n => n.Item).Where(g => g.Count() > 1).SelectMany(g => g.Select(n => n.Index))];
            int[] open = [.. repeated.Where(i => !string.IsNullOrEmpty(Path.GetFileName(folders[i])))];
            if (open.Length == 0)
            {
                return runs.Zip(names);
            }
            foreach (int i in open)
            {
                names[i] = $"{Path.GetFileName(folders[i])}/{names[i]}";
                folders[i] = Path.GetDirectoryName(folders[i]);
            }
        }
    }

    private static ImportedRun Imported(RunLog log, string name, ImportRequest request)
    {
        (Model Model, string From)? told = request.Model is Model given ? (given, "") : ModelOfLog.Of(log);
        Census? census = told is null ? null : Census.Of(told.Value.Model);
        RunUnits units = new(log, request, census);
        int last = log.Steps.Count - 1;
        Dictionary<string, double> row = units.At(last);
        (double? loss, double? lowest) = Smoothed(log, request.Smooth);
        if (loss is double l)
        {
            row[Columns.Loss] = l;
        }
        List<ImportNote> notes = [.. log.Notes];
        if (told is { From: { Length: > 0 } from })
        {
            notes.Add(new ImportNote.ModelFrom(from));
        }
        if (census is not null && units.LoggedParameters is double logged && Differs(logged, census) is ImportNote note)
        {
            notes.Add(note);
        }
        return new ImportedRun(log, EndOf(log, loss, lowest), told?.Model, row)
        {
            Name = name,
            Notes = notes,
            Points = request.WithPoints ? [.. Enumerable.Range(0, log.Steps.Count).Where(units.HasLoss).Select(units.At)] : [],
        };
    }

    // The mean of the last reports, and the lowest such mean of the run; infinite where one of them is no number.
    private static (double? Last, double? Lowest) Smoothed(RunLog log, int count)
    {
        if (log.Column(Columns.Loss) is not IReadOnlyList<double> column)
        {
            return (null, null);
        }
        double[] losses = [.. column.Where(l => !double.IsNaN(l))];
        if (losses.Length == 0)
        {
            return (null, null);
        }
        int window = Math.Min(count, losses.Length);
        double lowest = double.PositiveInfinity;
        double sum = 0;
        int infinite = 0;
        for (int i = 0; i < losses.Length; i++)
        {
            Count(losses[i], 1);
            if (i >= window)
            {
                Count(losses[i - window], -1);
            }
            if (i >= window - 1 && infinite == 0)
            {
                lowest = Math.Min(lowest, sum / window);
            }
        }
        return (losses[^window..].Sum() / window, lowest);

        // What is taken off an infinite sum leaves no number.
        void Count(double loss, int sign)
        {
            if (double.IsFinite(loss))
            {
                sum += sign * loss;
            }
            else
            {
                infinite += sign;
            }
        }
    }

    private static RunEnd EndOf(RunLog log, double? loss, double? lowest)
    {
        if (loss is double last && (!double.IsFinite(last) || last > (1 + DivergedShare) * lowest))
        {
            return RunEnd.Diverged;
        }
        if (log.End is RunEnd end)
        {
            return end;
        }
        return log.PlannedSteps is not double planned ? RunEnd.Unknown
            : log.Steps[^1] >= planned ? RunEnd.Finished
            : RunEnd.Unfinished;
    }

    private static ImportNote.OtherParameters? Differs(double logged, Census census)
    {
        // Programs round to whole parameters, or print three digits.
        bool Is(double counted) => Math.Abs(logged - counted) <= 5e-3 * counted;
        (string What, double Count)[] sums =
        [
            ("total", census.TotalParams),
            ("total without embeddings", census.TotalParamsNonEmbedding),
            ("active", census.ActiveParams),
            ("active without embeddings", census.ActiveParamsNonEmbedding),
        ];
        return Math.Abs(logged - census.TotalParams) < 1
            ? null
            : new ImportNote.OtherParameters(logged, census.TotalParams, Array.Find(sums, s => Is(s.Count)).What);
    }
}
