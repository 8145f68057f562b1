using System.CommandLine;

namespace MoeScale.Cli.Verbs;

/// <summary>What the verbs of <c>study</c> are told on the command line.</summary>
internal static class StudyArguments
{
    public const double MostThreads = 1024;

    public static readonly Argument<string> File = new("study") { HelpName = "STUDY", Description = "A study file; docs/studies.md has its keys." };
    public static readonly Option<string> Out = new("--out") { HelpName = "FOLDER", Description = "Folder of the results. Default: beside the study file, named as it." };
    public static readonly Option<string> Threads = new("--threads") { HelpName = "N", Description = "Threads to share out. Default: all processors." };
    public static readonly Option<string> SideBySide = new("--side-by-side") { HelpName = "N", Description = "Cells to train at once. Default: one for each thread." };
    public static readonly Option<string> MaxFlops = new("--max-flops") { HelpName = "N", Description = "Leave out the runs that tell least for what they cost, down to so many FLOPs." };
    public static readonly Option<string> MaxHours = new("--max-hours") { HelpName = "N", Description = "The same, down to so many hours on this machine." };
    public static readonly Option<string> Executor = new("--executor") { HelpName = "KIND", Description = "local, or slurm: a job array with a task for each cell. Default local." };
    public static readonly Option<string[]> Sbatch = new("--sbatch") { HelpName = "OPTION", Description = "An option of sbatch for --executor slurm, such as --sbatch=--time=2:00:00. May be given several times." };
    public static readonly Option<string> CellName = new("--cell") { HelpName = "NAME", Description = "The cell to train." };
    public static readonly Option<bool> NoMeasure = new("--no-measure") { Description = "Leave out the times, and the seconds that it takes to measure them." };
    public static readonly Option<bool> Csv = new("--csv") { Description = "Print the table itself." };
    public static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };
}
