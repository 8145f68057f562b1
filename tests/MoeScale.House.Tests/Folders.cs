using System.Text;

namespace MoeScale.House.Tests;

/// <summary>Which folder of a room knows which others of it.</summary>
public sealed class Folders
{
    private readonly IReadOnlyList<Use> _uses;
    private readonly IReadOnlyList<IReadOnlyList<string>> _components;

    public Folders(Sources sources)
    {
        _uses = [.. sources.Uses.Where(u => u.From.Room == u.To.Room && u.From.Folder != u.To.Folder)];
        (string, string)[] edges = [.. _uses.Select(u => (u.From.Folder, u.To.Folder)).Distinct()];
        _components = Components.Of(edges);
        Picture = Draw(sources.Files, edges);
    }

    /// <summary>A line a folder, what is known before what knows it: "Studies/Running: Files, Folders".</summary>
    public string Picture { get; }

    /// <summary>Folders that know each other, in words.</summary>
    public IEnumerable<string> Circles => _components.Where(c => c.Count > 1).Select(c => $"a circle of {string.Join(", ", c)}");

    /// <summary>What ties them.</summary>
    public IEnumerable<Use> UsesInCircles =>
        _uses.Where(u => _components.Any(c => c.Count > 1 && c.Contains(u.From.Folder) && c.Contains(u.To.Folder)));

    private string Draw(IReadOnlyList<SourceFile> files, (string From, string To)[] edges)
    {
        StringBuilder text = new();
        string[] order = [.. _components.SelectMany(c => c)];
        foreach (
            IGrouping<string, string> room in files.Select(f => f.Folder).Distinct().GroupBy(f => f.Split('/')[0]).Where(g => g.Count() > 1)
        )
        {
            foreach (string folder in room.OrderBy(f => Array.IndexOf(order, f)))
            {
                string[] known = [.. edges.Where(e => e.From == folder).Select(e => Short(e.To)).Order(StringComparer.Ordinal)];
                text.Append("    ").Append(folder).Append(known.Length > 0 ? ": " : "").AppendJoin(", ", known).Append('\n');
            }
        }
        return text.ToString();
    }

    private static string Short(string folder) =>
        folder.Contains('/', StringComparison.Ordinal) ? folder[(folder.IndexOf('/', StringComparison.Ordinal) + 1)..] : folder;
}
