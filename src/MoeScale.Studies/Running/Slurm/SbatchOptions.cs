using MoeScale.Basics;

namespace MoeScale.Studies.Running.Slurm;

/// <summary>Options of sbatch for one call, which go before those of the study.</summary>
public sealed record SbatchOptions
{
    // Whose a job is and where it may run, with their short forms. What else a task needs, such as its GPUs and its
    // time, is not for a job that only fits.
    private static readonly string[] OfBoth = ["--account", "-A", "--clusters", "-M", "--partition", "-p", "--qos", "-q", "--reservation"];

    // By these the study knows which task trains which cell, and that sbatch queues a job and returns.
    private static readonly string[] OfStudy = ["--array", "-a", "--test-only", "--wait", "-W", "--wrap"];

    private SbatchOptions(IReadOnlyList<string> tasks, IReadOnlyList<string> report) => (Tasks, Report) = (tasks, report);

    /// <summary>For the tasks that train.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>For the job that fits and reports: of the tasks' those that say whose it is and where it may run, then its own.</summary>
    public IReadOnlyList<string> Report { get; }

    /// <param name="tasks">Words of sbatch for the tasks that train.</param>
    /// <param name="report">Words of sbatch for the job that fits and reports.</param>
    /// <exception cref="UserException">One of them is the study's to say.</exception>
    public static SbatchOptions Of(IReadOnlyList<string> tasks, IReadOnlyList<string> report)
    {
        if (tasks.Concat(report).FirstOrDefault(o => OfStudy.Any(own => Is(o, own))) is string wrong)
        {
            string cure =
                Is(wrong, "--array") || Is(wrong, "-a") ? "; 'at_once' under 'slurm' in the study limits the tasks that run at once" : "";
            throw new UserException(
                $"sbatch's {wrong} is not for a study, which queues arrays of its own with a task for each cell. Leave it out{cure}."
            );
        }
        return report.FirstOrDefault(o => Is(o, "--dependency") || Is(o, "-d")) is string dependency
            ? throw new UserException(
                $"sbatch's {dependency} is not for the job that reports, which waits for all tasks. Leave it out of "
                    + $"{SlurmSettings.ReportOptions}."
            )
            : new SbatchOptions(tasks, [.. Shared(tasks), .. report]);
    }

    private static IEnumerable<string> Shared(IReadOnlyList<string> tasks)
    {
        for (int i = 0; i < tasks.Count; i++)
        {
            string option = tasks[i];
            if (!OfBoth.Any(o => Is(option, o)))
            {
                continue;
            }
            yield return option;
            // Its value may be a word of its own.
            bool hasValue = option.Contains('=') || (option[1] != '-' && option.Length > 2);
            if (!hasValue && i + 1 < tasks.Count)
            {
                yield return tasks[++i];
            }
        }
    }

    // sbatch takes a long name cut short, and the value of a short one right behind it.
    private static bool Is(string option, string name) =>
        name.StartsWith("--", StringComparison.Ordinal)
            ? option.Split('=')[0] is { Length: > 3 } given && name.StartsWith(given, StringComparison.Ordinal)
            : option.StartsWith(name, StringComparison.Ordinal);
}
