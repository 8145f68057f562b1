using MoeScale.Basics;

namespace MoeScale.Studies.Running.Slurm;

/// <summary>What may be said of Slurm's jobs for one call, beside what the study says.</summary>
public static class SlurmSettings
{
    /// <summary>Options of sbatch for the tasks that train.</summary>
    public static readonly Setting TaskOptions = new("slurm", "sbatch");

    /// <summary>Options of sbatch for the job that fits and reports.</summary>
    public static readonly Setting ReportOptions = new("slurm", "sbatch_report");
}
