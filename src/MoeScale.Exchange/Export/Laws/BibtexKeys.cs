using System.Globalization;
using MoeScale.Laws;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>Keys of BibTeX: hoffmann2022training for a paper, the id for a law without one. No two papers have the same.</summary>
internal sealed class BibtexKeys
{
    private static readonly string[] Small = ["a", "an", "the", "on", "of", "for", "to", "towards", "in"];

    private readonly Dictionary<object, string> _keys = [];

    /// <param name="laws">All that will be asked for.</param>
    public BibtexKeys(IReadOnlyList<NamedLaw> laws)
    {
        foreach (NamedLaw law in laws)
        {
            object source = (object?)law.Law.Reference ?? law.Name;
            if (!_keys.ContainsKey(source))
            {
                string key = law.Law.Reference is Reference reference ? Of(reference) : Ascii($"law-{law.Law.Id}");
                _keys.Add(source, Enumerable.Range(0, laws.Count).Select(i => Numbered(key, i)).First(k => !_keys.ContainsValue(k)));
            }
        }
    }

    public string this[NamedLaw law] => _keys[(object?)law.Law.Reference ?? law.Name];

    private static string Numbered(string key, int i) => i == 0 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}-{i + 1}");

    private static string Of(Reference reference)
    {
        string author = reference.Authors[0].Trim('{', '}');
        string family = author.Contains(',') ? author[..author.IndexOf(',')] : author.Split(' ')[^1];
        string name = reference.Authors[0].StartsWith('{') ? author.Split(' ', ',')[0] : family;
        string word = reference.Title.Split(' ', ':', '-').FirstOrDefault(w => w.Length > 0 && !Small.Contains(w.ToLowerInvariant()), "");
        return string.Create(CultureInfo.InvariantCulture, $"{Ascii(name)}{reference.Year}{Ascii(word)}")
            .Replace("-", "")
            .ToLowerInvariant();
    }

    private static string Ascii(string text) => string.Concat(text.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'));
}
