using System.Text;
using System.Text.RegularExpressions;
using MoeScale.Basics;

namespace MoeScale.Exchange.Logs;

/// <summary>A file that somebody's trainer wrote, perhaps packed with gzip, read from its start as often as wanted.</summary>
/// <param name="path">As the user gave it, or found in a folder.</param>
public sealed partial class LogFile(string path)
{
    // No trainer writes such lines; a program's dump of its state may.
    private const int LongestLine = 1 << 20;

    // A whole JSON file is held in memory.
    private const int LargestText = 1 << 28;

    private string? _head;

    public string Path { get; } = path;

    /// <summary>"events.out.tfevents.1585769947.cvp", without ".gz".</summary>
    public string Name => System.IO.Path.GetFileName(IsPacked ? Path[..^3] : Path);

    /// <summary>The name without its ending.</summary>
    public string Stem => System.IO.Path.GetFileNameWithoutExtension(Name);

    /// <summary>The folder that it lies in, by its last part: what a run is often called.</summary>
    public string FolderName => System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))) ?? "";

    private bool IsPacked => Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Up to 64 Ki characters from its start.</summary>
    public string Head
    {
        get
        {
            if (_head is null)
            {
                char[] text = new char[1 << 16];
                using StreamReader reader = Reader();
                _head = new string(text, 0, Guarded(() => reader.ReadBlock(text)));
            }
            return _head;
        }
    }

    /// <summary>Its bytes, unpacked.</summary>
    /// <exception cref="UserException">It cannot be opened.</exception>
    public Stream Open() =>
        Guarded(() =>
        {
            // A log grows while its run goes on.
            Stream file = PlainFile.Open(Path, "a log", 1 << 16, FileShare.ReadWrite | FileShare.Delete);
            return IsPacked ? new WholeGzip(file) : file;
        });

    /// <summary>Its lines, without colours; of lines longer than a mebibyte the start.</summary>
    public IEnumerable<string> Lines()
    {
        using StreamReader reader = Reader();
        char[] buffer = new char[1 << 16];
        StringBuilder line = new();
        int read;
        while ((read = Guarded(() => reader.Read(buffer, 0, buffer.Length))) > 0)
        {
            int from = 0;
            while (from < read)
            {
                // A progress bar writes over its line again and again.
                int end = buffer.AsSpan(from, read - from).IndexOfAny('\n', '\r');
                int length = end < 0 ? read - from : end;
                line.Append(buffer, from, Math.Min(length, LongestLine - line.Length));
                from += length + 1;
                if (end >= 0)
                {
                    yield return Plain(line);
                }
            }
        }
        if (line.Length > 0)
        {
            yield return Plain(line);
        }
    }

    /// <summary>All of it as text.</summary>
    /// <exception cref="UserException">It is larger than 256 MiB.</exception>
    public string Text()
    {
        StringBuilder text = new();
        char[] buffer = new char[1 << 16];
        using StreamReader reader = Reader();
        int read;
        while ((read = Guarded(() => reader.Read(buffer, 0, buffer.Length))) > 0)
        {
            text.Append(buffer, 0, read);
            if (text.Length > LargestText)
            {
                throw new UserException(
                    $"{Path} holds more than {Quantity.FormatBytes(LargestText)} of text, more than such a file needs."
                );
            }
        }
        return text.ToString();
    }

    private StreamReader Reader() => new(Open(), Encoding.UTF8);

    private static string Plain(StringBuilder line)
    {
        string text = line.ToString();
        line.Clear();
        return text.Contains('\e') ? Colour().Replace(text, "") : text;
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException)
        {
            throw new UserException($"{Path} cannot be unpacked: its gzip data is damaged or cut short. Copy or pack the file again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UserException($"{Path} cannot be read: {TextFile.Reason(e)}.");
        }
    }

    [GeneratedRegex(@"\e\[[0-9;]*[A-Za-z]")]
    private static partial Regex Colour();
}
