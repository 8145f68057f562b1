namespace MoeScale.Basics;

/// <summary>Files that are either whole or not there.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside the target, then renames: a reader sees the old file or the new one, never a part.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, string text)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
            throw new UserException($"{path} cannot be written: {e.Message}");
        }
    }
}
