using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running.Slurm;

/// <summary>
/// Slurm: job arrays with a task for each cell, an array for all cells whose tasks need the same, and a last job that
/// depends on all of them and fits and reports. It returns when they are queued; they need the shell no more that
/// queued them, but the folder must be one that all nodes see.
/// </summary>
public sealed class SlurmExecutor : IExecutor
{
    private readonly Study _study;
    private readonly StudyFolder _folder;
    private readonly IReadOnlyList<string> _task;
    private readonly IReadOnlyList<string> _report;
    private readonly int? _threads;
    private readonly SbatchOptions _options;

    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="task">The words that work on a cell on any node: {cell} and {threads} in them are replaced.</param>
    /// <param name="report">The words that fit and report when all is done.</param>
    /// <param name="threads">Of a task; null for what the study says, else one.</param>
    /// <param name="options">Further ones of sbatch.</param>
    public SlurmExecutor(
        Study study,
        StudyFolder folder,
        IReadOnlyList<string> task,
        IReadOnlyList<string> report,
        int? threads,
        SbatchOptions options
    ) => (_study, _folder, _task, _report, _threads, _options) = (study, folder, task, report, threads, options);

    private string Place => Path.Combine(_folder.Location, "slurm");

    /// <inheritdoc/>
    public Task<WorkReport> Run(IReadOnlyList<Cell> cells, CancellationToken cancel)
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
        QueuedCells? before =
            queued.Count == 0
                ? null
                : new QueuedCells(queued.Count, [.. earlier.Where(e => e.Job.Cells is not null).Select(e => e.Job.Id!)]);
        // What has ended and left a cell undone is no longer in the queue.
        Cell[] open = [.. cells.Where(c => !queued.Contains(c.Name))];
        List<QueuedJob> jobs = [];
        string? report = null;
        try
        {
            int most = open.Length == 0 ? 1 : SlurmQueue.LargestArray();
            IEnumerable<(IReadOnlyList<string> Needs, Cell[] Cells)> arrays = _study
                .Slurm.Alike(open)
                .SelectMany(a => a.Cells.Chunk(most).Select(c => (a.Options, c)));
            foreach ((IReadOnlyList<string> needs, Cell[] part) in arrays)
            {
                jobs.Add(new QueuedJob(AddArray(queue, part, needs), part.Length, needs));
            }
            if (open.Length > 0 || !earlier.Any(e => e.Job.Cells is null))
            {
                // What an earlier call queued must be done too before anything is fitted, and two must not fit at once.
                report = AddLast(queue, [.. earlier.Select(e => e.Job.Id!), .. jobs.Select(j => j.Id)]);
            }
        }
        catch (UserException e) when (jobs.Count > 0)
        {
            string stay = jobs.Count == 1 ? "was queued and stays" : "were queued and stay";
            throw new UserException(
                $"{e} Before that, {string.Join(", ", jobs.Select(SlurmWords.Of))} {stay} so; the same command goes on from there."
            );
        }
        return Task.FromResult<WorkReport>(new WorkReport.Queued(before, jobs, report));
    }

    private string AddArray(SlurmQueue queue, Cell[] cells, IReadOnlyList<string> needs)
    {
        // A list that a task may still read is never written again.
        int number = 1;
        while (File.Exists(Path.Combine(Place, $"{number}.cells")))
        {
            number++;
        }
        string list = Path.Combine(Place, $"{number}.cells");
        TextFile.WriteWhole(list, string.Concat(cells.Select(c => c.Name + "\n")));
        string script = $"{number}.sh";
        Write(
            script,
            $$"""
            cell=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {{Quoted([list])}})
            ln -sf {{Quoted([Place])}}/"$SLURM_ARRAY_JOB_ID"_"$SLURM_ARRAY_TASK_ID".log {{Quoted([
                Path.Combine(_folder.Location, "work"),
            ])}}/"$cell"/{{CellFolder.TaskLog}}
            exec {{string.Join(' ', _task.Select(Word))}}
            """
        );
        string atOnce = _study.Slurm.AtOnce is int most ? $"%{most}" : "";
        // Of several values sbatch takes the last: the study's go before what is usual, and the command line's before both.
        return queue.Add(
            [
                .. Common("%A_%a"),
                $"--array=0-{cells.Length - 1}{atOnce}",
                "--cpus-per-task=1",
                "--open-mode=append",
                "--requeue",
                .. needs,
                .. _threads is int threads ? (string[])[$"--cpus-per-task={threads}"] : [],
                .. _options.Tasks,
            ],
            script,
            Path.GetFileName(list)
        );
    }

    private string AddLast(SlurmQueue queue, IReadOnlyList<string> before)
    {
        const string Script = "report.sh";
        Write(Script, $"exec {Quoted(_report)}");
        string[] options =
        [
            .. Common("%j"),
            $"--dependency=afterany:{string.Join(':', before)}",
            .. _study.Slurm.Report,
            .. _options.Report,
        ];
        return queue.Add(options, Script, cells: null);
    }

    // As the shell of a task knows them.
    private static string Word(string word) =>
        word switch
        {
            "{threads}" => "\"${SLURM_CPUS_PER_TASK:-1}\"",
            "{cell}" => "\"$cell\"",
            _ => Quoted([word]),
        };

    // A % of a path is none of Slurm's.
    private string[] Common(string log) =>
        [
            $"--job-name={_study.Id}",
            $"--chdir={_folder.Location}",
            $"--output={Path.Combine(Place.Replace("%", "%%", StringComparison.Ordinal), $"{log}.log")}",
        ];

    private IEnumerable<string> CellsOf(SlurmJob array, IReadOnlyList<int> tasks)
    {
        string[] cells = TextFile.Read(Path.Combine(Place, array.Cells!)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return tasks.Where(t => t < cells.Length).Select(t => cells[t]);
    }

    private void Write(string name, string lines) => TextFile.WriteWhole(Path.Combine(Place, name), $"#!/bin/sh\n{lines}\n");

    private static string Quoted(IEnumerable<string> words) =>
        string.Join(' ', words.Select(w => $"'{w.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
}
