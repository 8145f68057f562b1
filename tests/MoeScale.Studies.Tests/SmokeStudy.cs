using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>studies/smoke.yaml, run once for all tests that look at what it leaves.</summary>
public sealed class SmokeStudy : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public SmokeStudy()
    {
        Study = StudyFile.Read(StudyPath);
        Folder = StudyFolder.At(_temporary.In("smoke"));
        (Code, Output, Error) = Command.Run("study", "run", StudyPath, "--out", Folder.Location);
    }

    public static string StudyPath { get; } = Path.Combine(Repository.Studies, "smoke.yaml");

    public Study Study { get; }

    public StudyFolder Folder { get; }

    public int Code { get; }

    public string Output { get; }

    public string Error { get; }

    public void Dispose() => _temporary.Dispose();

    /// <summary>A table without the columns that a clock writes.</summary>
    public static string WithoutClock(string csv)
    {
        string[][] rows = [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(','))];
        int[] kept =
        [
            .. Enumerable.Range(0, rows[0].Length).Where(i => rows[0][i] is not ("seconds" or "thread_seconds" or "tokens_per_second")),
        ];
        return string.Join('\n', rows.Select(r => string.Join(',', kept.Select(i => r[i]))));
    }
}
