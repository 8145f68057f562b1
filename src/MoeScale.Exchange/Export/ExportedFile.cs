using System.Text;
using MoeScale.Basics;

namespace MoeScale.Exchange.Export;

/// <summary>One file of an export.</summary>
/// <param name="Name">Relative to where the export goes, "config.json".</param>
/// <param name="Content">Writes it.</param>
/// <param name="Text">All of it, if it is text; null for other files.</param>
/// <param name="IsExecutable">Whether it is a script to be run.</param>
public sealed record ExportedFile(string Name, Action<Stream> Content, string? Text = null, bool IsExecutable = false)
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static ExportedFile OfText(string name, string text, bool isExecutable = false) =>
        new(name, stream => stream.Write(Encoding.UTF8.GetBytes(text)), text, isExecutable);

    /// <summary>Writes it whole, or not at all.</summary>
    /// <param name="path">Where it goes; what stands there is replaced.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void Save(string path)
    {
        WholeFile.Write(path, Content);
        if (IsExecutable && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | Executable);
        }
    }
}

/// <summary>What came of an export.</summary>
/// <param name="Files">In the order in which they are written; the last one's presence says that all are there.</param>
/// <param name="Notes">What a reader must know of them.</param>
public sealed record Exported(IReadOnlyList<ExportedFile> Files, IReadOnlyList<ExportNote> Notes);
