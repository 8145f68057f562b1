using System.Text;

namespace MoeScale.Basics;

/// <summary>Reads and writes small text files, with failures in the user's words.</summary>
public static class TextFile
{
    /// <summary>No file is longer that is read as a whole.</summary>
    /// <remarks>Laws and models are a few kilobytes, and a law with 10,000 draws of its coefficients some megabytes.</remarks>
    public const int LargestBytes = 1 << 24;

    // ENOSPC, which the runtime hands on as it is, and ERROR_DISK_FULL as an HRESULT.
    private const int DiskFullUnix = 28;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="UserException">No such file, not readable, a pipe or a device, larger than 16 MiB, or not UTF-8.</exception>
    public static string Read(string path)
    {
        try
        {
            using FileStream stream = PlainFile.Open(path, "a file");
            // A file of the system's, such as one in /proc, has no length before it is read.
            byte[] bytes = new byte[stream.CanSeek && stream.Length is > 0 and <= LargestBytes ? stream.Length + 1 : LargestBytes + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length == bytes.Length
                ? throw new UserException($"{path} is larger than {Quantity.FormatBytes(LargestBytes)}; no file of this kind is.")
                : new StreamReader(new MemoryStream(bytes, 0, length), Strict).ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            throw new UserException($"{path} is not UTF-8 text. Save it as UTF-8.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{path} cannot be read: {Reason(e)}.");
        }
    }

    /// <summary>Writes beside the target, then renames: a reader sees the old file or the new one, never a part.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteWhole(string path, string text) => WholeFile.Write(path, stream => stream.Write(Strict.GetBytes(text)));

    /// <summary>
    /// The end of a file that may grow at this moment, from the middle of a line perhaps; null where there is none to read.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">At most so many.</param>
    public static string? Tail(string path, int bytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            using FileStream file = PlainFile.Open(path, "a file", bufferSize: 0, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(-Math.Min(bytes, file.Length), SeekOrigin.End);
            byte[] tail = new byte[bytes];
            return Encoding.UTF8.GetString(tail, 0, file.ReadAtLeast(tail, bytes, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UserException)
        {
            return null;
        }
    }

    /// <summary>Why a file cannot be opened, read or written, in words that follow a colon.</summary>
    /// <param name="e">What the file system threw.</param>
    public static string Reason(Exception e) =>
        e switch
        {
            FileNotFoundException => "there is no such file",
            DirectoryNotFoundException => "there is no such folder",
            UnauthorizedAccessException => "permission is denied",
            ArgumentException => "it is no name of a file",
            IOException when e.HResult is DiskFullUnix or DiskFullWindows => "no space is left on the disk",
            // The runtime adds the path, which may be that of a temporary file, to what the system says.
            IOException when e.Message.IndexOf(" : '", StringComparison.Ordinal) is > 0 and int end => e.Message[..end],
            _ => e.Message.TrimEnd('.'),
        };
}
