using MoeScale.Basics;

namespace MoeScale.Laws;

/// <summary>The laws that ship with the program, and the way to any law by id or path.</summary>
public static class LawCatalog
{
    private static readonly EmbeddedFolder Folder = new(typeof(LawCatalog).Assembly, "laws");

    /// <summary>Ids of the laws that ship, sorted.</summary>
    public static IReadOnlyList<string> Ids => Folder.Ids;

    /// <summary>Reads one law; no other file is touched.</summary>
    /// <param name="name">A catalog id, or the path of a law file.</param>
    /// <param name="relativeTo">The folder that a relative path starts from; null for the current one.</param>
    /// <exception cref="UserException">No such law, or a file that is none.</exception>
    public static Law Open(string name, string? relativeTo = null) => LawFile.Parse(Folder.Open(name, relativeTo));
}
