using System.Text;
using System.Xml;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Training.Data.Corpora;

/// <summary>
/// The English reference documentation that comes with every .NET SDK: a text that is on any machine that builds this program. A type
/// and its members are one document, a sentence or two a line; a line met before is left out, as most lines on exceptions would be.
/// </summary>
/// <remarks>The same for the same version of the reference pack, which <see cref="Version"/> names; MIT licence.</remarks>
public sealed class DotnetDocs
{
    private readonly string[] _files;

    private DotnetDocs(string version, string[] files)
    {
        Version = version;
        _files = files;
    }

    /// <summary>Of the reference pack Microsoft.NETCore.App.Ref, e.g. 10.0.12.</summary>
    public string Version { get; }

    /// <summary>The newest reference pack beside the .NET that runs this program.</summary>
    /// <exception cref="UserException">There is none, as where only the runtime is installed.</exception>
    public static DotnetDocs Find() =>
        Find(Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")));

    /// <param name="dotnetFolder">The folder that holds "packs".</param>
    /// <exception cref="UserException">There is no reference pack.</exception>
    public static DotnetDocs Find(string dotnetFolder)
    {
        string packs = Path.Combine(dotnetFolder, "packs", "Microsoft.NETCore.App.Ref");
        try
        {
            (System.Version Version, string Path)[] versions = Directory.Exists(packs)
                ? [.. Directory.GetDirectories(packs).Select(path => (ReadVersion(path), path))]
                : [];
            foreach ((_, string path) in versions.OrderByDescending(pack => pack.Version).ThenBy(pack => pack.Path, StringComparer.Ordinal))
            {
                string[] files = Directory.Exists(Path.Combine(path, "ref"))
                    ? [.. Directory.GetFiles(Path.Combine(path, "ref"), "*.xml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
                    : [];
                if (files.Length > 0)
                {
                    return new DotnetDocs(Path.GetFileName(path), files);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{packs} cannot be searched: {TextFile.Reason(e)}.");
        }
        throw new UserException(
            $"dotnet-docs needs the reference documentation of a .NET SDK, and {packs} has none: only the runtime seems to be installed. "
                + $"Install the SDK, or give a text of your own, or {TrainSettings.Text.To(TokenizerKinds.Synthetic)}."
        );
    }

    /// <summary>Gives each type's document, until no more is wanted.</summary>
    /// <exception cref="UserException">A file of the pack cannot be read.</exception>
    public void Read(DocumentSink sink)
    {
        HashSet<string> met = new(StringComparer.Ordinal);
        StringBuilder document = new();
        foreach (string path in _files)
        {
            try
            {
                using XmlReader xml = XmlReader.Create(
                    path,
                    new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, IgnoreComments = true }
                );
                while (xml.ReadToFollowing("member"))
                {
                    if (xml.GetAttribute("name")?.StartsWith("T:", StringComparison.Ordinal) == true)
                    {
                        if (!Give(document, sink))
                        {
                            return;
                        }
                    }
                    ReadMember(xml, met, document);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or XmlException)
            {
                throw new UserException($"{path} cannot be read: {TextFile.Reason(e)}. Repair the .NET SDK.");
            }
            if (!Give(document, sink))
            {
                return;
            }
        }
    }

    private static void ReadMember(XmlReader xml, HashSet<string> met, StringBuilder document)
    {
        if (xml.IsEmptyElement)
        {
            return;
        }
        int depth = xml.Depth;
        StringBuilder line = new();
        while (xml.Read() && xml.Depth > depth)
        {
            switch (xml.NodeType)
            {
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    Append(line, xml.Value);
                    break;
                case XmlNodeType.Element when xml.IsEmptyElement:
                    Append(line, Reference(xml.GetAttribute("cref")) ?? xml.GetAttribute("langword") ?? xml.GetAttribute("name") ?? " ");
                    break;
                case XmlNodeType.EndElement when xml.Depth == depth + 1 || xml.Name is "para" or "item":
                    End(line, met, document);
                    break;
                default:
                    break;
            }
        }
        End(line, met, document);
    }

    // White space of any length is one space, none at the start.
    private static void Append(StringBuilder line, string text)
    {
        foreach (char character in text)
        {
            if (!char.IsWhiteSpace(character))
            {
                line.Append(character);
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }
        }
    }

    private static void End(StringBuilder line, HashSet<string> met, StringBuilder document)
    {
        string text = line.ToString().TrimEnd();
        line.Clear();
        if (text.Length > 0 && met.Add(text))
        {
            document.Append(text).Append('\n');
        }
    }

    // "M:System.Collections.BitArray.Set(System.Int32,System.Boolean)" reads "Set".
    private static string? Reference(string? id)
    {
        if (id is null)
        {
            return null;
        }
        string name = id.Split('(', '~')[0];
        string last = name[(name.LastIndexOfAny(['.', ':']) + 1)..];
        return last == "#ctor" ? Reference(name[..name.LastIndexOf('.')]) : last.Split('`')[0];
    }

    private static bool Give(StringBuilder document, DocumentSink sink)
    {
        if (document.Length == 0)
        {
            return true;
        }
        byte[] text = Encoding.UTF8.GetBytes(document.ToString());
        document.Clear();
        return sink(text);
    }

    private static System.Version ReadVersion(string path) =>
        System.Version.TryParse(Path.GetFileName(path).Split('-')[0], out System.Version? version) ? version : new System.Version();
}
