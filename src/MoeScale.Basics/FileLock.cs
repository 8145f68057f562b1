namespace MoeScale.Basics;

/// <summary>A file that one program at a time may hold. The system lets go of it however the program ends.</summary>
public sealed class FileLock : IDisposable
{
    // Who only looks whether it is held shares it for an instant.
    private const int Tries = 20;
    private const int Between = 10;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(0.1);

    // EAGAIN of Linux and of macOS, which the runtime hands on as they are, and ERROR_SHARING_VIOLATION as an HRESULT.
    private const int HeldLinux = 11;
    private const int HeldMac = 35;
    private const int HeldWindows = unchecked((int)0x80070020);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes it; null where another program holds it.</summary>
    /// <param name="path">Made if it is missing.</param>
    /// <param name="isRemoved">
    /// Whether the file goes when it is let go of. Who opened it just before then holds one that nobody else sees: for what does no harm if
    /// two do it.
    /// </param>
    /// <exception cref="UserException">It cannot be made.</exception>
    public static FileLock? TryTake(string path, bool isRemoved = false)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return new FileLock(
                    new FileStream(
                        path,
                        FileMode.OpenOrCreate,
                        FileAccess.ReadWrite,
                        FileShare.None,
                        bufferSize: 0,
                        isRemoved ? FileOptions.DeleteOnClose : FileOptions.None
                    )
                );
            }
            catch (IOException e) when (SaysHeld(e))
            {
                if (i == Tries)
                {
                    return null;
                }
                Thread.Sleep(Between);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserException($"{path} cannot be opened: {TextFile.Reason(e)}.");
            }
        }
    }

    /// <summary>Waits until it is free, and takes it.</summary>
    /// <inheritdoc cref="TryTake"/>
    public static FileLock Take(string path, bool isRemoved = false)
    {
        while (true)
        {
            if (TryTake(path, isRemoved) is FileLock taken)
            {
                return taken;
            }
            Thread.Sleep(Poll);
        }
    }

    /// <summary>Whether a program holds it; it need not exist.</summary>
    public static bool IsHeld(string path)
    {
        // An exception takes longer than all else here, and a study looks at thousands.
        if (!File.Exists(path) || !PlainFile.IsPlain(path))
        {
            return false;
        }
        try
        {
            // Shared: two that look do not take each other for one that holds it.
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return false;
        }
        catch (IOException e)
        {
            return SaysHeld(e);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Dispose() => _file.Dispose();

    internal static bool SaysHeld(IOException e) => e.HResult is HeldLinux or HeldMac or HeldWindows;
}
