using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>
/// Slurm: job arrays with a task for each cell, and a last job that depends on all of them and fits and reports. It returns when they are queued; they need
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

    public Task Run(IReadOnlyList<Cell> cells, CancellationToken cancel)
    {
        Directory.CreateDirectory(Place);
        using FileLock? claim = FileLock.TryTake(Path.Combine(Place, "claim"));
        if (claim is null)
        {
            throw new UserException($"another 'study run' queues the jobs of {_folder.Location} at this moment. Try again.");
        }
        SlurmQueue queue = new(Place);
        IReadOnlyList<(SlurmJob Job, IReadOnlyList<int> Tasks)> earlier = queue.Read();
        HashSet<string> queued = [.. earlier.Where(e => e.Job.Cells is not null).SelectMany(e => CellsOf(e.Job, e.Tasks))];
        if (queued.Count > 0)
        {
            _tell($"{queued.Count} cells are queued already, as {string.Join(", ", earlier.Where(e => e.Job.Cells is not null).Select(e => e.Job.Id))}, with the threads and options of that time; 'scancel' them to queue them with others");
        }
        // What has ended and left a cell undone is no longer in the queue.
        Cell[] open = [.. cells.Where(c => !queued.Contains(c.Name))];
        List<string> told = [];
        // What an earlier call queued must be done too before anything is fitted, and two must not fit at once.
        List<string> before = [.. earlier.Select(e => e.Job.Id)];
        foreach (Cell[] part in open.Length == 0 ? [] : open.Chunk(SlurmQueue.LargestArray()))
        {
            string array = AddArray(queue, part);
            before.Add(array);
            told.Add($"job {array} with {part.Length} {(part.Length == 1 ? "task" : "tasks")}, ");
        }
        if (open.Length > 0 || !earlier.Any(e => e.Job.Cells is null))
        {
            _tell($"queued {string.Concat(told)}{(told.Count > 0 ? "and " : "")}job {AddLast(queue, before)}, which fits and reports when they have ended");
        }
        return Task.CompletedTask;
    }

    private string AddArray(SlurmQueue queue, Cell[] cells)
    {
        // A list that a task may still read is never written again.
        int number = 1;
        while (File.Exists(Path.Combine(Place, $"{number}.cells")))
        {
            number++;
        }
        string list = Path.Combine(Place, $"{number}.cells");
        TextFile.WriteWhole(list, string.Concat(cells.Select(c => c.Name + "\n")));
        string script = Write($"{number}.sh", $$"""
            cell=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {{Quoted([list])}})
            ln -sf {{Quoted([Place])}}/"$SLURM_ARRAY_JOB_ID"_"$SLURM_ARRAY_TASK_ID".log {{Quoted([Path.Combine(_folder.Location, "work")])}}/"$cell"/slurm.log
            exec {{Quoted([.. _program, "study", "work", Path.GetFullPath(_study.File), "--out", _folder.Location])}} --threads "${SLURM_CPUS_PER_TASK:-1}" --cell "$cell"
            """);
        return queue.Add(
            [.. Common(), $"--array=0-{cells.Length - 1}", $"--cpus-per-task={_threads}", $"--output={Path.Combine(Place, "%A_%a.log")}", "--open-mode=append", "--requeue", .. _options, script],
            Path.GetFileName(list));
    }

    private string AddLast(SlurmQueue queue, IReadOnlyList<string> before)
    {
        string script = Write("report.sh", $"exec {Quoted([.. _program, "study", "report", Path.GetFullPath(_study.File), "--out", _folder.Location])}");
        return queue.Add([.. Common(), $"--dependency=afterany:{string.Join(':', before)}", $"--output={Path.Combine(Place, "%j.log")}", .. _options, script], cells: null);
    }

    private string[] Common() => [$"--job-name={_study.Id}", $"--chdir={_folder.Location}"];

    private IEnumerable<string> CellsOf(SlurmJob array, IReadOnlyList<int> tasks)
    {
        string[] cells = TextFile.Read(Path.Combine(Place, array.Cells!)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return tasks.Where(t => t < cells.Length).Select(t => cells[t]);
    }

    private string Write(string name, string lines)
    {
        string path = Path.Combine(Place, name);
        TextFile.WriteWhole(path, $"#!/bin/sh\n{lines}\n");
        return path;
    }

    private static string Quoted(IEnumerable<string> words) => string.Join(' ', words.Select(w => $"'{w.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
}
