using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoeScale.Basics;

namespace MoeScale.Studies.Running;

/// <summary>Jobs that a study has queued, as its file jobs.jsonl and Slurm know them.</summary>
/// <param name="place">Folder of that file.</param>
internal sealed partial class SlurmQueue(string place)
{
    // Slurm's own, where its settings do not say.
    private const int UsualLargestArray = 1001;

    // squeue fails where it is asked for one job alone and Slurm has forgotten that.
    private const string Forgotten = "Invalid job id";

    // It has ended, and its node is being tidied up.
    private const string Completing = "COMPLETING";

    private string JobsPath => Path.Combine(place, "jobs.jsonl");

    /// <summary>Tasks that an array may have.</summary>
    /// <exception cref="UserException">Slurm does not answer.</exception>
    public static int LargestArray()
    {
        Match match = MaxArraySize().Match(Ask("scontrol", ["show", "config"]));
        return match.Success ? Math.Max(1, int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) : UsualLargestArray;
    }

    /// <summary>The jobs that wait or run, each with its tasks that do.</summary>
    /// <exception cref="UserException">Slurm does not answer: then nobody knows what is queued.</exception>
    public IReadOnlyList<(SlurmJob Job, IReadOnlyList<int> Tasks)> Read()
    {
        Dictionary<string, SlurmJob> known = [];
        foreach (string line in File.Exists(JobsPath) ? TextFile.Read(JobsPath).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            if (Parse(line) is { Id: not null } job)
            {
                known[job.Id] = job;
            }
        }
        if (known.Count == 0)
        {
            return [];
        }
        return
        [
            .. Ask("squeue", ["--noheader", "--array", $"--jobs={string.Join(',', known.Keys)}", "--format=%F %K %T"], unless: Forgotten)
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(f => f.Length == 3 && f[2] != Completing && known.ContainsKey(f[0]))
                .GroupBy(f => f[0])
                .Select(g => (known[g.Key], (IReadOnlyList<int>)[.. g.Where(f => char.IsAsciiDigit(f[1][0])).Select(f => int.Parse(f[1], CultureInfo.InvariantCulture))])),
        ];
    }

    /// <summary>Queues a job, and writes it down.</summary>
    /// <param name="arguments">Of sbatch.</param>
    /// <param name="cells">Name of the file of its cells; null for one that fits and reports.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="UserException">Slurm refuses it.</exception>
    public string Add(IReadOnlyList<string> arguments, string? cells)
    {
        // With several clusters: "id;cluster".
        string id = Ask("sbatch", ["--parsable", .. arguments]).Trim().Split(';')[0];
        try
        {
            File.AppendAllText(JobsPath, JsonSerializer.Serialize(new SlurmJob(id, cells)) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"job {id} is queued, and cannot be written down in {JobsPath}: {TextFile.Reason(e)}. Cancel it with 'scancel {id}', make room, and give the command again.");
        }
        return id;
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

    private static string Ask(string program, IReadOnlyList<string> arguments, string? unless = null)
    {
        (int code, string output, string error) = Tool.Run(program, arguments);
        return code == 0 ? output
            : unless is not null && error.Contains(unless, StringComparison.Ordinal) ? ""
            : throw new UserException($"{program} failed: {error.Trim().Split('\n')[0].TrimEnd('.')}. {(program == "sbatch" ? "Its options come from --sbatch" : "Try again when Slurm answers")}.");
    }

    [GeneratedRegex(@"^MaxArraySize\s*=\s*(\d+)", RegexOptions.Multiline)]
    private static partial Regex MaxArraySize();
}

/// <summary>A job that was queued.</summary>
/// <param name="Id">As Slurm numbers it.</param>
/// <param name="Cells">Name of a file beside, with a line for each task; null for the job that fits and reports.</param>
internal sealed record SlurmJob(string Id, string? Cells);
