namespace MoeScale.Models;

/// <summary>A tensor of the forward pass that the backward pass reads.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">On one rank, for one micro-batch.</param>
/// <param name="KeptUpTo">The strongest recomputation under which it is still kept.</param>
public readonly record struct SavedTensor(string Name, double Bytes, Recomputation KeptUpTo);

/// <summary>
/// Activations of one micro-batch on one rank, tensor by tensor, for any shape of block. A GPT block with dropout adds up to
/// s·b·h·(34 + 5·a·s/h) bytes, as in Korthikanti et al. 2022 (arXiv 2205.05198), from which the lists are extended.
/// </summary>
/// <remarks>
/// Tokens are taken to be spread evenly over the experts. Biases, norms' statistics and indices of routed tokens are left out: below 1 %.
/// </remarks>
public sealed class Activations
{
    private readonly Model _model;
    private readonly TrainingSetup _setup;
    private readonly double _tokens;
    private readonly double _bytes;

    public Activations(Model model, TrainingSetup setup)
    {
        _model = model;
        _setup = setup;
        _tokens = setup.SequencesPerMicroBatch * setup.SequenceOf(model);
        _bytes = setup.Precision == TrainingPrecision.Mixed ? 2 : 4;
    }

    /// <summary>Everything that one block would keep without recomputation.</summary>
    /// <param name="kind">Dense or MixtureOfExperts.</param>
    public IReadOnlyList<SavedTensor> OfBlock(LayerKind kind)
    {
        List<SavedTensor> saved = new(24) { new("input of the block and its norm", AlongSequence(_model.ModelWidth), Recomputation.Full) };
        AddAttention(saved);
        Add(saved, "input of the second norm", AlongSequence(_model.ModelWidth));
        Add(saved, "input of the feed-forward layer", AlongSequence(_model.ModelWidth));
        if (kind == LayerKind.MixtureOfExperts)
        {
            AddExperts(saved);
        }
        else
        {
            AddHidden(saved, "hidden", OverTensorRanks(_model.FeedForwardWidth));
        }
        if (_model.NormAfterParts)
        {
            Add(saved, "input of the norm after the feed-forward layer", AlongSequence(_model.ModelWidth));
        }
        if (_setup.Dropout)
        {
            Add(saved, "dropout mask of the feed-forward layer", Mask);
        }
        return saved;
    }

    /// <summary>Bytes before the first block: the embedding itself saves token ids only.</summary>
    public double OfEmbedding() => _setup.Dropout ? Mask : 0;

    /// <summary>Bytes of the inputs of final norm and head, and of the logits, in fp32.</summary>
    public double OfHead() => AlongSequence(2 * _model.ModelWidth) + (_tokens * 4 * _model.VocabularyRows / _setup.TensorParallel);

    /// <summary>Bytes of one prediction module around its block and head: the inputs of two norms and of the projection of both.</summary>
    public double OfPredictionInput() => AlongSequence(4 * _model.ModelWidth);

    private double Mask => _tokens * _model.ModelWidth / _setup.SequenceRanks;

    private void AddAttention(List<SavedTensor> saved)
    {
        Model m = _model;
        double queries = OverTensorRanks(m.Heads * m.HeadWidth);
        // As its weights, a KV head is on one rank or on several, never cut.
        double keys = _tokens * _bytes * m.KvHeads * m.HeadWidth / Math.Min(_setup.TensorParallel, m.KvHeads);
        Add(saved, "input of queries, keys and values", AlongSequence(m.ModelWidth));
        if (m.Latent is LatentAttention latent)
        {
            Add(saved, "latent of queries, and input of its norm", AlongSequence(2 * latent.QueryRank));
            Add(saved, "latent of keys and values, and input of its norm", AlongSequence(2 * latent.KvRank));
            Add(saved, "rotary key", AlongSequence(latent.RopeWidth));
            keys = queries;
        }
        if (m.QueryKeyNorm != QueryKeyNorm.None)
        {
            Add(saved, "queries and keys before their norm", queries + keys);
        }
        Add(saved, "queries", queries);
        Add(saved, "keys", keys);
        Add(saved, "values", keys * m.ValueWidth / m.HeadWidth);
        if (!_setup.FusedAttention)
        {
            double probabilities = OverTensorRanks(m.Heads * _setup.SequenceOf(m));
            saved.Add(new("attention probabilities", probabilities, Recomputation.None));
            if (_setup.Dropout)
            {
                saved.Add(
                    new("attention probabilities after dropout, and its mask", probabilities * (_bytes + 1) / _bytes, Recomputation.None)
                );
            }
        }
        Add(saved, "input of the output projection", OverTensorRanks(m.Heads * m.ValueWidth));
        if (m.NormAfterParts)
        {
            Add(saved, "input of the norm after attention", AlongSequence(m.ModelWidth));
        }
        if (_setup.Dropout)
        {
            Add(saved, "dropout mask of attention", Mask);
        }
    }

    private void AddExperts(List<SavedTensor> saved)
    {
        Model m = _model;
        // Each rank sends its tokens away and receives as many: the number of expert-parallel ranks drops out. Ranks that
        // share an expert's width gather the tokens of all of them, so what a rank receives grows as its share shrinks.
        double routed = _tokens * _bytes * m.TopK / _setup.TensorParallel;
        Add(saved, "router probabilities, fp32", _tokens * 4 * m.ExpertCount / _setup.SequenceRanks);
        Add(saved, "inputs of routed experts", routed * m.ModelWidth * _setup.ExpertTensorRanks);
        AddHidden(saved, "hidden of routed experts", routed * m.ExpertWidth);
        Add(saved, "outputs of routed experts", AlongSequence(m.TopK * m.ModelWidth));
        if (m.SharedWidth > 0)
        {
            AddHidden(saved, "hidden of shared experts", OverTensorRanks(m.SharedWidth));
            if (m.SharedGate)
            {
                Add(saved, "output of shared experts, for their gate", AlongSequence(m.ModelWidth));
            }
        }
        if (m.NormAfterExperts)
        {
            Add(saved, "input of the norm after the experts", AlongSequence(m.ModelWidth));
        }
    }

    // Gated: gate, up and their product, which the last matrix reads. Otherwise: before and after the activation.
    private void AddHidden(List<SavedTensor> saved, string name, double one) => Add(saved, name, (_model.IsGated ? 3 : 2) * one);

    private double AlongSequence(double valuesPerToken) => _tokens * _bytes * valuesPerToken / _setup.SequenceRanks;

    private double OverTensorRanks(double valuesPerToken) => _tokens * _bytes * valuesPerToken / _setup.TensorParallel;

    private static void Add(List<SavedTensor> saved, string name, double bytes) => saved.Add(new(name, bytes, Recomputation.Selective));
}
