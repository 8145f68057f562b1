using MoeScale.Laws;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>What is said of a law beside its formula, and how long lines are cut.</summary>
internal static class LawText
{
    private const int Width = 79;

    /// <summary>Label and text of what a reader must know before trusting the law; none is empty.</summary>
    public static IEnumerable<(string Label, string Text)> Facts(Law law)
    {
        (string Label, string Text)[] all =
        [
            ("Experiments", law.RangeText),
            ("Holds for", law.FixedText),
            ("Error", law.Error is double error ? FormattableString.Invariant($"RMSE {error:G6}") : ""),
            ("Source", law.Source),
            ("Note", law.Note),
        ];
        return all.Where(f => f.Text.Length > 0);
    }

    /// <summary>"parameters with embeddings (active_params)", or the column alone.</summary>
    public static string Meaning(Variable variable) =>
        variable.Meaning.Length > 0 ? $"{variable.Meaning} ({variable.Column})" : variable.Column;

    /// <summary>One line without control characters, whatever a file says.</summary>
    public static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();

    /// <summary>The text in lines of at most 79 characters, which begin with an indent; further ones are indented deeper.</summary>
    public static IEnumerable<string> Wrapped(string text, string indent)
    {
        string line = indent;
        foreach (string word in Plain(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Trim().Length > indent.Trim().Length && line.Length + 1 + word.Length > Width)
            {
                yield return line;
                line = indent + "    ";
            }
            line += line.EndsWith(' ') || line.Length == 0 ? word : $" {word}";
        }
        yield return line;
    }
}
