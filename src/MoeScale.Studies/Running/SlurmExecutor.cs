using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>
/// Slurm: a job array with a task for each cell, and a last job that depends on all of them and fits and reports. It returns when they are queued; they need
/// the shell no more that queued them, but the folder must be one that all nodes see.
/// </summary>
public sealed class SlurmExecutor : IExecutor
{
    private readonly Study _study;
    private readonly StudyFolder _folder;
    private readonly IReadOnlyList<string> _program;
    private readonly int _threads;
    private readonly IReadOnlyList<string> _options;
    private readonly Action<string> _tell;

    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="program">The words that start this program on every node.</param>
    /// <param name="threads">Of a task.</param>
    /// <param name="options">Further ones of sbatch, for the tasks.</param>
    /// <param name="tell">Is told what was queued.</param>
    public SlurmExecutor(Study study, StudyFolder folder, IReadOnlyList<string> program, int threads, IReadOnlyList<string> options, Action<string> tell) =>
        (_study, _folder, _program, _threads, _options, _tell) = (study, folder, program, threads, options, tell);

    private string Place => Path.Combine(_folder.Location, "slurm");

    private string JobsPath => Path.Combine(Place, "jobs.jsonl");

    public Task Run(IReadOnlyList<Cell> cells, CancellationToken cancel)
    {
        Directory.CreateDirectory(Place);
        using Claim? claim = Claim.TryTake(Path.Combine(Place, "claim"));
        if (claim is null)
        {
            throw new UserException($"another 'study run' queues the jobs of {_folder.Location} at this moment. Try again.");
        }
        SlurmJobs[] earlier = Earlier();
        HashSet<string> queued = [.. earlier.SelectMany(Queued)];
        Cell[] open = [.. cells.Where(c => !queued.Contains(c.Name))];
        if (queued.Count > 0)
        {
            _tell($"{queued.Count} cells are queued already, as {string.Join(", ", earlier.Select(e => e.Array).Distinct())}");
        }
        if (open.Length > 0)
        {
            Submit(open, earlier.Length + 1, earlier);
        }
        return Task.CompletedTask;
    }

    private void Submit(Cell[] cells, int number, SlurmJobs[] earlier)
    {
        string list = Path.Combine(Place, $"{number}.cells");
        TextFile.WriteWhole(list, string.Concat(cells.Select(c => c.Name + "\n")));
        string study = Path.GetFullPath(_study.File);
        string work = Write($"{number}.sh", $"exec {Quoted([.. _program, "study", "work", study, "--out", _folder.Location])} --threads \"${{SLURM_CPUS_PER_TASK:-1}}\" --cell \"$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {Quoted([list])})\"");
        string last = Write($"{number}-last.sh", $"exec {Quoted([.. _program, "study", "report", study, "--out", _folder.Location])}");
        string array = Sbatch([$"--array=0-{cells.Length - 1}", $"--cpus-per-task={_threads}", $"--output={Path.Combine(Place, "%A_%a.log")}", "--requeue", .. _options, work]);
        // What an earlier call queued must be done too before anything is fitted.
        string after = string.Join(':', earlier.Where(e => Queued(e).Any()).Select(e => e.Array).Append(array));
        string report = Sbatch([$"--dependency=afterany:{after}", $"--output={Path.Combine(Place, "%j.log")}", .. _options, last]);
        File.AppendAllText(JobsPath, JsonSerializer.Serialize(new SlurmJobs(array, report, [.. cells.Select(c => c.Name)])) + "\n");
        _tell($"queued job {array} with {cells.Length} {(cells.Length == 1 ? "task" : "tasks")}, and job {report}, which fits and reports when they have ended");
    }

    private string Sbatch(IReadOnlyList<string> arguments)
    {
        string id = Command("sbatch", ["--parsable", $"--job-name={_study.Id}", $"--chdir={_folder.Location}", .. arguments]).Trim();
        // With several clusters: "id;cluster".
        return id.Split(';')[0];
    }

    /// <summary>Cells of an earlier array whose tasks wait or run.</summary>
    private static IEnumerable<string> Queued(SlurmJobs jobs)
    {
        string text;
        try
        {
            text = Command("squeue", ["--noheader", "--array", $"--jobs={jobs.Array}", "--format=%K"]);
        }
        catch (UserException)
        {
            // A job that Slurm has forgotten is an error of squeue.
            yield break;
        }
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(line, out int task) && task < jobs.Cells.Count)
            {
                yield return jobs.Cells[task];
            }
        }
    }

    private SlurmJobs[] Earlier() => File.Exists(JobsPath)
        ? [.. TextFile.Read(JobsPath).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<SlurmJobs>(l)!)]
        : [];

    private string Write(string name, string line)
    {
        string path = Path.Combine(Place, name);
        TextFile.WriteWhole(path, $"#!/bin/sh\n{line}\n");
        return path;
    }

    private static string Command(string program, IReadOnlyList<string> arguments)
    {
        (int code, string output, string error) = Tool.Run(program, arguments);
        return code == 0 ? output : throw new UserException($"{program} refused: {error.Trim().Split('\n')[0].TrimEnd('.')}. Its options come from --sbatch.");
    }

    private static string Quoted(IEnumerable<string> words) => string.Join(' ', words.Select(w => $"'{w.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    private sealed record SlurmJobs(string Array, string Last, IReadOnlyList<string> Cells);
}
