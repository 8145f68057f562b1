using System.Text;

namespace MoeScale.Formulas;

/// <summary>The one spelling of a name: <c>alpha</c> and <c>α</c> are the same coefficient.</summary>
public static class Names
{
    private static readonly Dictionary<string, string> Greek = new()
    {
        ["alpha"] = "α",
        ["beta"] = "β",
        ["gamma"] = "γ",
        ["delta"] = "δ",
        ["epsilon"] = "ε",
        ["zeta"] = "ζ",
        ["eta"] = "η",
        ["theta"] = "θ",
        ["iota"] = "ι",
        ["kappa"] = "κ",
        ["lambda"] = "λ",
        ["mu"] = "μ",
        ["nu"] = "ν",
        ["xi"] = "ξ",
        ["omicron"] = "ο",
        ["pi"] = "π",
        ["rho"] = "ρ",
        ["sigma"] = "σ",
        ["tau"] = "τ",
        ["upsilon"] = "υ",
        ["phi"] = "φ",
        ["chi"] = "χ",
        ["psi"] = "ψ",
        ["omega"] = "ω",
    };

    /// <summary>A Greek letter's English name becomes the letter; typographic variants (µ, ϵ, ϕ, ϑ, ϱ, ϖ) the plain letter.</summary>
    public static string Canonical(string name) =>
        Greek.TryGetValue(name, out string? letter) ? letter
        : Ascii.IsValid(name) ? name
        : name.Replace('µ', 'μ').Replace('ϵ', 'ε').Replace('ϕ', 'φ').Replace('ϑ', 'θ').Replace('ϱ', 'ρ').Replace('ϖ', 'π');

    /// <summary>The English name of a Greek letter, "alpha", with a capital for a capital; null for any other character.</summary>
    public static string? EnglishOf(char letter)
    {
        char small = char.ToLowerInvariant(letter);
        // The sigma at the end of a Greek word.
        string? name = Greek.FirstOrDefault(g => g.Value[0] == (small == 'ς' ? 'σ' : small)).Key;
        return name is null || small == letter ? name : char.ToUpperInvariant(name[0]) + name[1..];
    }

    /// <summary>Values by the one spelling of their names.</summary>
    internal static Dictionary<string, double> Canonical(IReadOnlyDictionary<string, double> values)
    {
        Dictionary<string, double> canonical = [];
        foreach ((string name, double value) in values)
        {
            canonical.Add(Canonical(name), value);
        }
        return canonical;
    }

    /// <summary>Whether the text is one name, and no function or keyword.</summary>
    public static bool IsName(string text) => text.Length > 0 && IsStart(text[0]) && text.All(IsPart) && !IsReserved(text);

    /// <summary>
    /// A name as a formula says it: as it is, or in backticks where it has other signs, <c>`val/loss`</c>, or is a word of the language. A
    /// backtick in it is doubled.
    /// </summary>
    public static string InFormula(string name) => IsName(name) ? name : $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>The name that stands in backticks; any other text as it is.</summary>
    public static string Plain(string text) => IsQuoted(text) ? text[1..^1].Replace("``", "`", StringComparison.Ordinal) : text;

    /// <summary>Whether the whole text is one name in backticks.</summary>
    public static bool IsQuoted(string text) => text.Length > 2 && text[0] == '`' && QuotedEnd(text, 0) == text.Length - 1;

    /// <summary>Where the backtick is that closes the one at <paramref name="start"/>; −1 if none does.</summary>
    internal static int QuotedEnd(string text, int start)
    {
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] != '`')
            {
                continue;
            }
            if (i + 1 == text.Length || text[i + 1] != '`')
            {
                return i;
            }
            i++;
        }
        return -1;
    }

    /// <summary>The parts of a list between signs that stand neither in parentheses nor in backticks.</summary>
    /// <param name="text">"N=max(a, b),L=`acc,none`".</param>
    /// <param name="sign">What parts them.</param>
    /// <param name="most">At most so many parts; the last holds the rest.</param>
    public static IReadOnlyList<string> Split(string text, char sign, int most = int.MaxValue)
    {
        List<string> parts = [];
        int depth = 0;
        int start = 0;
        for (int i = 0; i < text.Length && parts.Count < most - 1; i++)
        {
            switch (text[i])
            {
                case '`' when QuotedEnd(text, i) is int end and > 0:
                    i = end;
                    break;
                case '(':
                    depth++;
                    break;
                case ')':
                    depth--;
                    break;
                case char c when c == sign && depth == 0:
                    parts.Add(text[start..i]);
                    start = i + 1;
                    break;
            }
        }
        return [.. parts, text[start..]];
    }

    internal static bool IsReserved(string text) => text is "and" or "or" or "not" or "log" || Operations.Function(text) is not null;

    internal static bool IsStart(char c) => char.IsLetter(c) || c == '_';

    // A combining mark (Mn) lets a hat be typed over any letter.
    internal static bool IsPart(char c) =>
        char.IsLetterOrDigit(c) || c == '_' || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.NonSpacingMark;
}
