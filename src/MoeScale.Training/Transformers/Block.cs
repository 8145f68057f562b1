using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Layers.Experts;

namespace MoeScale.Training.Transformers;

/// <summary>
/// One block: attention and a feed-forward or Mixture-of-Experts layer, each after a norm, each added to the residual stream.
/// </summary>
/// <remarks>A part's output is added by the norm that comes after it, so that the stream is read and written once for both.</remarks>
internal sealed unsafe class Block
{
    private readonly Norm _attentionNorm;
    private readonly Attention _attention;
    private readonly Norm _feedForwardNorm;
    private readonly IFeedForward _feedForward;
    private readonly ActivationBuffer _middle;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="index">From 0.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="rotary">Angles of rotary positions; null for none.</param>
    public Block(MemoryPlan plan, ComputeContext compute, int index, Model model, RotaryTables? rotary)
    {
        string name = $"blocks.{index}";
        int width = (int)model.ModelWidth;
        Input = plan.PerToken($"{name} input", width);
        _attentionNorm = new Norm(plan, compute, $"{name}.attention_norm", model, width);
        _attention = new Attention(plan, compute, $"{name}.attention", model, rotary);
        _middle = plan.PerToken($"{name} stream after attention", width);
        _feedForwardNorm = new Norm(plan, compute, $"{name}.feed_forward_norm", model, width);
        Experts = model.HasExperts(index) ? new MixtureOfExperts(plan, compute, index, model) : null;
        _feedForward = Experts is null ? new FeedForward(plan, compute, $"{name}.feed_forward", model) : Experts;
        _attention.PlanBackward(plan, _feedForward.Reusable, _feedForwardNorm.Output);
    }

    /// <summary>Its Mixture-of-Experts layer; null where it is dense.</summary>
    public MixtureOfExperts? Experts { get; }

    /// <summary>
    /// (rows, width), where the part before leaves what is to be added to the stream; then the stream at the start of the block.
    /// </summary>
    public ActivationBuffer Input { get; }

    /// <summary>The stream, without what the feed-forward layer adds to it.</summary>
    public float* Stream => _middle.Data;

    /// <param name="stream">(rows, width), to which <see cref="Input"/> is added; null where that is the stream itself.</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="next">Where to leave what the feed-forward layer adds to <see cref="Stream"/>.</param>
    /// <param name="training">See <see cref="IFeedForward.Forward"/>.</param>
    public void Forward(float* stream, int rows, float* next, bool training)
    {
        float* input = Input.Data;
        _attentionNorm.Forward(stream is null ? input : stream, stream is null ? null : input, rows, input);
        _attention.Forward(_attentionNorm.Output.Data, rows, _middle.Data);
        _feedForwardNorm.Forward(input, _middle.Data, rows, _middle.Data);
        _feedForward.Forward(_feedForwardNorm.Output.Data, rows, next, training);
    }

    /// <param name="rows">Whole sequences.</param>
    /// <param name="dStream">(rows, width): the gradient by the stream after the block, and on return by that before it.</param>
    /// <param name="scale">See <see cref="IFeedForward.Backward"/>.</param>
    public void Backward(int rows, float* dStream, float scale)
    {
        _feedForward.Backward(_feedForwardNorm.Output.Data, rows, dStream, scale);
        _feedForwardNorm.Backward(_middle.Data, rows, accumulate: true, dStream);
        _attention.Backward(_attentionNorm.Output.Data, rows, dStream);
        _attentionNorm.Backward(Input.Data, rows, accumulate: true, dStream);
    }
}
