namespace MoeScale.Training.Runs;

/// <summary>Why a run cannot go on.</summary>
public abstract record Divergence
{
    private Divergence() { }

    /// <summary>The loss is no number.</summary>
    public sealed record NoLoss(NonFinite Origin) : Divergence;

    /// <summary>The gradient is no number.</summary>
    public sealed record NoGradient(NonFinite Origin) : Divergence;

    /// <summary>The loss rises far above what it was, or above that of a model that knows nothing.</summary>
    /// <param name="Loss">Of the step, nats per token.</param>
    /// <param name="Smoothed">Over the last steps.</param>
    /// <param name="Lowest">The lowest that it was, smoothed.</param>
    /// <param name="Parameter">That with the longest gradient.</param>
    /// <param name="GradientNorm">Its length.</param>
    public sealed record Explosion(double Loss, double Smoothed, double Lowest, string Parameter, double GradientNorm) : Divergence;
}

/// <summary>The first place of a step that holds what is no number.</summary>
public abstract record NonFinite
{
    private NonFinite() { }

    /// <summary>A weight or an activation of the forward pass.</summary>
    public sealed record Forward(string Tensor) : NonFinite;

    /// <summary>The gradient of a parameter, while all that went forward are numbers.</summary>
    public sealed record Gradient(string Parameter) : NonFinite;

    /// <summary>Every tensor holds numbers, whose sum is too large.</summary>
    public sealed record Sum : NonFinite;
}
