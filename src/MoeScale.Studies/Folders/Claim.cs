using MoeScale.Basics;

namespace MoeScale.Studies.Folders;

/// <summary>
/// A file that one program at a time may hold: who holds the claim of a cell starts its trainer. The system lets go of it however the program ends.
/// </summary>
internal sealed class Claim : IDisposable
{
    // Who only looks whether a claim is held holds it for an instant.
    private const int Tries = 20;
    private const int Between = 10;

    private readonly FileStream _file;

    private Claim(FileStream file) => _file = file;

    /// <summary>Takes it; null where another program holds it.</summary>
    /// <exception cref="UserException">It cannot be made.</exception>
    public static Claim? TryTake(string path)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return new Claim(Open(path));
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
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

    /// <summary>Whether another program holds it.</summary>
    public static bool IsHeld(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }
        try
        {
            Open(path).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
}
