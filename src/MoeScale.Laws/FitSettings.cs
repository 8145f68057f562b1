using MoeScale.Basics;

namespace MoeScale.Laws;

/// <summary>What a user can set of a fit, by the names that its texts speak of.</summary>
public static class FitSettings
{
    /// <summary>The law whose coefficients are open.</summary>
    /// <summary>A formula instead of a law.</summary>
    /// <summary>Which columns the letters read.</summary>
    public static readonly Setting Map = Of("map");

    /// <summary>Rows to fit, by a filter.</summary>
    public static readonly Setting Where = Of("where");

    /// <summary>Columns of which runs are kept once, the best.</summary>
    public static readonly Setting BestOf = Of("best_of");

    /// <summary>How much a row weighs.</summary>
    public static readonly Setting Weight = Of("weight");

    /// <summary>Whether rows that cannot be fitted are left out.</summary>
    public static readonly Setting SkipBadRows = Of("skip_bad_rows");

    /// <summary>Coefficients that are held.</summary>
    public static readonly Setting Fix = Of("fix");

    /// <summary>Coefficients that follow others.</summary>
    public static readonly Setting Tie = Of("tie");

    /// <summary>The column whose values are fitted one by one too.</summary>
    public static readonly Setting By = Of("by");

    /// <summary>How many starting points are tried.</summary>
    public static readonly Setting Starts = Of("starts");

    /// <summary>How many refits intervals come from.</summary>
    public static readonly Setting Bootstrap = Of("bootstrap");

    /// <summary>The column whose values are taken whole.</summary>
    public static readonly Setting Cluster = Of("cluster");

    /// <summary>Rows that are predicted, not fitted.</summary>
    public static readonly Setting HoldOut = Of("hold_out");

    /// <summary>What is made beside the parametric fit.</summary>
    public static readonly Setting Approach = Of("approach");

    /// <summary>Whether a law is fitted as its paper did.</summary>
    public static readonly Setting AsPublished = Of("as_published");

    /// <summary>Whether a law file is printed to be filled in.</summary>
    public static readonly Setting Template = Of("template");

    private static Setting Of(string name) => new("fit", name);
}
