using MoeScale.Basics;

namespace MoeScale.Formulas;

/// <summary>Points at the character of a formula that a complaint is about.</summary>
internal static class FormulaText
{
    private const int Width = 72;

    // What stands beside a name, not in it, and parts formulas where no blank does.
    private const string Outside = "<>=!,*+^()`'\"";

    /// <summary>
    /// How the word around a character is written if it is the name of a column, "; a column of such a name stands in backticks:
    /// `val.loss`"; "" where it holds letters, digits and _ alone.
    /// </summary>
    public static string QuotedHint(string text, int position)
    {
        int start = position;
        while (start > 0 && IsInside(text[start - 1]))
        {
            start--;
        }
        int end = position;
        while (end < text.Length && IsInside(text[end]))
        {
            end++;
        }
        string word = text[start..end].Trim('-', '/');
        return word.Any(char.IsLetter) && !word.All(Names.IsPart) ? Hint(word) : "";
    }

    /// <summary>"; a column of such a name stands in backticks: `val loss`"</summary>
    public static string Hint(string name) => $"; a column of such a name stands in backticks: {Names.InFormula(name)}";

    private static bool IsInside(char c) => !char.IsWhiteSpace(c) && !Outside.Contains(c, StringComparison.Ordinal);

    /// <param name="source">Where the formula stands: "law.yaml:3", or the setting that it is of.</param>
    /// <param name="text">The formula.</param>
    /// <param name="position">Index of the character complained of.</param>
    /// <param name="message">What was expected there.</param>
    public static UserException Error(Phrase source, string text, int position, string message)
    {
        // A formula of several lines is shown as one, a long one as the stretch around the character.
        string flat = text.Replace('\n', ' ').Replace('\r', ' ').Replace('\t', ' ');
        int start = position > Width - 8 ? position - (Width / 2) : 0;
        string shown = flat.Substring(start, Math.Min(Width, flat.Length - start));
        return new UserException($"at character {position + 1}, {message}.\n  {shown}\n  {new string(' ', position - start)}^").At(source);
    }
}
