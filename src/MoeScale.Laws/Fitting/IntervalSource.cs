namespace MoeScale.Laws.Fitting;

/// <summary>What the intervals of coefficients come from.</summary>
public enum IntervalSource
{
    /// <summary>Standard errors by the second derivatives.</summary>
    Curvature,

    /// <summary>Profiles of the objective.</summary>
    Profile,

    /// <summary>Refits of drawn rows.</summary>
    Bootstrap,
}
