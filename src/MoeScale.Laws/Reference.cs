using MoeScale.Basics;

namespace MoeScale.Laws;

/// <summary>The paper that a law comes from, as a bibliography lists it.</summary>
public sealed record Reference
{
    /// <summary>The last author, where the list goes on.</summary>
    public const string Others = "others";

    private const int FirstYear = 1900;
    private const int LastYear = 2999;

    /// <summary>
    /// At least one, "Jordan Hoffmann" or "Le Scao, Teven"; a name in braces, "{DeepSeek-AI}", has no parts; the last may be
    /// <see cref="Others"/>.
    /// </summary>
    public required IReadOnlyList<string> Authors { get; init; }

    public required string Title { get; init; }

    public required int Year { get; init; }

    /// <summary>Its number at arXiv, "2203.15556"; null where it is not there.</summary>
    public string? Arxiv { get; init; }

    /// <summary>From the section <c>reference</c> of a law file.</summary>
    /// <exception cref="UserException">It lacks an author, the title or the year.</exception>
    internal static Reference Read(YamlMap yaml)
    {
        yaml.RefuseOthers(["authors", "title", "year", "arxiv"]);
        IReadOnlyList<string> authors = yaml.Texts("authors");
        double year = yaml.Number("year");
        return new Reference
        {
            Authors = authors.Count > 0 ? authors : throw yaml.Error("authors", $"'authors' needs a list of names"),
            Title = yaml.Text("title"),
            Year =
                year is >= FirstYear and <= LastYear && year == Math.Floor(year)
                    ? (int)year
                    : throw yaml.Error("year", $"'year' is {year}; it needs a year, such as 2022"),
            Arxiv = yaml.OptionalText("arxiv"),
        };
    }

    /// <inheritdoc/>
    public bool Equals(Reference? other) =>
        other is not null && Title == other.Title && Year == other.Year && Arxiv == other.Arxiv && Authors.SequenceEqual(other.Authors);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Title, Year, Arxiv);
}
