using System.Text;
using MoeScale.Formulas;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>Names of formulas in mathematics: Greek letters, indices after an underscore, hats.</summary>
internal static class LatexNames
{
    // These alone have commands; other capitals look Latin.
    private const string CapitalCommands = "ΓΔΘΛΞΠΣΥΦΨΩ";

    private static readonly (string Ending, string Command)[] Accents = [("hat", @"\hat"), ("tilde", @"\tilde"), ("bar", @"\bar")];

    public static string Of(string name)
    {
        string[] parts = [.. name.Split('_', StringSplitOptions.RemoveEmptyEntries)];
        if (parts.Length == 0)
        {
            return @"\_";
        }
        List<string> indices = [.. parts.Skip(1).Select(Index)];
        // x1 is x with the index 1.
        string letters = parts[0].TrimEnd([.. "0123456789"]);
        if (letters.Length > 0 && letters.Length < parts[0].Length)
        {
            indices.Insert(0, parts[0][letters.Length..]);
        }
        string symbol = Symbol(letters.Length > 0 ? letters : parts[0]);
        return indices.Count == 0 ? symbol : $"{symbol}_{{{string.Join(@",\,", indices)}}}";
    }

    private static string Symbol(string name)
    {
        string plain = Names.Canonical(name);
        foreach ((string ending, string command) in Accents)
        {
            if (plain.Length > ending.Length && plain.EndsWith(ending, StringComparison.Ordinal))
            {
                return $"{command}{{{Symbol(plain[..^ending.Length])}}}";
            }
        }
        return Letters(plain) is [string single] ? single : $@"\mathit{{{Joined(plain)}}}";
    }

    private static string Index(string name)
    {
        string plain = Names.Canonical(name);
        return Letters(plain) is [string single] ? single : $@"\mathrm{{{Joined(plain)}}}";
    }

    // Braces part a command from the letter that follows.
    private static string Joined(string name) => string.Concat(Letters(name).Select(l => l.Length > 1 ? $"{{{l}}}" : l));

    // Each with the marks over it.
    private static List<string> Letters(string name)
    {
        List<string> letters = [];
        foreach (char c in name)
        {
            string? accent = c switch
            {
                '\u0302' => @"\hat",
                '\u0303' => @"\tilde",
                '\u0304' => @"\bar",
                '\u0307' => @"\dot",
                _ => null,
            };
            if (accent is not null && letters.Count > 0)
            {
                letters[^1] = $"{accent}{{{letters[^1]}}}";
            }
            else if (char.IsLetterOrDigit(c))
            {
                letters.Add(Letter(c));
            }
        }
        return letters;
    }

    private static string Letter(char c)
    {
        if (char.IsAsciiLetterOrDigit(c))
        {
            return c.ToString();
        }
        if (Names.EnglishOf(c) is not string greek)
        {
            // Fonts of mathematics have Latin and Greek letters only.
            return $@"\text{{{c}}}";
        }
        bool hasCommand = char.IsLower(c) ? c != 'ο' : CapitalCommands.Contains(c);
        return hasCommand ? $@"\{greek}" : $@"\mathrm{{{greek[..1]}}}";
    }

    /// <summary>A text, with what LaTeX would read as a command written out.</summary>
    public static string Escaped(string text)
    {
        StringBuilder escaped = new();
        foreach (char c in LawText.Plain(text))
        {
            escaped.Append(
                c switch
                {
                    '\\' => @"\textbackslash{}",
                    '~' => @"\textasciitilde{}",
                    '^' => @"\textasciicircum{}",
                    '<' or '>' or '|' or '*' or '=' => $"${c}$",
                    '"' => "''",
                    '·' => @"$\cdot$",
                    '−' => "$-$",
                    '≤' => @"$\le$",
                    '≥' => @"$\ge$",
                    '√' => @"$\surd$",
                    _ when "&%$#_{}".Contains(c) => $@"\{c}",
                    _ when Names.EnglishOf(c) is not null => $"${Letter(c)}$",
                    _ => c.ToString(),
                }
            );
        }
        return escaped.ToString();
    }
}
