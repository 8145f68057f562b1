namespace MoeScale.Exchange.Export;

/// <summary>Text for scripts of the shell.</summary>
internal static class Shell
{
    /// <summary>A word that the shell takes as it stands.</summary>
    public static string Quoted(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ',' or ':' or '=' or '+')
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>A name that is one word, and a file's.</summary>
    public static string Word(string name)
    {
        string word = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).Trim('-', '.');
        return word.Length > 0 ? word : "model";
    }

    /// <summary>Text for a comment: one line.</summary>
    public static string Comment(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
