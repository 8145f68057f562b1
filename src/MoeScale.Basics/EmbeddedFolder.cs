using System.Reflection;

namespace MoeScale.Basics;

/// <summary>One folder of the catalog, carried inside an assembly; a file is read only when it is asked for.</summary>
/// <param name="assembly">The assembly whose resources are named "<paramref name="folder"/>/id".</param>
/// <param name="folder">The folder's name, e.g. "laws".</param>
public sealed class EmbeddedFolder(Assembly assembly, string folder)
{
    /// <summary>All ids, sorted.</summary>
    public IReadOnlyList<string> Ids { get; } =
    [
        .. assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal))
            .Select(name => name[(folder.Length + 1)..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// The YAML that <paramref name="name"/> stands for: the file at that path if it has a slash or an ending .yaml or .yml,
    /// else the catalog's entry of that id, in any case.
    /// </summary>
    /// <param name="name">An id or a path.</param>
    /// <param name="relativeTo">The folder that a relative path starts from; null for the current one.</param>
    /// <exception cref="UserException">No such file, or no such id.</exception>
    public YamlMap Open(string name, string? relativeTo = null)
    {
        if (IsPath(name))
        {
            return YamlMap.Read(relativeTo is null ? name : Path.Combine(relativeTo, name));
        }
        string id =
            Ids.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UserException(
                $"'{name}' is not in the catalog of {folder}{Guess.Hint(name, Ids)}. Known: {string.Join(", ", Ids)}; a file is given by "
                    + $"its path, ending in .yaml."
            );
        using StreamReader reader = new(assembly.GetManifestResourceStream($"{folder}/{id}")!);
        return YamlMap.Parse(reader.ReadToEnd(), $"catalog/{folder}/{id}.yaml");
    }

    /// <summary>Whether a name is meant as a path, not as a catalog id.</summary>
    public static bool IsPath(string name) =>
        name.Contains('/')
        || name.Contains('\\')
        || name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
}
