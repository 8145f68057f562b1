using MoeScale.Exchange.Logs;

namespace MoeScale.Exchange.Import;

/// <summary>Puts the logs of one run together, whose restarts wrote several files.</summary>
internal static class LogJoiner
{
    /// <summary>
    /// Files of a kind whose folder is one run's are joined. Of others, one that begins after its first steps goes on with the log in the
    /// same folder that it follows, if there is one alone: with as many planned steps and as large a batch, whose end it reaches.
    /// </summary>
    public static IReadOnlyList<RunLog> Join(IReadOnlyList<(RunLog Run, ILogFormat Format)> logs)
    {
        List<RunLog> joined = [];
        foreach (var folder in logs.GroupBy(l => (FolderOf(l.Run), l.Format)))
        {
            RunLog[] parts =
            [
                .. folder
                    .Select(f => f.Run)
                    .OrderBy(r => r.Began ?? DateTime.MinValue)
                    .ThenBy(r => r.Steps[0])
                    .ThenBy(r => r.Files[0], StringComparer.Ordinal),
            ];
            List<RunLog> own = [];
            foreach (RunLog part in parts)
            {
                RunLog[] before =
                    folder.Key.Format.FolderIsOneRun ? [.. own.Take(1)]
                    : BeginsLate(part) ? [.. own.Where(o => GoesOn(o, part))]
                    : [];
                if (before.Length == 1)
                {
                    if (!folder.Key.Format.FolderIsOneRun)
                    {
                        before[0].Tell(new ImportNote.Joined(part.Files[0], before[0].Name, part.Steps[0]));
                    }
                    before[0].Continue(part);
                    continue;
                }
                own.Add(part);
            }
            joined.AddRange(own);
        }
        foreach (RunLog run in joined.Where(BeginsLate))
        {
            run.Tell(new ImportNote.BeginsLate(run.Steps[0]));
        }
        return joined;
    }

    private static string FolderOf(RunLog run) => Path.GetDirectoryName(Path.GetFullPath(run.Files[0])) ?? "";

    // A log that reports each k steps begins with step 1 or k.
    private static bool BeginsLate(RunLog run) =>
        run.Steps.Count > 1 && run.Steps[0] > 1 && run.Steps[0] > 1.5 * (run.Steps[1] - run.Steps[0]);

    private static bool GoesOn(RunLog before, RunLog after) =>
        before.PlannedSteps == after.PlannedSteps
        && before.Last(Columns.BatchSamples) == after.Last(Columns.BatchSamples)
        && before.Steps[0] < after.Steps[0]
        && after.Steps[0] <= before.Steps[^1] + (after.Steps.Count > 1 ? after.Steps[1] - after.Steps[0] : 1);
}
