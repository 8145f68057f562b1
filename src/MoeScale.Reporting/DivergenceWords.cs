using MoeScale.Basics;
using MoeScale.Training.Runs;

namespace MoeScale.Reporting;

/// <summary>Why a run cannot go on, in words: sentences without full stop.</summary>
public static class DivergenceWords
{
    public static Phrase Of(Divergence divergence) =>
        divergence switch
        {
            Divergence.NoLoss d => $"the loss is no number: {Of(d.Origin)}",
            Divergence.NoGradient d => $"the gradient is no number: {Of(d.Origin)}",
            Divergence.Explosion d => Of(d),
            _ => throw new ArgumentOutOfRangeException(nameof(divergence), divergence, "a divergence without words"),
        };

    private static Phrase Of(Divergence.Explosion d) =>
        $"the loss explodes, to {d.Loss:0.00} nats ({d.Smoothed:0.00} smoothed, after {d.Lowest:0.00} at the lowest): "
        + $"the longest gradient is that of '{d.Parameter}', {d.GradientNorm:0.0##e0}";

    private static string Of(NonFinite origin) =>
        origin switch
        {
            NonFinite.Forward o => $"it began in '{o.Tensor}'",
            NonFinite.Gradient o => $"forward all are numbers; it began in the gradient of '{o.Parameter}'",
            NonFinite.Sum => "all weights, activations and gradients are numbers, and their sum is none",
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "an origin without words"),
        };
}
