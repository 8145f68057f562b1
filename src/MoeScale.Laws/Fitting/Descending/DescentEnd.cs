namespace MoeScale.Laws.Fitting.Descending;

/// <summary>How a descent from one starting point ended.</summary>
internal enum DescentEnd
{
    /// <summary>At a minimum: the decrease that Newton's method still expects is nil.</summary>
    Converged,

    /// <summary>The formula has no value at the start.</summary>
    NoValue,

    /// <summary>No step is wanted, but in some direction the objective bends down: a maximum or a saddle.</summary>
    Saddle,

    /// <summary>No step leads down, though the gradient says that one should.</summary>
    Stalled,

    StepLimit,

    /// <summary>It crept, far above what is known from elsewhere.</summary>
    GivenUp,
}
