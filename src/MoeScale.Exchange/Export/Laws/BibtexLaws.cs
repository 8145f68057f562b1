using System.Text;
using MoeScale.Laws;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>The papers of laws for BibTeX, each once. A law without a paper is an entry that names its file.</summary>
public sealed class BibtexLaws : LawFormat
{
    /// <inheritdoc/>
    public override string Name => "bibtex";

    /// <inheritdoc/>
    public override string Ending => ".bib";

    /// <inheritdoc/>
    public override string Write(IReadOnlyList<NamedLaw> laws)
    {
        BibtexKeys keys = new(laws);
        return string.Join(
            "\n",
            laws.GroupBy(l => keys[l]).Select(g => g.First().Law.Reference is Reference r ? Paper(g.Key, r, g) : File(g.Key, g.First()))
        );
    }

    private static string Paper(string key, Reference reference, IEnumerable<NamedLaw> laws)
    {
        List<(string, string)> fields =
        [
            ("author", string.Join(" and ", reference.Authors.Select(Author))),
            ("title", $"{{{Escaped(reference.Title)}}}"),
            ("year", $"{reference.Year}"),
        ];
        if (reference.Arxiv is string arxiv)
        {
            fields.Add(("eprint", Escaped(arxiv)));
            fields.Add(("archivePrefix", "arXiv"));
        }
        return Entry(key, fields, string.Join(", ", laws.Select(l => l.Law.Id)));
    }

    private static string File(string key, NamedLaw law)
    {
        List<(string, string)> fields =
        [
            ("title", $"{{Scaling law {Escaped(law.Law.Id)}}}"),
            ("howpublished", $"Law file {Escaped(Path.GetFileName(law.Name))}"),
        ];
        if (law.Law.Source.Length > 0)
        {
            fields.Add(("note", Escaped(law.Law.Source)));
        }
        return Entry(key, fields, law.Law.Id);
    }

    // What stands outside of entries is a comment.
    private static string Entry(string key, IReadOnlyList<(string Name, string Value)> fields, string laws)
    {
        StringBuilder text = new($"% {LawText.Plain(laws).Replace('@', ' ')}\n@misc{{{key},\n");
        foreach ((string name, string value) in fields)
        {
            text.Append($"  {name, -13} = {{{value}}},\n");
        }
        return text.Append("}\n").ToString();
    }

    // Braces around a whole name stay: they keep it whole.
    private static string Author(string name) => name.StartsWith('{') && name.EndsWith('}') ? $"{{{Escaped(name[1..^1])}}}" : Escaped(name);

    // BibTeX counts braces, also those that LaTeX would not.
    private static string Escaped(string text) => LatexNames.Escaped(text.Replace('{', '(').Replace('}', ')'));
}
