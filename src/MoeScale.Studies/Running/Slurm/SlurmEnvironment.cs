namespace MoeScale.Studies.Running.Slurm;

/// <summary>
/// The environment in which Slurm's programs are asked. A study may be started inside a job, whose variables sbatch
/// would hand on to every task, and in a shell whose variables are options: those that contradict what the study says
/// of its jobs, or would hide some of them, are taken out.
/// </summary>
public static class SlurmEnvironment
{
    // Of SLURM_: where Slurm is. The rest is of the job that this program runs in.
    private static readonly string[] OfSite =
    [
        "SLURM_CONF",
        "SLURM_CONF_SERVER",
        "SLURM_CLUSTERS",
        "SLURM_JWT",
        "SLURM_SACK_KEY",
        "SLURM_SACK_SOCKET",
    ];

    // Of SBATCH_: what the study itself says of a job.
    private static readonly string[] OfStudy =
    [
        "SBATCH_ARRAY_INX",
        "SBATCH_ERROR",
        "SBATCH_INPUT",
        "SBATCH_JOB_NAME",
        "SBATCH_NO_REQUEUE",
        "SBATCH_OPEN_MODE",
        "SBATCH_OUTPUT",
        "SBATCH_REQUEUE",
        "SBATCH_WAIT",
    ];

    // Of SBATCH_: what the job that reports keeps; the others ask for the resources of training.
    private static readonly string[] OfReport =
    [
        "SBATCH_ACCOUNT",
        "SBATCH_CLUSTERS",
        "SBATCH_DEBUG",
        "SBATCH_EXPORT",
        "SBATCH_GET_USER_ENV",
        "SBATCH_IGNORE_PBS",
        "SBATCH_PARTITION",
        "SBATCH_QOS",
        "SBATCH_RESERVATION",
        "SBATCH_WCKEY",
    ];

    /// <summary>Whether this program is a job of Slurm's.</summary>
    public static bool IsJob => Environment.GetEnvironmentVariable("SLURM_JOB_ID") is not null;

    /// <summary>Takes out what harms.</summary>
    /// <param name="environment">Of the program to be started.</param>
    /// <param name="isReport">Whether it queues the job that fits and reports.</param>
    internal static void Clean(IDictionary<string, string?> environment, bool isReport)
    {
        foreach (string name in environment.Keys.ToArray())
        {
            if (
                (name.StartsWith("SLURM_", StringComparison.Ordinal) && !OfSite.Contains(name))
                || name.StartsWith("SQUEUE_", StringComparison.Ordinal)
                || (name.StartsWith("SBATCH_", StringComparison.Ordinal) && (isReport ? !OfReport.Contains(name) : OfStudy.Contains(name)))
            )
            {
                environment.Remove(name);
            }
        }
    }
}
