using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Folders;

/// <summary>One try at a cell that failed.</summary>
/// <param name="Ended">When, in coordinated universal time.</param>
/// <param name="ExitCode">Of the trainer.</param>
/// <param name="Reason">What was wrong with its result, else the last line that it printed.</param>
/// <param name="IsLast">Whether another try would fail as this one did.</param>
public sealed record FailedAttempt(DateTime Ended, int ExitCode, string Reason, bool IsLast = false);

/// <summary>The failed tries at a cell since a study that works on it was started; a line each.</summary>
internal static class FailedAttempts
{
    /// <exception cref="UserException">It cannot be written.</exception>
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

    /// <summary>Those that are there; a file that cannot be read is a failure like others, and one that needs a hand.</summary>
    public static IReadOnlyList<FailedAttempt> Read(string path)
    {
        string text;
        try
        {
            text = File.Exists(path) ? TextFile.Read(path) : "";
        }
        catch (UserException e)
        {
            return [new FailedAttempt(DateTime.UtcNow, 0, e.Phrase.Say(StudyTerms.All), IsLast: true)];
        }
        List<FailedAttempt> attempts = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (JsonSerializer.Deserialize<FailedAttempt>(line) is { Reason: not null } attempt)
                {
                    attempts.Add(attempt);
                }
            }
            catch (JsonException)
            {
                // A line that a kill cut short tells nothing, as "null" and "{}" do.
            }
        }
        return attempts;
    }

    /// <summary>Whether there is no further try.</summary>
    /// <param name="attempts">That failed.</param>
    /// <param name="retries">How often a failed cell is tried again.</param>
    public static bool AreAll(IReadOnlyList<FailedAttempt> attempts, int retries) =>
        attempts.Count > retries || attempts is [.., { IsLast: true }];

    /// <exception cref="UserException">It cannot be removed.</exception>
    public static void Forget(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be removed: {TextFile.Reason(e)}.");
        }
    }
}
