using System.Globalization;
using System.Runtime.CompilerServices;

namespace MoeScale.Basics;

/// <summary>
/// A text with places for settings, written as an interpolated string: <c>Phrase cure = $"raise {FitSettings.Starts}"</c>. Everything else
/// is formatted at once, in the invariant culture, numbers as <see cref="Figures"/> has them in messages; settings are said when it is
/// known to whom.
/// </summary>
[InterpolatedStringHandler]
public sealed class Phrase
{
    // Texts, settings, phrases, conditions and lists.
    private readonly List<object> _parts = [];

    /// <summary>Called by the compiler.</summary>
    public Phrase(int literalLength, int formattedCount) { }

    private Phrase(object part) => _parts.Add(part);

    /// <summary>A text as it stands.</summary>
    public static implicit operator Phrase(string text) => new((object)text);

    /// <summary>Words that are said only where a setting can be given: advice that nobody could follow is left out.</summary>
    /// <param name="setting">The setting that decides.</param>
    /// <param name="words">What is said then.</param>
    /// <param name="otherwise">What is said else.</param>
    public static Phrase If(Setting setting, Phrase words, string otherwise = "") => new(new Condition(setting, words, otherwise));

    /// <summary>Phrases one after another.</summary>
    public static Phrase Join(string between, IEnumerable<Phrase> phrases)
    {
        Phrase all = new(0, 0);
        foreach ((int i, Phrase phrase) in phrases.Index())
        {
            if (i > 0)
            {
                all._parts.Add(between);
            }
            all._parts.Add(phrase);
        }
        return all;
    }

    /// <summary>
    /// A line for each of these, after a colon or a sentence; what follows begins a line of its own. Where all must stand on one line,
    /// semicolons part them and a full stop ends them.
    /// </summary>
    public static Phrase List(IEnumerable<Phrase> items) => new(new Lines([.. items]));

    /// <summary>The text for one who knows settings by these terms.</summary>
    public string Say(Terms terms) => Say(terms, onOneLine: false);

    /// <summary>The same on one line, lists too.</summary>
    public string SayOnOneLine(Terms terms) => Say(terms, onOneLine: true);

    /// <summary>In plain terms.</summary>
    public override string ToString() => Say(Terms.Plain);

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _parts.Add(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) =>
        _parts.Add(
            value switch
            {
                Setting or Phrase => value,
                UserException e => e.Phrase,
                double d => Figures.Shortest(d),
                IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
                _ => value?.ToString() ?? "",
            }
        );

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string? format)
        where T : IFormattable =>
        _parts.Add(
            value is double d && format is ['G', .. string digits]
                ? Figures.Significant(d, int.Parse(digits, CultureInfo.InvariantCulture))
                : value.ToString(format, CultureInfo.InvariantCulture)
        );

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(ReadOnlySpan<char> value) => _parts.Add(value.ToString());

    private string Say(Terms terms, bool onOneLine) =>
        string.Concat(
            _parts.Select(p =>
                p switch
                {
                    Setting setting => terms.Say(setting) ?? Terms.Plain.Say(setting),
                    Phrase phrase => phrase.Say(terms, onOneLine),
                    Condition c => terms.Say(c.Setting) is null ? c.Otherwise : c.Words.Say(terms, onOneLine),
                    Lines lines => onOneLine
                        ? $" {string.Join("; ", lines.Items.Select(i => i.Say(terms, onOneLine)))}. "
                        : $"{string.Concat(lines.Items.Select(i => $"\n  {i.Say(terms, onOneLine)}"))}\n",
                    _ => (string)p,
                }
            )
        );

    private sealed record Lines(IReadOnlyList<Phrase> Items);

    private sealed record Condition(Setting Setting, Phrase Words, string Otherwise);
}
