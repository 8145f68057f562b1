using MoeScale.Models;

namespace MoeScale.Training.HuggingFace;

/// <summary>
/// Which tensors a checkpoint of an architecture has, and where their numbers are in this program: queries, keys and values are one matrix
/// here, as are gate and up, and all experts of a layer. Both turn the same pairs of channels, those half a head apart.
/// </summary>
public sealed class TensorLayout
{
    private const string Gpt2 = "gpt2";

    private readonly Model _model;
    private readonly List<TensorPlace> _places = [];

    private TensorLayout(Model model) => _model = model;

    /// <summary>Whether models of an architecture can be computed here.</summary>
    /// <param name="type">model_type of a config.json.</param>
    public static bool Knows(string type) => type == Gpt2 || TensorNames.All.ContainsKey(type);

    /// <summary>All tensors, in the order of the forward pass. A tied head is not among them.</summary>
    /// <param name="type">One that is known.</param>
    /// <param name="model">One that the architecture can say.</param>
    public static IReadOnlyList<TensorPlace> Of(string type, Model model)
    {
        TensorLayout layout = new(model);
        if (type == Gpt2)
        {
            layout.AddGpt2();
        }
        else
        {
            layout.AddLlama(TensorNames.All[type]);
        }
        return layout._places;
    }

    private long Width => (long)_model.ModelWidth;

    private long Rows => (long)_model.VocabularyRows;

    private long Queries => (long)(_model.Heads * _model.HeadWidth);

    private long Keys => (long)(_model.KvHeads * _model.HeadWidth);

    private void AddLlama(TensorNames names)
    {
        Add("model.embed_tokens.weight", [Rows, Width], "embedding.weight");
        for (int i = 0; i < (int)_model.Blocks; i++)
        {
            string theirs = $"model.layers.{i}";
            string ours = $"blocks.{i}";
            Norm($"{theirs}.input_layernorm", $"{ours}.attention_norm");
            bool bias = _model.Biases.HasFlag(BiasSet.Qkv);
            string qkv = $"{ours}.attention.qkv";
            Linear($"{theirs}.self_attn.q_proj", qkv, Queries, Width, bias);
            Linear($"{theirs}.self_attn.k_proj", qkv, Keys, Width, bias, Queries);
            Linear($"{theirs}.self_attn.v_proj", qkv, Keys, Width, bias, Queries + Keys);
            Linear(
                $"{theirs}.self_attn.o_proj",
                $"{ours}.attention.output",
                Width,
                Queries,
                _model.Biases.HasFlag(BiasSet.AttentionOutput)
            );
            Norm($"{theirs}.post_attention_layernorm", $"{ours}.feed_forward_norm");
            if (_model.HasExperts(i))
            {
                AddExperts(names, theirs, ours);
            }
            else
            {
                bool has = _model.Biases.HasFlag(BiasSet.FeedForward);
                Gated($"{theirs}.mlp", $"{ours}.feed_forward", (long)_model.FeedForwardWidth, has);
            }
        }
        Norm("model.norm", "norm");
        AddHead();
    }

    private void AddExperts(TensorNames names, string theirs, string ours)
    {
        long experts = (long)_model.ExpertCount;
        long hidden = (long)_model.ExpertWidth;
        Add($"{theirs}.{names.Router}.weight", [experts, Width], $"{ours}.router.weight");
        if (_model.Routing.Weights is RouterWeights.Sigmoid or RouterWeights.SelectedSigmoid)
        {
            string? bias = _model.Routing.BalanceBias > 0 ? $"{ours}.router.balance_bias" : null;
            Add($"{theirs}.{names.Router}.e_score_correction_bias", [experts], bias);
        }
        for (long e = 0; e < experts; e++)
        {
            string expert = $"{theirs}.{names.Experts}.{e}";
            long matrix = hidden * Width;
            Add($"{expert}.{names.OfExpert.Gate}.weight", [hidden, Width], $"{ours}.experts.input.weight", e * 2 * matrix);
            Add($"{expert}.{names.OfExpert.Up}.weight", [hidden, Width], $"{ours}.experts.input.weight", ((e * 2) + 1) * matrix);
            Add($"{expert}.{names.OfExpert.Down}.weight", [Width, hidden], $"{ours}.experts.output.weight", e * matrix);
        }
        if (_model.SharedWidth > 0)
        {
            Gated($"{theirs}.{names.Shared}", $"{ours}.shared_experts", (long)_model.SharedWidth, bias: false);
        }
    }

    private void Gated(string theirs, string ours, long hidden, bool bias)
    {
        Linear($"{theirs}.gate_proj", $"{ours}.input", hidden, Width, bias);
        Linear($"{theirs}.up_proj", $"{ours}.input", hidden, Width, bias, hidden);
        Linear($"{theirs}.down_proj", $"{ours}.output", Width, hidden, bias);
    }

    // Its matrices stand there as (in, out), and queries, keys and values are one there too.
    private void AddGpt2()
    {
        Add("transformer.wte.weight", [Rows, Width], "embedding.weight");
        Add("transformer.wpe.weight", [(long)_model.Context, Width], "positions.weight");
        for (int i = 0; i < (int)_model.Blocks; i++)
        {
            string theirs = $"transformer.h.{i}";
            string ours = $"blocks.{i}";
            long hidden = (long)_model.FeedForwardWidth;
            Norm($"{theirs}.ln_1", $"{ours}.attention_norm");
            Turned($"{theirs}.attn.c_attn", $"{ours}.attention.qkv", 3 * Width, Width);
            Turned($"{theirs}.attn.c_proj", $"{ours}.attention.output", Width, Width);
            Norm($"{theirs}.ln_2", $"{ours}.feed_forward_norm");
            Turned($"{theirs}.mlp.c_fc", $"{ours}.feed_forward.input", hidden, Width);
            Turned($"{theirs}.mlp.c_proj", $"{ours}.feed_forward.output", Width, hidden);
        }
        Norm("transformer.ln_f", "norm");
        AddHead();

        void Turned(string theirs, string ours, long rows, long columns)
        {
            _places.Add(new TensorPlace($"{theirs}.weight", [columns, rows], $"{ours}.weight", 0, IsTransposed: true));
            Add($"{theirs}.bias", [rows], $"{ours}.bias");
        }
    }

    private void AddHead()
    {
        if (!_model.TiedEmbeddings)
        {
            Add("lm_head.weight", [Rows, Width], "head.weight");
        }
    }

    private void Norm(string theirs, string ours)
    {
        Add($"{theirs}.weight", [Width], $"{ours}.weight");
        if (_model.Normalization == Normalization.LayerNorm)
        {
            Add($"{theirs}.bias", [Width], $"{ours}.bias");
        }
    }

    private void Linear(string theirs, string ours, long rows, long columns, bool bias, long firstRow = 0)
    {
        Add($"{theirs}.weight", [rows, columns], $"{ours}.weight", firstRow * columns);
        if (bias)
        {
            Add($"{theirs}.bias", [rows], $"{ours}.bias", firstRow);
        }
    }

    private void Add(string theirs, long[] shape, string? ours, long offset = 0) =>
        _places.Add(new TensorPlace(theirs, shape, ours, offset));
}
