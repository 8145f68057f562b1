using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Attention;

namespace MoeScale.Training.Tests.Reference;

/// <summary>A whole model in double precision, of the references of its parts: logits, losses and gradients.</summary>
/// <param name="model">Any that the engine builds.</param>
/// <param name="sequence">Tokens of a sequence.</param>
/// <param name="weights">By their names in a checkpoint, each row-major.</param>
internal sealed class ReferenceModel(Model model, int sequence, IReadOnlyDictionary<string, double[]> weights)
{
    // Of the pass under way.
    private readonly Dictionary<string, Node> _parameters = [];

    public Tape Tape { get; private set; } = new();

    /// <summary>The mean over the tokens that have a target, in nats.</summary>
    public double Loss(int[] tokens, int[] targets) =>
        CrossEntropyReference.Forward(Logits(tokens), (int)model.VocabularyRows, targets).Sum()
        / targets.Count(t => t != CrossEntropy.Ignored);

    /// <summary>
    /// What training lowers: the mean over the tokens that have a target, and the routers' own losses, means over all tokens, as often as
    /// there are tokens for a target.
    /// </summary>
    /// <param name="tokens">Whole sequences.</param>
    /// <param name="targets">The token that follows each.</param>
    /// <param name="routes">See <see cref="ExpertsReference"/>.</param>
    /// <param name="scores">Takes those of each layer with experts.</param>
    public (double CrossEntropy, double Total, IReadOnlyList<(double Balance, double Z)> Routers) TrainingLoss(
        int[] tokens,
        int[] targets,
        IDictionary<string, Choice[]> routes,
        List<double[]>? scores = null
    )
    {
        (Node loss, Node total, ExpertsReference experts) = Training(tokens, targets, routes);
        scores?.AddRange(experts.AllScores);
        return (loss.Value[0], total.Value[0], [.. experts.Losses.Select(l => (l.Balance.Value[0], l.Z.Value[0]))]);
    }

    /// <summary>The gradients of <see cref="TrainingLoss"/> by all parameters.</summary>
    /// <inheritdoc cref="TrainingLoss"/>
    public Dictionary<string, double[]> Gradients(int[] tokens, int[] targets, IDictionary<string, Choice[]> routes)
    {
        (_, Node total, _) = Training(tokens, targets, routes);
        Tape.Backward(total);
        return weights.Keys.ToDictionary(name => name, name => Parameter(name)!.Gradient);
    }

    /// <summary>(tokens, vocabulary)</summary>
    public double[] Logits(int[] tokens)
    {
        Begin();
        return Logits(tokens, new(this, model, sequence, new Dictionary<string, Choice[]>(), training: false)).Value;
    }

    private (Node Loss, Node Total, ExpertsReference Experts) Training(int[] tokens, int[] targets, IDictionary<string, Choice[]> routes)
    {
        Begin();
        ExpertsReference experts = new(this, model, sequence, routes, training: true);
        Node logits = Logits(tokens, experts);
        int counted = targets.Count(t => t != CrossEntropy.Ignored),
            vocabulary = (int)model.VocabularyRows;
        Node loss = Tape.Add(
            [CrossEntropyReference.Forward(logits.Value, vocabulary, targets).Sum() / counted],
            d => logits.Add(CrossEntropyReference.Backward(logits.Value, vocabulary, targets, d[0] / counted))
        );
        return (loss, Tape.Sum(loss, experts.OwnLosses((double)tokens.Length / counted)), experts);
    }

    private void Begin()
    {
        Tape = new();
        _parameters.Clear();
    }

    /// <summary>Null where the weights do not hold it: that they hold what they should is a matter of the census.</summary>
    public Node? Parameter(string name)
    {
        if (!_parameters.TryGetValue(name, out Node? node) && weights.TryGetValue(name, out double[]? value))
        {
            _parameters[name] = node = new Node(value);
        }
        return node;
    }

    private Node Logits(int[] tokens, ExpertsReference experts)
    {
        Node stream = Embedding(tokens);
        for (int block = 0; block < model.Blocks; block++)
        {
            string name = $"blocks.{block}";
            stream = Tape.Sum(stream, Attention($"{name}.attention", Norm($"{name}.attention_norm", stream)));
            Node x = Norm($"{name}.feed_forward_norm", stream);
            // Which blocks have experts is a matter of the census too.
            bool isDense = Parameter($"{name}.router.weight") is null;
            stream = Tape.Sum(
                stream,
                isDense ? FeedForward($"{name}.feed_forward", x, (int)model.FeedForwardWidth) : experts.Forward(name, x)
            );
        }
        Node head = Parameter(model.TiedEmbeddings ? "embedding.weight" : "head.weight")!;
        return Tape.Linear(Norm("norm", stream), head, Parameter("head.bias"), (int)model.ModelWidth);
    }

    private Node Embedding(int[] tokens)
    {
        int width = (int)model.ModelWidth;
        Node table = Parameter("embedding.weight")!;
        Node? positions = Parameter("positions.weight");
        return Tape.Add(
            EmbeddingReference.Forward(tokens, table.Value, positions?.Value, sequence, width),
            d =>
            {
                table.Add(EmbeddingReference.Backward(tokens, d, table.Length / width, width));
                int[] places = [.. Enumerable.Range(0, tokens.Length).Select(r => r % sequence)];
                positions?.Add(EmbeddingReference.Backward(places, d, positions.Length / width, width));
            }
        );
    }

    private Node Attention(string name, Node x)
    {
        AttentionShape shape = new(sequence, (int)model.Heads, (int)model.KvHeads, (int)model.HeadWidth);
        Node qkv = Linear($"{name}.qkv", x);
        if (model.Positions == Positions.Rope)
        {
            Node straight = qkv;
            double[] Turn(double[] y, int direction) =>
                RotaryReference.Turn(
                    y,
                    shape.InputWidth,
                    shape.Heads + shape.KvHeads,
                    shape.HeadWidth,
                    sequence,
                    model.RopeTheta,
                    direction
                );
            qkv = Tape.Add(Turn(straight.Value, 1), d => straight.Add(Turn(d, -1)));
        }
        int floats = sequence * shape.InputWidth,
            outputs = sequence * shape.OutputWidth;
        double[][] sequences = [.. qkv.Value.Chunk(floats)];
        Node heads = Tape.Add(
            [.. sequences.SelectMany(s => AttentionReference.Forward(shape, s))],
            d => qkv.Add([.. sequences.Zip(d.Chunk(outputs)).SelectMany(s => AttentionReference.Backward(shape, s.First, s.Second))])
        );
        return Tape.Linear(heads, Parameter($"{name}.output.weight")!, Parameter($"{name}.output.bias"), shape.OutputWidth);
    }

    public Node FeedForward(string name, Node x, int width) =>
        FeedForward(
            x,
            Parameter($"{name}.input.weight")!,
            Parameter($"{name}.input.bias"),
            Parameter($"{name}.output.weight")!,
            Parameter($"{name}.output.bias"),
            width
        );

    public Node FeedForward(Node x, Node input, Node? inputBias, Node output, Node? outputBias, int width)
    {
        Node before = Tape.Linear(x, input, inputBias, (int)model.ModelWidth);
        NonLinearity function = model.Activation switch
        {
            Activation.SwiGlu => NonLinearity.Silu,
            Activation.Relu => NonLinearity.Relu,
            Activation.GeGluTanh or Activation.GeluTanh => NonLinearity.GeluTanh,
            _ => NonLinearity.Gelu,
        };
        Node hidden = model.IsGated
            ? Tape.Add(
                ActivationReference.GatedForward(function, before.Value, width),
                d => before.Add(ActivationReference.GatedBackward(function, before.Value, width, d))
            )
            : Tape.Add(
                ActivationReference.Forward(function, before.Value),
                d => before.Add(ActivationReference.Backward(function, before.Value, d))
            );
        return Tape.Linear(hidden, output, outputBias, width);
    }

    public Node Norm(string name, Node x)
    {
        Node gain = Parameter($"{name}.weight")!;
        if (model.Normalization != Normalization.LayerNorm)
        {
            return Tape.Add(
                RmsNormReference.Forward(x.Value, gain.Value, model.NormEpsilon),
                d =>
                {
                    (double[] dX, double[] dGain) = RmsNormReference.Backward(x.Value, gain.Value, model.NormEpsilon, d);
                    x.Add(dX);
                    gain.Add(dGain);
                }
            );
        }
        Node bias = Parameter($"{name}.bias")!;
        return Tape.Add(
            LayerNormReference.Forward(x.Value, gain.Value, bias.Value, model.NormEpsilon),
            d =>
            {
                (double[] dX, double[] dGain, double[] dBias) = LayerNormReference.Backward(x.Value, gain.Value, model.NormEpsilon, d);
                x.Add(dX);
                gain.Add(dGain);
                bias.Add(dBias);
            }
        );
    }

    /// <summary>Of the width of the model.</summary>
    public Node Linear(string name, Node x) =>
        Tape.Linear(x, Parameter($"{name}.weight")!, Parameter($"{name}.bias"), (int)model.ModelWidth);
}
