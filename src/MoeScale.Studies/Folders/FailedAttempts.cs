using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Studies.Folders;

/// <summary>One try at a cell that failed.</summary>
/// <param name="Ended">When, in coordinated universal time.</param>
/// <param name="ExitCode">Of the trainer.</param>
/// <param name="Reason">The last line that it printed.</param>
public sealed record FailedAttempt(DateTime Ended, int ExitCode, string Reason);

/// <summary>The failed tries at a cell since it was last begun by hand; a line each.</summary>
internal static class FailedAttempts
{
    public static void Add(string path, FailedAttempt attempt)
    {
        try
        {
            File.AppendAllText(path, JsonSerializer.Serialize(attempt) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be written: {TextFile.Reason(e)}.");
        }
    }

    public static IReadOnlyList<FailedAttempt> Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }
        List<FailedAttempt> attempts = [];
        foreach (string line in TextFile.Read(path).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                attempts.Add(JsonSerializer.Deserialize<FailedAttempt>(line)!);
            }
            catch (JsonException)
            {
                // A line that a kill cut short tells nothing.
            }
        }
        return attempts;
    }

    public static void Forget(string path) => File.Delete(path);
}
