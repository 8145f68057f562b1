using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>Columns such as val/loss, which a formula takes for val divided by loss where they stand without backticks.</summary>
internal static class QuotedColumns
{
    /// <summary>The column whose name a formula holds as it is, outside backticks; the longest; null if there is none.</summary>
    /// <param name="text">The formula.</param>
    /// <param name="table">The runs.</param>
    public static string? Bare(string text, RunTable table) =>
        table
            .Columns.Select(c => c.Name)
            .Where(n => !Names.IsName(n) && n.Any(char.IsLetter) && Holds(text, n))
            .OrderByDescending(n => n.Length)
            .FirstOrDefault();

    /// <summary>" The column 'val/loss' stands in a formula as `val/loss`.", or "".</summary>
    public static string Cure(string text, RunTable table) =>
        Bare(text, table) is string name ? $" The column '{name}' stands in a formula as {Names.InFormula(name)}." : "";

    private static bool Holds(string text, string name)
    {
        bool quoted = false;
        for (int i = 0; i + name.Length <= text.Length; i++)
        {
            quoted ^= text[i] == '`';
            if (
                !quoted
                && string.CompareOrdinal(text, i, name, 0, name.Length) == 0
                && !IsPart(text, i - 1)
                && !IsPart(text, i + name.Length)
            )
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsPart(string text, int index) =>
        index >= 0 && index < text.Length && (char.IsLetterOrDigit(text[index]) || text[index] is '_' or '`');
}
