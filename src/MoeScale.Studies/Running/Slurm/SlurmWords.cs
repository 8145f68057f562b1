using MoeScale.Basics;

namespace MoeScale.Studies.Running.Slurm;

/// <summary>What was queued, in words.</summary>
public static class SlurmWords
{
    /// <summary>A report in lines without full stop.</summary>
    public static IEnumerable<string> Of(WorkReport.Queued report)
    {
        if (report.Earlier is QueuedCells earlier)
        {
            (string are, string them) = earlier.Count == 1 ? ("is", "it") : ("are", "them");
            yield return $"{Plural.Of(earlier.Count, "cell")} {are} queued already, as {string.Join(", ", earlier.Jobs)}, "
                + $"with the threads and options of that time; 'scancel' {them} to queue {them} with others";
        }
        if (report.Report is string last)
        {
            string jobs = string.Concat(report.Jobs.Select(j => $"{Of(j)}, "));
            yield return $"queued {jobs}{(report.Jobs.Count > 0 ? "and " : "")}job {last}, which fits and reports when they have ended";
        }
    }

    /// <summary>"job 12 with 3 tasks (--nodes=2)".</summary>
    internal static string Of(QueuedJob job) =>
        $"job {job.Id} with {Plural.Of(job.Tasks, "task")}{(job.Needs.Count > 0 ? $" ({string.Join(' ', job.Needs)})" : "")}";
}
