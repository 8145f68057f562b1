using System.Globalization;
using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>
/// Elsewhere "experts" often means the count; here it is the expansion rate. The two differ by the granularity, so a file
/// with a granularity other than 1 must say both.
/// </summary>
internal static class ExpansionRule
{
    // Rates are sometimes written rounded: 21.3333 experts of granularity 3.
    private const double Rounding = 1e-4;

    /// <exception cref="UserException">A row has a granularity other than 1 but no expert_count, or the three contradict each
    /// other.</exception>
    public static void Check(RunTable table)
    {
        // Without a column experts nothing can be mistaken.
        if (table.Find("granularity") is not RunColumn granularity || table.Find("experts") is not RunColumn experts)
        {
            return;
        }
        RunColumn? count = table.Find("expert_count");
        for (int row = 0; row < table.RowCount; row++)
        {
            double g = granularity.Numbers.Span[row];
            double known = count is null ? double.NaN : count.Numbers.Span[row];
            if (!double.IsNaN(g) && g != 1 && double.IsNaN(known))
            {
                throw new UserException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{table.At(row)}: granularity is {g} but "
                            + $"{(count is null ? "there is no column expert_count" : "expert_count is missing")}. 'experts' alone is "
                            + $"ambiguous there: it is the expansion rate here, the number of experts elsewhere. Give expert_count "
                            + $"too, and experts as expert_count / granularity."
                    )
                );
            }
            double expected = experts.Numbers.Span[row] * g;
            if (Math.Abs(known - expected) > Rounding * Math.Abs(known))
            {
                throw new UserException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{table.At(row)}: expert_count is {known}, but experts * granularity is {expected / g} * {g} = "
                            + $"{expected}. 'experts' is the expansion rate: expert_count / granularity."
                    )
                );
            }
        }
    }
}
