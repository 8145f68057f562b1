using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>
/// A rule that turns one size, an expansion rate and a granularity into a model: "n_blocks = d_model / 64, d_ff = 3·d_model".
/// </summary>
public sealed class ShapeFamily
{
    private static readonly EmbeddedFolder Catalog = new(typeof(ShapeFamily).Assembly, "families");

    private readonly ModelTemplate _template;

    private ShapeFamily(YamlMap yaml)
    {
        if (!yaml.Has("size"))
        {
            throw yaml.Error("id", "a shape family names its free size, such as 'size: d_model'; without one this is a model file");
        }
        Id = yaml.Text("id");
        Size = yaml.Choice("size", ["d_model", "n_blocks"]);
        Description = yaml.OptionalText("description") ?? "";
        _template = new ModelTemplate(yaml, free: [Size, "experts", "granularity"], furtherKeys: ["size"]);
        _template.RequirePositive([1024, 2, 2], yaml);
    }

    /// <summary>Ids of the families that ship with the program.</summary>
    public static IReadOnlyList<string> Ids => Catalog.Ids;

    public string Id { get; }

    /// <summary>Name of the size that is free: d_model or n_blocks.</summary>
    public string Size { get; }

    /// <summary>The rule in words.</summary>
    public string Description { get; }

    /// <param name="name">A catalog id, or the path of a file.</param>
    /// <param name="relativeTo">The folder that a relative path starts from; null for the current one.</param>
    /// <exception cref="UserException">No such family, or a file that is none.</exception>
    public static ShapeFamily Open(string name, string? relativeTo = null) => new(Catalog.Open(name, relativeTo));

    /// <summary>The file of <paramref name="name"/>, to be read with changes.</summary>
    /// <inheritdoc cref="Open"/>
    public static YamlMap OpenFile(string name, string? relativeTo = null) => Catalog.Open(name, relativeTo);

    /// <exception cref="UserException">The mapping is no shape family.</exception>
    public static ShapeFamily Parse(YamlMap yaml) => new(yaml);

    /// <summary>The member of the family at one size.</summary>
    /// <param name="size">Value of <see cref="Size"/>.</param>
    /// <param name="experts">E.</param>
    /// <param name="granularity">G.</param>
    public Model Model(double size, double experts, double granularity) => _template.Instantiate([size, experts, granularity]);
}
