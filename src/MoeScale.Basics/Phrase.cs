using System.Globalization;
using System.Runtime.CompilerServices;

namespace MoeScale.Basics;

/// <summary>
/// A text with places for settings, written as an interpolated string: <c>Phrase cure = $"raise {FitSettings.Starts}"</c>. Everything else
/// is formatted at once, in the invariant culture; settings are said when it is known to whom.
/// </summary>
[InterpolatedStringHandler]
public sealed class Phrase
{
    // Texts, settings, phrases, and cures.
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

    /// <summary>The text for one who knows settings by these terms.</summary>
    public string Say(Terms terms) =>
        string.Concat(
            _parts.Select(p =>
                p switch
                {
                    Setting setting => terms.Say(setting) ?? Terms.Plain.Say(setting),
                    Phrase phrase => phrase.Say(terms),
                    Condition c => terms.Say(c.Setting) is null ? c.Otherwise : c.Words.Say(terms),
                    _ => (string)p,
                }
            )
        );

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
                IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
                _ => value?.ToString() ?? "",
            }
        );

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string? format)
        where T : IFormattable => _parts.Add(value.ToString(format, CultureInfo.InvariantCulture));

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(ReadOnlySpan<char> value) => _parts.Add(value.ToString());

    private sealed record Condition(Setting Setting, Phrase Words, string Otherwise);
}
