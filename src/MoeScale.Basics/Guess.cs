namespace MoeScale.Basics;

/// <summary>Finds what a misspelt word was meant to be.</summary>
public static class Guess
{
    /// <summary>
    /// " (did you mean 'x'?)" for the known word nearest to <paramref name="word"/>, or for up to three that begin about as it
    /// does; "" when none is near.
    /// </summary>
    public static string Hint(string word, IEnumerable<string> known)
    {
        if (Nearest(word, known) is string nearest)
        {
            return $" (did you mean '{nearest}'?)";
        }
        // A word cut short: 'chinchila' for 'chinchilla-2024'.
        string[] longer =
            word.Length < 4
                ? []
                :
                [
                    .. known
                        .Where(k =>
                            k.Length > word.Length
                            && Distance(word.ToLowerInvariant(), k[..word.Length].ToLowerInvariant()) <= word.Length / 4
                        )
                        .Take(3),
                ];
        return longer.Length == 0 ? "" : $" (did you mean '{string.Join("' or '", longer)}'?)";
    }

    /// <summary>The known word that a misspelt one is nearest to; null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        // A third of the letters may differ: "granulraity" is found, "foo" is not turned into "bar", nor one letter into another.
        int limit = word.Length / 3;
        return known
            .Where(k => Math.Abs(k.Length - word.Length) <= limit)
            .Select(k => (Word: k, Distance: Distance(word.ToLowerInvariant(), k.ToLowerInvariant())))
            .Where(k => k.Distance <= limit)
            .OrderBy(k => k.Distance)
            .Select(k => k.Word)
            .FirstOrDefault();
    }

    /// <summary>Edit distance in which a swap of two neighbours is one edit (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }
        for (int j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }
        return d[a.Length, b.Length];
    }
}
