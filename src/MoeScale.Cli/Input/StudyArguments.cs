using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Studies.Costs;

namespace MoeScale.Cli.Input;

/// <summary>What the verbs of <c>study</c> are told on the command line.</summary>
internal static class StudyArguments
{
    public const double MaxThreads = Options.MaxThreads;

    public static readonly Argument<string> File = new("study")
    {
        HelpName = "STUDY",
        Description = "A study file; docs/studies.md has its keys.",
    };
    public static readonly Option<string> Out = new("--out")
    {
        HelpName = "FOLDER",
        Description = "Folder of the results. Default: beside the study file, named as it.",
    };
    public static readonly Option<string> Threads = new("--threads")
    {
        HelpName = "N",
        Description = "Threads to share out. Default: all processors.",
    };
    public static readonly Option<string> SideBySide = new("--side-by-side")
    {
        HelpName = "N",
        Description = "Cells to train at once. Default: one for each thread.",
    };
    public static readonly Option<string> MaxFlops = new("--max-flops")
    {
        HelpName = "N",
        Description = "Leave out the runs that tell least for what they cost, down to so many FLOPs.",
    };
    public static readonly Option<string> MaxHours = new("--max-hours")
    {
        HelpName = "N",
        Description = "The same, down to so many hours on this machine.",
    };
    public static readonly Option<string> Executor = new("--executor")
    {
        HelpName = "KIND",
        Description = "local, or slurm: a job array with a task for each cell. Default local.",
    };
    public static readonly Option<string[]> Sbatch = new("--sbatch")
    {
        HelpName = "OPTION",
        Description = "An option of sbatch for the tasks of --executor slurm, such as --sbatch=--time=2:00:00. May be given several times.",
    };
    public static readonly Option<string[]> SbatchReport = new("--sbatch-report")
    {
        HelpName = "OPTION",
        Description =
            "The same for the job that fits and reports, which has of --sbatch only account, partition, QOS, reservation and clusters.",
    };
    public static readonly Option<string> CellName = new("--cell") { HelpName = "NAME", Description = "The cell to train." };
    public static readonly Option<bool> NoMeasure = new("--no-measure")
    {
        Description = "Leave out the times, and the seconds that it takes to measure them.",
    };
    public static readonly Option<bool> Csv = new("--csv") { Description = "Print the table itself." };
    public static readonly Option<bool> Png = new("--png") { Description = "Write each chart of the report as PNG too, beside its SVG." };
    public static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    /// <summary>Threads, and cells at once: as many as there are threads, unless fewer are asked for.</summary>
    /// <exception cref="UserException">No whole numbers above zero.</exception>
    public static (int Threads, int SideBySide) Machine(ParseResult parsed)
    {
        int threads = (int)(Options.Whole(parsed, Threads, MaxThreads) ?? Environment.ProcessorCount);
        return (threads, (int)Math.Min(threads, Options.Whole(parsed, SideBySide, MaxThreads) ?? threads));
    }

    /// <summary>What is to be spent at most; null where no limit is given.</summary>
    /// <exception cref="UserException">No number above zero.</exception>
    public static CostLimits? Limits(ParseResult parsed)
    {
        CostLimits limits = CostLimits.OfHours(Options.Positive(parsed, MaxFlops), Options.Positive(parsed, MaxHours));
        return limits.Flops is null && limits.Seconds is null ? null : limits;
    }

    /// <summary>Whether Slurm trains.</summary>
    /// <exception cref="UserException">Another executor, which there is not.</exception>
    public static bool IsSlurm(ParseResult parsed) =>
        parsed.GetValue(Executor) switch
        {
            null or "local" => false,
            "slurm" => true,
            string other => throw new UserException(
                $"--executor '{other}' is not known{Guess.Hint(other, ["local", "slurm"])}. Known are local and slurm."
            ),
        };
}
