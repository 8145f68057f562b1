using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Training.Logs;

/// <summary>Files of JSON lines that another program may be writing.</summary>
internal static class JsonLines
{
    /// <summary>
    /// Its lines, or the last ones; a last line that is still being written is left out. None where there is no such file.
    /// </summary>
    /// <exception cref="UserException">The file cannot be read, or another line is not what a run writes.</exception>
    public static IReadOnlyList<T> Read<T>(string path, Func<JsonElement, T> read, int last = int.MaxValue)
    {
        Queue<string> lines = new();
        try
        {
            using StreamReader reader = new(PlainFile.Open(path, "a file of a run", share: FileShare.ReadWrite | FileShare.Delete));
            while (reader.ReadLine() is string line)
            {
                lines.Enqueue(line);
                // One more than asked for, as the last one may be a part of a line.
                if (lines.Count - 1 > last)
                {
                    lines.Dequeue();
                }
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {TextFile.Reason(e)}.");
        }
        List<T> values = [];
        while (lines.TryDequeue(out string? line))
        {
            try
            {
                values.Add(read(JsonText.Parse(line)));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                if (e is not JsonException || lines.Count > 0)
                {
                    throw Damaged(path, "a line of it is not what a run writes");
                }
            }
        }
        return values.Count > last ? values[^last..] : values;
    }

    /// <summary>What is wrong, and that the rest of the run does not need the file.</summary>
    public static UserException Damaged(string path, string what) =>
        new($"{path} is damaged: {what}. Put it in order, or move it away to go on without it.");
}
