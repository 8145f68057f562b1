namespace MoeScale.Training.Layers;

/// <summary>The second part of a block: one dense layer, or experts of which each token meets some.</summary>
internal unsafe interface IFeedForward
{
    /// <summary>The largest activation, which nobody reads once the backward pass was here.</summary>
    ActivationBuffer Reusable { get; }

    /// <param name="x">(rows, width)</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="y">(rows, width)</param>
    /// <param name="training">Whether the rules of training hold: experts may lose tokens then, and their load is counted.</param>
    void Forward(float* x, int rows, float* y, bool training);

    /// <param name="x">(rows, width), as it went forward; the gradient by it on return.</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="dY">(rows, width)</param>
    /// <param name="scale">Weight of a token in the loss: what a layer's own losses, means over tokens, are weighted with for each
    /// token.</param>
    void Backward(float* x, int rows, float* dY, float scale);
}
