using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoeScale.Basics;

namespace MoeScale.Studies.Running.Slurm;

/// <summary>
/// Jobs that a study has queued, as its file jobs.jsonl and Slurm know them. A site may print around every answer of
/// Slurm's, so that answers are looked for among the lines; and a job is written down before it is queued, so that one
/// whose number is lost can be found by its script.
/// </summary>
/// <param name="place">Folder of that file, and of the scripts.</param>
internal sealed partial class SlurmQueue(string place)
{
    // Slurm's own, where its settings do not say.
    private const int DefaultLargestArray = 1001;

    // squeue fails where it is asked for one job alone and Slurm has forgotten that.
    private const string Forgotten = "Invalid job id";

    // It has ended, and its node is being tidied up.
    private const string Completing = "COMPLETING";

    // Before each line of an answer to a question of ours: what lacks it was not asked for.
    private const string Mark = "moescale";

    private string JobsPath => Path.Combine(place, "jobs.jsonl");

    /// <summary>Tasks that an array may have.</summary>
    /// <exception cref="UserException">Slurm does not answer.</exception>
    public static int LargestArray()
    {
        Match match = MaxArraySize().Match(Ask("scontrol", ["show", "config"]));
        return match.Success && int.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out int most)
            ? Math.Max(1, most)
            : DefaultLargestArray;
    }

    /// <summary>The jobs that wait or run, each with its tasks that do.</summary>
    /// <exception cref="UserException">Slurm does not answer: then nobody knows what is queued.</exception>
    public IReadOnlyList<(SlurmJob Job, IReadOnlyList<int> Tasks)> Read()
    {
        Dictionary<string, SlurmJob> known = [];
        Dictionary<string, SlurmJob> unanswered = [];
        foreach (SlurmJob job in Lines(File.Exists(JobsPath) ? TextFile.Read(JobsPath) : "").Select(Parse).OfType<SlurmJob>())
        {
            if (job.Id is not null)
            {
                known[job.Id] = job;
            }
            if (job is { Script: not null, Id: null, IsRefused: false })
            {
                unanswered[job.Script] = job;
            }
            else if (job.Script is not null)
            {
                unanswered.Remove(job.Script);
            }
        }
        foreach (SlurmJob found in unanswered.Count > 0 ? Find(unanswered) : [])
        {
            WriteDown(found);
            known[found.Id!] = found;
        }
        return
        [
            .. known
                .Values.GroupBy(j => j.Cluster)
                .SelectMany(OnCluster)
                .Select(l => Task().Match(l))
                .Where(m => m.Success && m.Groups[3].Value != Completing && known.ContainsKey(m.Groups[1].Value))
                .GroupBy(
                    m => m.Groups[1].Value,
                    m => int.TryParse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out int task) ? task : -1
                )
                // The job that reports has no tasks.
                .Select(g => (known[g.Key], (IReadOnlyList<int>)[.. g.Where(t => t >= 0)])),
        ];
    }

    private static string[] OnCluster(IGrouping<string?, SlurmJob> jobs)
    {
        string[] cluster = jobs.Key is null ? [] : [$"--clusters={jobs.Key}"];
        string[] question =
        [
            .. cluster,
            "--noheader",
            "--array",
            $"--jobs={string.Join(',', jobs.Select(j => j.Id))}",
            "--format=%F %K %T",
        ];
        return Lines(Ask("squeue", question, unless: Forgotten));
    }

    /// <summary>Queues a job, and writes it down before and after.</summary>
    /// <param name="options">Of sbatch.</param>
    /// <param name="script">Name of its script, in the folder of the queue.</param>
    /// <param name="cells">Name of the file of its cells; null for one that fits and reports.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="UserException">Slurm refuses it, or tells no number.</exception>
    public string Add(IReadOnlyList<string> options, string script, string? cells)
    {
        SlurmJob job = new(null, cells, script);
        WriteDown(job);
        string[] words = ["--parsable", .. options, Path.Combine(place, script)];
        (int code, string output, string error) = Tool.Run("sbatch", words, e => SlurmEnvironment.Clean(e, isReport: cells is null));
        // With several clusters: "id;cluster".
        string last = Lines(output).LastOrDefault("");
        Match number = Number().Match(last);
        if (!number.Success)
        {
            if (code != 0)
            {
                WriteDown(job with { IsRefused = !IsLost().IsMatch(error) });
                Setting source = cells is null ? SlurmSettings.ReportOptions : SlurmSettings.TaskOptions;
                throw new UserException(
                    $"sbatch failed: '{Reason(code, output, error)}'. Its options come from {source} and 'slurm' of the study."
                );
            }
            throw new UserException(
                $"sbatch told no number of the job that it queued, and its last line is '{last}', so that nothing more is queued. "
                    + "Make sbatch --parsable print the number last; the same command then looks for the job with squeue, and queues "
                    + "nothing twice."
            );
        }
        job = job with { Id = number.Groups[1].Value, Cluster = number.Groups[2].Success ? number.Groups[2].Value : null };
        try
        {
            WriteDown(job);
        }
        catch (UserException e)
        {
            string cure = $"Cancel it with 'scancel {job.Id}', make room, and give the command again";
            throw new UserException($"job {job.Id} is queued. {e} {cure}.");
        }
        return code == 0 ? job.Id! : throw new UserException($"sbatch queued job {job.Id}, and failed: '{Reason(code, output, error)}'.");
    }

    /// <summary>Jobs that were written down and whose number was never told, as far as they are queued: by their scripts.</summary>
    private SlurmJob[] Find(Dictionary<string, SlurmJob> unanswered)
    {
        string[] lines = Lines(Ask("squeue", ["--noheader", $"--user={Environment.UserName}", $"--format={Mark} %F %o"]));
        Dictionary<string, SlurmJob> byScript = unanswered.Values.ToDictionary(j => Path.Combine(place, j.Script!));
        SlurmJob[] found =
        [
            .. lines
                .Select(l => Queued().Match(l))
                .Where(m => m.Success && byScript.ContainsKey(m.Groups[2].Value))
                .Select(m => byScript[m.Groups[2].Value] with { Id = m.Groups[1].Value })
                .DistinctBy(j => j.Id),
        ];
        SlurmJob? missing = unanswered.Values.FirstOrDefault(j => !Array.Exists(found, f => f.Script == j.Script));
        // A squeue that answers another question than ours has jobs, and does not tell whose they are.
        bool isSure =
            Array.Exists(lines, l => l.StartsWith(Mark, StringComparison.Ordinal)) || !Array.Exists(lines, l => char.IsAsciiDigit(l[0]));
        return missing is null || isSure
            ? found
            : throw new UserException(
                $"a job of {Path.Combine(place, missing.Script!)} may be queued: sbatch told no number of it, and squeue here does not "
                    + $"tell the scripts of jobs. Look for it with squeue and cancel it with scancel, then remove the line of "
                    + $"'{missing.Script}' from {JobsPath} "
                    + "and give the command again."
            );
    }

    private void WriteDown(SlurmJob job)
    {
        try
        {
            File.AppendAllText(JobsPath, JsonSerializer.Serialize(job) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{JobsPath}, where jobs are written down, cannot be written: {TextFile.Reason(e)}.");
        }
    }

    // A line that a full disk cut short tells nothing.
    private static SlurmJob? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<SlurmJob>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Ask(string program, IReadOnlyList<string> arguments, string? unless = null)
    {
        (int code, string output, string error) = Tool.Run(program, arguments, e => SlurmEnvironment.Clean(e, isReport: false));
        return code == 0 ? output
            : unless is not null && error.Contains(unless, StringComparison.Ordinal) ? ""
            : throw new UserException($"{program} failed: '{Reason(code, output, error)}'. Try again when Slurm answers.");
    }

    // A site's greeting may stand before it.
    private static string Reason(int code, string output, string error)
    {
        string[] lines = Lines($"{output}\n{error}");
        return lines.LastOrDefault(l => l.Contains("error:", StringComparison.Ordinal))
            ?? lines.LastOrDefault(l => l.Contains("error", StringComparison.OrdinalIgnoreCase))
            ?? lines.LastOrDefault($"it ended with code {code}");
    }

    [GeneratedRegex(@"^MaxArraySize\s*=\s*(\d+)", RegexOptions.Multiline)]
    private static partial Regex MaxArraySize();

    [GeneratedRegex(@"^(\d+)(?:;(\S+))?$")]
    private static partial Regex Number();

    /// <summary>The question arrived perhaps, and the job is queued, though no answer came back.</summary>
    [GeneratedRegex("timed out|Zero Bytes|connection|communication", RegexOptions.IgnoreCase)]
    private static partial Regex IsLost();

    [GeneratedRegex(@"^\s*(\d+)\s+(\d+|N/A)\s+([A-Z_]+)\s*$")]
    private static partial Regex Task();

    [GeneratedRegex(Mark + @" (\d+) (.+)$")]
    private static partial Regex Queued();
}

/// <summary>A job that was queued, or that was about to be.</summary>
/// <param name="Id">As Slurm numbers it; null where that is not told yet.</param>
/// <param name="Cells">Name of a file beside, with a line for each task; null for the job that fits and reports.</param>
/// <param name="Script">Name of a file beside; null in what an earlier version wrote.</param>
/// <param name="Cluster">On which it is queued, where Slurm says so.</param>
/// <param name="IsRefused">Whether Slurm did not take it.</param>
internal sealed record SlurmJob(string? Id, string? Cells, string? Script = null, string? Cluster = null, bool IsRefused = false);
