namespace MoeScale.Planning;

/// <summary>Budgets among which that of a loss is searched.</summary>
internal static class SearchedBudgets
{
    /// <summary>A second on one core.</summary>
    public const double MinFlops = 1e10;

    /// <summary>A million times all that was ever spent on a model.</summary>
    public const double MaxFlops = 1e32;

    /// <summary>Less than any model takes.</summary>
    public const double MinBytes = 1e3;

    /// <summary>The two powers of ten between which a budget becomes enough; null if none up to <paramref name="most"/> is.</summary>
    public static (double Low, double High)? Decade(Func<double, bool> isEnough, double least, double most)
    {
        for (double high = least; high <= most; high *= 10)
        {
            if (isEnough(high))
            {
                return (high / 10, high);
            }
        }
        return null;
    }
}
