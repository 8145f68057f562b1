using System.IO.Enumeration;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Training.Data.Corpora;

/// <summary>The files of a corpus in their order, and their documents. Files and documents are read as streams, gzip or not.</summary>
public sealed class CorpusFiles
{
    private static readonly string[] LineEndings = [".jsonl", ".ndjson"];

    // In a folder only; a file given by its own name is read whatever it is called.
    private static readonly string[] TextEndings = [".txt", ".text", ".md", ".rst", ".tex", .. LineEndings];

    private CorpusFiles(IReadOnlyList<string> paths, int leftOut)
    {
        Paths = paths;
        LeftOut = leftOut;
    }

    /// <summary>In the order given; those of a folder sorted by the bytes of their paths.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>How many files of folders are of other kinds, and are not read.</summary>
    public int LeftOut { get; }

    /// <param name="paths">Files and folders, which are searched through; names that begin with a dot, and links to folders, are passed
    /// over.</param>
    /// <exception cref="UserException">No such path, a folder without text, a pipe, or a token file among texts.</exception>
    public static CorpusFiles Find(IEnumerable<string> paths)
    {
        List<string> files = [];
        int leftOut = 0;
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                leftOut += AddFolder(path, files);
            }
            else if (TokenFile.IsNamedSo(path))
            {
                throw new UserException($"{path} holds tokens, which need no tokenizer; it is given alone, not beside texts.");
            }
            else
            {
                files.Add(path);
            }
        }
        return new CorpusFiles(files, leftOut);
    }

    /// <summary>Gives each document, file by file, until no more is wanted.</summary>
    /// <param name="field">Which field of a JSON line is the document.</param>
    /// <param name="sink">What it throws is passed on; it should throw no <see cref="IOException"/>, which would be blamed on the file that
    /// is read.</param>
    /// <exception cref="UserException">A file is empty, unreadable, cut short, or no UTF-8.</exception>
    public void Read(string field, DocumentSink sink)
    {
        foreach (string path in Paths)
        {
            bool any = false;
            bool more = true;
            ReadFile(
                path,
                field,
                document =>
                {
                    any = true;
                    return more = sink(document);
                }
            );
            if (!any)
            {
                throw new UserException($"{path} holds no text. Leave it out.");
            }
            if (!more)
            {
                return;
            }
        }
    }

    private static void ReadFile(string path, string field, DocumentSink sink)
    {
        try
        {
            using FileStream file = PlainFile.Open(path, "a file, which can be read again,");
            bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream stream = packed ? new WholeGzip(file) : file;
            if (HasEnding(path, LineEndings))
            {
                JsonLineDocuments.Read(stream, path, field, sink);
            }
            else
            {
                TextDocuments.Read(stream, path, sink);
            }
        }
        catch (InvalidDataException e)
        {
            throw new UserException($"{path} is damaged gzip: {TextFile.Reason(e)}. Fetch it or pack it again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{path} cannot be read: {TextFile.Reason(e)}.");
        }
    }

    private static int AddFolder(string folder, List<string> files)
    {
        try
        {
            string[] all =
            [
                .. new FileSystemEnumerable<string>(
                    folder,
                    (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(),
                    new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false }
                )
                {
                    ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName[0] != '.',
                    ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                        entry.FileName[0] != '.' && (entry.Attributes & FileAttributes.ReparsePoint) == 0,
                },
            ];
            string[] texts =
            [
                .. all.Where(path => HasEnding(path, TextEndings)).OrderBy(path => path.Replace('\\', '/'), StringComparer.Ordinal),
            ];
            if (texts.Length == 0)
            {
                string others = $"none of its {all.Length} files ends in {string.Join(", ", TextEndings)}, or these with .gz";
                throw new UserException(
                    $"{folder} holds no text: {(all.Length == 0 ? "it has no files" : others)}. "
                        + $"Files of other kinds are given by their own names."
                );
            }
            files.AddRange(texts);
            return all.Length - texts.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be searched: {TextFile.Reason(e)}.");
        }
    }

    private static bool HasEnding(string path, string[] endings)
    {
        ReadOnlySpan<char> name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path.AsSpan(0, path.Length - 3) : path;
        foreach (string ending in endings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        return false;
    }
}
