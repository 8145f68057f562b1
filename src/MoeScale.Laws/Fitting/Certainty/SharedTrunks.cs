using MoeScale.Basics;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// Whether the residuals of rows that differ in tokens alone are alike, as those of runs that branch from one trunk
/// are, or of one model that the law does not meet. Then rows are not independent, and intervals that take them so are
/// too narrow.
/// </summary>
/// <remarks>
/// The statistic is Σ over groups of (Σr)² over Σr², r cut off at a few spreads so that no single run decides, and without what
/// coefficients take up: they bend a fit towards a trunk, which hides a part of what its rows share. If rows are independent and their
/// errors as often above as below, any signs of the errors are as likely as those that came. Errors with random signs, from which the
/// coefficients take up their part too, so give the distribution, however unequal rows scatter (a wild bootstrap: Davidson and Flachaire
/// 2008).
/// </remarks>
internal sealed record SharedTrunks(double Correlation, int Count, string? Column)
{
    private const int MaxFlips = 1999;
    private const int FewestFlips = 199;

    // Of products in all flips: a fraction of a second.
    private const double Work = 1e8;
    private const double LargestShare = 0.0075;
    private const int FewestGroups = 5;

    // Of the variance of a group's mean: less makes intervals a twentieth too narrow at most.
    private const double Telling = 1.1;
    private const double MaxSpreads = 3;

    private static readonly string[] TokenColumns =
    [
        "tokens",
        "n_tokens",
        "num_tokens",
        "train_tokens",
        "training_tokens",
        "tokens_seen",
        "D",
    ];
    private static readonly string[] TrunkWords = ["trunk", "branch", "parent", "run", "model"];

    /// <param name="rows">The rows of a fit without clusters.</param>
    /// <param name="residuals">Of that fit, one for each.</param>
    /// <param name="search">How it was found.</param>
    /// <returns>Null where there are too few such groups, or their rows are no more alike than by chance.</returns>
    public static SharedTrunks? Of(FitRows rows, double[] residuals, Search search)
    {
        if (TokensOf(rows) is not double[] tokens)
        {
            return null;
        }
        int[] group = Groups(rows, tokens);
        int[] sizes = [.. group.GroupBy(g => g).OrderBy(g => g.Key).Select(g => g.Count())];
        if (sizes.Count(s => s > 1) < FewestGroups)
        {
            return null;
        }
        double spread = RobustSpread.DeviationOverMedian * residuals.Select(Math.Abs).Order().ElementAt(residuals.Length / 2);
        residuals = [.. residuals.Select(r => Math.Clamp(r, -MaxSpreads * spread, MaxSpreads * spread))];
        Tangent tangent = new(search);
        tangent.Remove(residuals);
        double[] errors = [.. residuals.Select((r, row) => r / Math.Sqrt(tangent.Left(row)))];
        double[] sums = new double[sizes.Length];
        double observed = Alike(residuals, group, sums);
        int flips = (int)Math.Clamp(Work / (residuals.Length * (1 + tangent.Count)), FewestFlips, MaxFlips);
        RandomSequence random = new(1, 0);
        int asMuch = 0;
        double byChance = 0;
        for (int i = 0; i < flips; i++)
        {
            for (int row = 0; row < residuals.Length; row++)
            {
                residuals[row] = random.NextInt(2) == 0 ? errors[row] : -errors[row];
            }
            tangent.Remove(residuals);
            double alike = Alike(residuals, group, sums);
            byChance += alike / flips;
            asMuch += alike >= observed ? 1 : 0;
            if (asMuch + 1 > LargestShare * (flips + 1))
            {
                return null;
            }
        }
        // Each pair of rows adds twice the correlation.
        double pairs = sizes.Sum(s => (double)s * (s - 1));
        // An estimate; groups of large residuals could bring it above what a correlation can be.
        double correlation = Math.Min(1, (observed - byChance) * residuals.Length / pairs);
        double inflation = 1 + (correlation * pairs / residuals.Length);
        return inflation > Telling ? new SharedTrunks(correlation, sizes.Count(s => s > 1), TrunkColumn(rows, group)) : null;
    }

    /// <summary>Σ over groups of (Σr)², as a part of Σr².</summary>
    private static double Alike(double[] residuals, int[] group, double[] sums)
    {
        Array.Clear(sums);
        double squares = 0;
        for (int row = 0; row < residuals.Length; row++)
        {
            sums[group[row]] += residuals[row];
            squares += residuals[row] * residuals[row];
        }
        return squares > 0 ? sums.Sum(s => s * s) / squares : 0;
    }

    private static double[]? TokensOf(FitRows rows)
    {
        int letter = rows.Letters.ToList().IndexOf("D");
        letter = letter >= 0 ? letter : rows.Letters.ToList().FindIndex(TokenColumns.Contains);
        return letter >= 0 ? rows.Values[letter] : null;
    }

    /// <summary>
    /// For each row the number of its group: rows that agree in all letters but tokens, and in the columns that are settings of a model or
    /// recipe.
    /// </summary>
    private static int[] Groups(FitRows rows, double[] tokens)
    {
        string[] keys =
        [
            .. Enumerable
                .Range(0, rows.Count)
                .Select(r => string.Join(' ', rows.Values.Where(v => v != tokens).Select(v => BitConverter.DoubleToInt64Bits(v[r])))),
        ];
        int[] byModel = Numbered(keys);
        foreach (RunColumn column in rows.Table.Columns)
        {
            int[] codes = column.Codes(rows.TableRows);
            // A column of as many values as rows measures or names runs; one that rises or falls with the tokens, such as steps, follows
            // from them.
            if (2 * codes.Distinct().Count() <= rows.Count && !FollowsTokens(column, rows, tokens, byModel))
            {
                keys = [.. keys.Zip(codes, (k, c) => $"{k} {c}")];
            }
        }
        return Numbered(keys);
    }

    private static bool FollowsTokens(RunColumn column, FitRows rows, double[] tokens, int[] byModel)
    {
        double[] values = [.. rows.TableRows.Select(r => column.Numbers.Span[r])];
        if (values.Any(double.IsNaN) || values.Distinct().Count() == 1)
        {
            return false;
        }
        int rising = 0,
            falling = 0;
        foreach (IGrouping<int, int> model in Enumerable.Range(0, rows.Count).GroupBy(r => byModel[r]))
        {
            int[] sorted = [.. model.OrderBy(r => tokens[r])];
            foreach ((int one, int next) in sorted.Zip(sorted.Skip(1)))
            {
                rising += values[next] > values[one] ? 1 : 0;
                falling += values[next] < values[one] ? 1 : 0;
            }
        }
        return rising == 0 != (falling == 0);
    }

    private static int[] Numbered(string[] keys)
    {
        Dictionary<string, int> numbers = [];
        return [.. keys.Select(k => numbers.TryGetValue(k, out int n) ? n : numbers[k] = numbers.Count)];
    }

    /// <summary>
    /// A column with one value in each group and others in other groups: one whose name says so first. Null where none is.
    /// </summary>
    private static string? TrunkColumn(FitRows rows, int[] group)
    {
        int groups = group.Max() + 1;
        return rows
            .Table.Columns.Where(c =>
                c.Codes(rows.TableRows) is int[] codes
                && codes.Distinct().Count() == groups
                && codes.Zip(group).Distinct().Count() == groups
            )
            .Select(c => c.Name)
            .OrderBy(name =>
                Array.FindIndex(TrunkWords, w => name.Contains(w, StringComparison.OrdinalIgnoreCase)) is int i and >= 0
                    ? i
                    : TrunkWords.Length
            )
            .FirstOrDefault();
    }
}
