using MoeScale.Basics;

namespace MoeScale.Laws.Fitting.HeldOut;

/// <summary>Why a law of a comparison was not fitted.</summary>
public abstract record NotCompared
{
    private NotCompared() { }

    /// <summary>It cannot read the rows, or the fit refused them.</summary>
    public sealed record Refused(UserException Complaint) : NotCompared;

    /// <summary>It predicts something else than the first law.</summary>
    /// <param name="Predicted">What it predicts.</param>
    /// <param name="First">The first law.</param>
    /// <param name="FirstPredicted">What that predicts.</param>
    public sealed record PredictsOther(string Predicted, string First, string FirstPredicted) : NotCompared;

    /// <summary>No row has values for all laws.</summary>
    public sealed record NoSharedRow : NotCompared;

    /// <summary>Too few rows for its coefficients.</summary>
    /// <param name="Coefficients">That are free.</param>
    /// <param name="Rows">That are there, or that are left.</param>
    /// <param name="HoldOut">What leaves no more; null where nothing is held out.</param>
    public sealed record TooFewRows(int Coefficients, int Rows, HoldOut? HoldOut) : NotCompared;

    /// <summary>The formula has no value at some rows from any starting point.</summary>
    public sealed record NoValue : NotCompared;
}
