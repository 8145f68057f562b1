using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Attention;

namespace MoeScale.Training.Tests.Reference;

/// <summary>The forward pass and the loss of a whole model in double precision, of the references of its parts.</summary>
/// <param name="model">Any that the engine builds.</param>
/// <param name="sequence">Tokens of a sequence.</param>
/// <param name="weights">By their names in a checkpoint, each row-major.</param>
internal sealed class ReferenceModel(Model model, int sequence, IReadOnlyDictionary<string, double[]> weights)
{
    /// <summary>The mean over the tokens that have a target, in nats.</summary>
    public double Loss(int[] tokens, int[] targets) =>
        CrossEntropyReference.Forward(Logits(tokens), (int)model.VocabularyRows, targets).Sum() / targets.Count(t => t != CrossEntropy.Ignored);

    /// <summary>What training lowers: the mean over the tokens that have a target, and the routers' own losses, means over all tokens, as often as there are tokens for a target.</summary>
    /// <param name="tokens">Whole sequences.</param>
    /// <param name="targets">The token that follows each.</param>
    /// <param name="routes">See <see cref="ExpertsReference"/>.</param>
    /// <param name="scores">Takes those of each layer with experts.</param>
    public (double CrossEntropy, double Total, IReadOnlyList<(double Balance, double Z)> Routers) TrainingLoss(int[] tokens, int[] targets, IDictionary<string, Choice[]> routes, List<double[]>? scores = null)
    {
        ExpertsReference experts = new(this, model, sequence, weights, routes, training: true);
        int counted = targets.Count(t => t != CrossEntropy.Ignored);
        double loss = CrossEntropyReference.Forward(Logits(tokens, experts), (int)model.VocabularyRows, targets).Sum() / counted;
        scores?.AddRange(experts.AllScores);
        return (loss, loss + (experts.OwnLosses * tokens.Length / counted), experts.Losses);
    }

    /// <summary>(tokens, vocabulary)</summary>
    public double[] Logits(int[] tokens) => Logits(tokens, new(this, model, sequence, weights, new Dictionary<string, Choice[]>(), training: false));

    private double[] Logits(int[] tokens, ExpertsReference experts)
    {
        double[] stream = EmbeddingReference.Forward(tokens, weights["embedding.weight"], weights.GetValueOrDefault("positions.weight"), sequence, (int)model.ModelWidth);
        for (int block = 0; block < model.Blocks; block++)
        {
            string name = $"blocks.{block}";
            stream = Add(stream, Attention($"{name}.attention", Norm($"{name}.attention_norm", stream)));
            double[] x = Norm($"{name}.feed_forward_norm", stream);
            // Which blocks have experts is a matter of the census too.
            stream = Add(stream, weights.ContainsKey($"{name}.router.weight") ? experts.Forward(name, x) : FeedForward($"{name}.feed_forward", x, (int)model.FeedForwardWidth));
        }
        return Linear(Norm("norm", stream), weights[model.TiedEmbeddings ? "embedding.weight" : "head.weight"], weights.GetValueOrDefault("head.bias"));
    }

    private double[] Attention(string name, double[] x)
    {
        AttentionShape shape = new(sequence, (int)model.Heads, (int)model.KvHeads, (int)model.HeadWidth);
        double[] qkv = Linear($"{name}.qkv", x);
        if (model.Positions == Positions.Rope)
        {
            qkv = RotaryReference.Turn(qkv, shape.InputWidth, shape.Heads + shape.KvHeads, shape.HeadWidth, sequence, model.RopeTheta, direction: 1);
        }
        int floats = sequence * shape.InputWidth;
        return Linear($"{name}.output", [.. Enumerable.Range(0, qkv.Length / floats).SelectMany(i => AttentionReference.Forward(shape, qkv[(i * floats)..((i + 1) * floats)]))]);
    }

    public double[] FeedForward(string name, double[] x, int width) => FeedForward(
        x, weights[$"{name}.input.weight"], weights.GetValueOrDefault($"{name}.input.bias"), weights[$"{name}.output.weight"], weights.GetValueOrDefault($"{name}.output.bias"), width);

    public double[] FeedForward(double[] x, double[] input, double[]? inputBias, double[] output, double[]? outputBias, int width)
    {
        double[] before = Linear(x, input, inputBias);
        double[] hidden = model.Activation switch
        {
            Activation.SwiGlu => ActivationReference.GatedForward(NonLinearity.Silu, before, width),
            Activation.GeGlu => ActivationReference.GatedForward(NonLinearity.Gelu, before, width),
            Activation.GeGluTanh => ActivationReference.GatedForward(NonLinearity.GeluTanh, before, width),
            Activation.Relu => ActivationReference.Forward(NonLinearity.Relu, before),
            Activation.GeluTanh => ActivationReference.Forward(NonLinearity.GeluTanh, before),
            _ => ActivationReference.Forward(NonLinearity.Gelu, before),
        };
        return Linear(hidden, output, outputBias, width);
    }

    public double[] Norm(string name, double[] x) => model.Normalization == Normalization.LayerNorm
        ? LayerNormReference.Forward(x, weights[$"{name}.weight"], weights[$"{name}.bias"], model.NormEpsilon)
        : RmsNormReference.Forward(x, weights[$"{name}.weight"], model.NormEpsilon);

    // Biases are there if the weights hold them: that they are the right ones is a matter of the census.
    public double[] Linear(string name, double[] x)
    {
        double[] weight = weights[$"{name}.weight"];
        return Linear(x, weight, weights.GetValueOrDefault($"{name}.bias"), Width(name));
    }

    private double[] Linear(double[] x, double[] weight, double[]? bias) => Linear(x, weight, bias, (int)model.ModelWidth);

    /// <summary>y[r, o] = b[o] + Σ_i x[r, i]·W[o, i]</summary>
    private static double[] Linear(double[] x, double[] weight, double[]? bias, int input)
    {
        int rows = x.Length / input, output = weight.Length / input;
        double[] y = new double[rows * output];
        for (int r = 0; r < rows; r++)
        {
            for (int o = 0; o < output; o++)
            {
                double sum = bias is null ? 0 : bias[o];
                for (int i = 0; i < input; i++)
                {
                    sum += x[(r * input) + i] * weight[(o * input) + i];
                }
                y[(r * output) + o] = sum;
            }
        }
        return y;
    }

    private int Width(string name) => (int)(name.EndsWith("attention.output", StringComparison.Ordinal) ? model.Heads * model.HeadWidth
        : model.ModelWidth);

    private static double[] Add(double[] x, double[] y)
    {
        double[] sum = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            sum[i] = x[i] + y[i];
        }
        return sum;
    }
}
