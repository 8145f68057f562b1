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

    internal static bool IsReserved(string text) => text is "and" or "or" or "not" or "log" || Operations.Function(text) is not null;

    internal static bool IsStart(char c) => char.IsLetter(c) || c == '_';

    // A combining mark (Mn) lets a hat be typed over any letter.
    internal static bool IsPart(char c) =>
        char.IsLetterOrDigit(c) || c == '_' || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.NonSpacingMark;
}
