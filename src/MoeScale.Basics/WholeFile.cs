namespace MoeScale.Basics;

/// <summary>
/// Writes files so that a reader, or the same program after a crash, sees the old file or the new one and never a part: beside the
/// target first, flushed to the disk, then renamed over it. A full disk or a kill costs the new file only.
/// </summary>
public static class WholeFile
{
    // A program that was killed leaves what it was writing, perhaps gigabytes; one that lives writes more often than this.
    private static readonly TimeSpan LeftOver = TimeSpan.FromHours(1);

    /// <summary>Replaces the file by what <paramref name="write"/> writes. What it throws is passed on, and the old file stays.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            RemoveLeftOvers(path);
            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                // Without this a rename may reach the disk before the bytes do, and a power cut would leave an empty file.
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            Remove(temporary);
            if (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new UserException($"{(path.Length == 0 ? "an empty name" : path)} cannot be written: {TextFile.Reason(e)}.");
            }
            throw;
        }
    }

    private static void RemoveLeftOvers(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (string file in Directory.EnumerateFiles(folder, $"{Path.GetFileName(path)}.*.tmp"))
        {
            bool isOurs = int.TryParse(Path.GetExtension(Path.GetFileNameWithoutExtension(file)).TrimStart('.'), out _);
            if (isOurs && DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > LeftOver)
            {
                Remove(file);
            }
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // What kept it from being written keeps it from being removed, and that is the error to show.
        }
    }
}
