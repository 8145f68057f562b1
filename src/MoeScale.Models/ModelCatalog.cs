using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>The models that ship with the program, and the way to any model by name or path.</summary>
public static class ModelCatalog
{
    private static readonly EmbeddedFolder Folder = new(typeof(ModelCatalog).Assembly, "models");

    /// <summary>Names of the models that ship, sorted.</summary>
    public static IReadOnlyList<string> Ids { get; } = [.. Folder.Ids.Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The file of a model, to be read with changes.</summary>
    /// <param name="name">A name of the catalog, or the path of a model file.</param>
    /// <param name="relativeTo">The folder that a relative path starts from; null for the current one.</param>
    /// <exception cref="UserException">No such model.</exception>
    public static YamlMap OpenFile(string name, string? relativeTo = null) => Folder.Open(name, relativeTo);

    /// <summary>
    /// The model that <paramref name="name"/> stands for: a Hugging Face config.json or the folder that holds one, a model
    /// file, or a name of the catalog in any case, which may be cut short where that leaves one model only.
    /// </summary>
    /// <exception cref="UserException">No such model, several of them, or a file that describes none.</exception>
    public static Model Open(string name)
    {
        if (Ids.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return ModelFile.Parse(Folder.Open(name));
        }
        if (name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return HuggingFaceConfig.Read(name);
        }
        if (name.Length > 0 && File.Exists(Path.Combine(name, "config.json")))
        {
            return HuggingFaceConfig.Read(Path.Combine(name, "config.json"));
        }
        if (
            name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase)
            || File.Exists(name)
        )
        {
            return ModelFile.Read(name);
        }
        if (EmbeddedFolder.IsPath(name))
        {
            throw new UserException(
                $"'{name}' is no file, and no folder with a config.json. A model of Hugging Face is given by its config.json, one of the "
                    + $"catalog by its name."
            );
        }
        string[] longer = [.. Ids.Where(id => id.StartsWith(name, StringComparison.OrdinalIgnoreCase))];
        return longer switch
        {
            [string only] => ModelFile.Parse(Folder.Open(only)),
            [_, ..] when name.Length > 0 => throw new UserException($"'{name}' may be {string.Join(", ", longer)}. Give one of them."),
            _ => throw new UserException(
                $"'{name}' is not in the catalog of models{Guess.Hint(name, Ids)}. Known: {string.Join(", ", Ids)}. A model file is "
                    + $"given by its path, ending in .yaml, a Hugging Face configuration by its config.json."
            ),
        };
    }
}
