namespace MoeScale.Basics;

/// <summary>
/// Writes files so that a reader, or the same program after a crash, sees the old file or the new one and never a part: beside the
/// target first, flushed to the disk, then renamed over it. A full disk or a kill costs the new file only.
/// </summary>
public static class WholeFile
{
    // Where the file system knows no locks, which a look at one's own file tells, what was not written to for so long is nobody's.
    private static readonly TimeSpan LeftOver = TimeSpan.FromHours(1);

    // Of temporary names.
    private const long LargestNumber = 1_000_000_000_000;

    /// <summary>Replaces the file by what <paramref name="write"/> writes. What it throws is passed on, and the old file stays.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        // A name that no other writer has, be it a thread, a process, or a process of another machine with the same number.
        string temporary = $"{path}.{Random.Shared.NextInt64(LargestNumber)}.tmp";
        try
        {
            if (!PlainFile.IsPlain(path) && !Directory.Exists(path))
            {
                throw new UserException(
                    $"{path} cannot be written: it is a pipe or a device, and would be replaced by a file. Give the name of a file."
                );
            }
            using (FileStream stream = Create(temporary))
            {
                RemoveLeftOvers(path, temporary);
                write(stream);
                // Without this a rename may reach the disk before the bytes do, and a power cut would leave an empty file.
                stream.Flush(flushToDisk: true);
                // Held until it has its name, or another writer might take it for left over. Windows renames no file that is open.
                if (!OperatingSystem.IsWindows())
                {
                    File.Move(temporary, path, overwrite: true);
                }
            }
            if (OperatingSystem.IsWindows())
            {
                File.Move(temporary, path, overwrite: true);
            }
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

    /// <summary>
    /// Removes what programs that were killed left of files that they wrote in a folder. Only for who has locked the folder.
    /// </summary>
    public static void RemoveLeftOversIn(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*.tmp").Where(IsOurs))
        {
            Remove(file);
        }
    }

    // Who looks for what was left, and has found this file, may hold it for an instant, or have removed it before it was locked.
    private static FileStream Create(string temporary)
    {
        const int tries = 100;
        for (int i = 0; ; i++)
        {
            try
            {
                // Shared, since under its name others may read it before it is let go of; where locks are emulated, one that is shared
                // needs a file that can be read.
                FileStream stream = new(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1 << 16);
                if (File.Exists(temporary) || i == tries)
                {
                    return stream;
                }
                stream.Dispose();
            }
            catch (IOException e) when (FileLock.SaysHeld(e) && i < tries)
            {
                Thread.Sleep(1);
            }
        }
    }

    // A program that was killed leaves what it was writing, perhaps gigabytes. One that lives holds it.
    private static void RemoveLeftOvers(string path, string own)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (string file in Directory.EnumerateFiles(folder, $"{Path.GetFileName(path)}.*.tmp"))
        {
            if (
                IsOurs(file)
                && Path.GetFileName(file) != Path.GetFileName(own)
                && (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > LeftOver || !DoUnheld(own, () => { }))
            )
            {
                DoUnheld(file, () => Remove(file));
            }
        }
    }

    // While nobody else has it open, so that nobody begins to write it at that moment. False where another program writes it, or it is
    // another user's.
    private static bool DoUnheld(string file, Action action)
    {
        try
        {
            FileShare alone = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
            using FileStream free = new(file, FileMode.Open, FileAccess.ReadWrite, alone, bufferSize: 0);
            action();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsOurs(string file) =>
        long.TryParse(Path.GetExtension(Path.GetFileNameWithoutExtension(file)).TrimStart('.'), out _);

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
