using MoeScale.Basics;

namespace MoeScale.Models.Tests;

public class CensusTests
{
    private static readonly ShapeFamily Joint = ShapeFamily.Open("joint-2025");
    private static readonly ShapeFamily FineGrained = ShapeFamily.Open("fine-grained-2024");

    private static Model Parse(string yaml) => ModelFile.Parse(YamlMap.Parse(yaml, "model.yaml"));

    // Sizes as in the models' published configurations; totals as their published weights hold.
    [Theory]
    [InlineData(
        "llama-2-7b",
        "{ d_model: 4096, n_blocks: 32, n_heads: 32, d_ff: 11008, vocab_size: 32000, context: 4096, activation: swiglu, norm: rmsnorm, "
            + "positions: rope }",
        6738415616,
        6738415616,
        262144
    )]
    [InlineData(
        "llama-3-8b",
        "{ d_model: 4096, n_blocks: 32, n_heads: 32, n_kv_heads: 8, d_ff: 14336, vocab_size: 128256, context: 8192, activation: swiglu, "
            + "norm: rmsnorm, positions: rope }",
        8030261248,
        8030261248,
        65536
    )]
    [InlineData(
        "gpt-2",
        "{ d_model: 768, n_blocks: 12, n_heads: 12, d_ff: 3072, vocab_size: 50257, context: 1024, activation: gelu, norm: layernorm, "
            + "positions: learned, biases: true, tied_embeddings: true }",
        124439808,
        124439808,
        18432
    )]
    [InlineData(
        "gpt-2-xl",
        "{ d_model: 1600, n_blocks: 48, n_heads: 25, d_ff: 6400, vocab_size: 50257, context: 1024, activation: gelu, norm: layernorm, "
            + "positions: learned, biases: true, tied_embeddings: true }",
        1557611200,
        1557611200,
        153600
    )]
    [InlineData(
        "mixtral-8x7b",
        "{ d_model: 4096, n_blocks: 32, n_heads: 32, n_kv_heads: 8, d_ff: 14336, experts: 8, top_k: 2, vocab_size: 32000, context: "
            + "32768, activation: swiglu, norm: rmsnorm, positions: rope }",
        46702792704,
        12879925248,
        65536
    )]
    public void Of_RealModel_CountsEveryParameterOfItsWeights(string id, string sizes, double total, double active, double kvValues)
    {
        Census census = Census.Of(Parse(sizes.Replace("{ ", $"{{ id: {id}, ")));
        Assert.Equal(total, census.TotalParams);
        Assert.Equal(total, census.StoredParams);
        Assert.Equal(active, census.ActiveParams);
        Assert.Equal(kvValues, census.KvValuesPerToken);
    }

    /// <summary>The formulas of the joint paper: N_total = 2·d·V + (4 + 9·E)·n·d², N_act = 2·d·V + 13·n·d².</summary>
    [Theory]
    [InlineData(512, 1)]
    [InlineData(1024, 32)]
    [InlineData(2304, 8)]
    public void Of_JointFamily_IsThePapersFormulaToTheUnit(double d, double experts)
    {
        Census census = Census.Of(Joint.Model(d, experts, 1));
        double blocks = d / 64;
        Assert.Equal((2 * d * 50257) + ((4 + (9 * experts)) * blocks * d * d), census.TotalParams);
        Assert.Equal((2 * d * 50257) + (13 * blocks * d * d), census.ActiveParams);
        Assert.Equal((4 + (9 * experts)) * blocks * d * d, census.TotalParamsNonEmbedding);
        Assert.Equal(13 * blocks * d * d, census.ActiveParamsNonEmbedding);
        Assert.Equal(2 * blocks * d, census.KvValuesPerToken);
    }

    /// <summary>The formulas of the fine-grained paper: N = d²·(8·E + 4)·n whatever the granularity, N_act = 12·d²·n.</summary>
    [Theory]
    [InlineData(256, 64, 1)]
    [InlineData(512, 64, 16)]
    [InlineData(768, 16, 4)]
    [InlineData(768, 1, 1)]
    public void Of_FineGrainedFamily_IsThePapersFormulaToTheUnit(double d, double experts, double granularity)
    {
        Census census = Census.Of(FineGrained.Model(d, experts, granularity));
        double blocks = d / 64;
        Assert.Equal(d * d * ((8 * experts) + 4) * blocks, census.TotalParamsNonEmbedding);
        Assert.Equal(12 * d * d * blocks, census.ActiveParamsNonEmbedding);
        Assert.Equal(experts == 1 ? 0 : d * experts * granularity * blocks, census.RouterParams);
    }

    [Fact]
    public void Of_ModelThatLeavesRolesOut_StillStoresThem()
    {
        Model counted = Joint.Model(512, 8, 1) with { NotCounted = RoleSet.None };
        Census all = Census.Of(counted);
        Census paper = Census.Of(Joint.Model(512, 8, 1));
        double norms = 512 * ((8 * 2) + 1);
        double router = 8 * 512 * 8;
        Assert.Equal(all.TotalParams, paper.StoredParams);
        Assert.Equal(paper.TotalParams + norms + router, all.TotalParams);
        Assert.Equal(paper.ActiveParams + norms + router, all.ActiveParams);
        Assert.Equal(2 * all.TotalParams, paper.WeightBytes(NumberType.Bf16));
    }

    [Fact]
    public void Of_SharedExpertsAndBiases_AreCountedByHand()
    {
        // d 8, 1 block, 2 heads of 4, 1 KV head; d_ff 16 cut by G = 2 into experts of 8: E·G = 6, top-2, 1 shared.
        Model model = Parse(
            "{ id: tiny, d_model: 8, n_blocks: 1, n_heads: 2, n_kv_heads: 1, d_ff: 16, experts: 3, granularity: 2, shared_experts: 1, "
                + "vocab_size: 10, context: 5, activation: swiglu, norm: rmsnorm, norm_after_experts: true, positions: learned, biases: "
                + "true }"
        );
        Census census = Census.Of(model);
        double attention = (8 * 8) + (2 * 8 * 4) + (8 * 8);
        double attentionBiases = 8 + 4 + 4 + 8;
        double expert = 3 * 8 * 8;
        double expertBiases = 8 + 8 + 8; // two hidden, one outgoing
        double others = attention + attentionBiases + (8 * 6) + (8 * 4); // router; three norms in the block and one at the end
        double ends = (10 * 8) + (8 * 10) + (5 * 8);
        Assert.Equal(ends + others + (7 * (expert + expertBiases)), census.TotalParams);
        Assert.Equal(ends + others + (3 * (expert + expertBiases)), census.ActiveParams);
        Assert.Equal(others + (3 * (expert + expertBiases)), census.ActiveParamsNonEmbedding);
        Assert.Equal(2 * (attention + (8 * 6) + (3 * expert) + (8 * 10)), census.MatrixFlopsPerToken);
    }

    /// <summary>GPT-2's 50,257 words in rows padded to a multiple of 128: 50,304, in embedding and head.</summary>
    [Theory]
    [InlineData(128, 50304)]
    [InlineData(64, 50304)]
    [InlineData(1, 50257)]
    [InlineData(50257, 50257)]
    public void Of_PaddedVocabulary_StoresItsRows(double multiple, double rows)
    {
        Model model = Joint.Model(512, 1, 1);
        Census plain = Census.Of(model);
        Census padded = Census.Of(model with { VocabularyMultipleOf = multiple });
        Assert.Equal(2 * 512 * rows, padded.EmbeddingParams);
        Assert.Equal(plain.TotalParamsNonEmbedding, padded.TotalParamsNonEmbedding);
        Assert.Equal(2 * 512 * (rows - 50257), padded.TotalParams - plain.TotalParams);
    }

    /// <summary>Every part that a block may have, by hand: latent attention, sinks, norms of queries and keys, biases, gates.</summary>
    [Fact]
    public void Of_LatentModelWithEveryPart_IsCountedByHand()
    {
        Model model = Parse(
            """
            { id: all, d_model: 12, n_blocks: 5, n_heads: 2, kv_lora_rank: 6, q_lora_rank: 5, qk_nope_head_dim: 4, qk_rope_head_dim: 2, v_head_dim: 3,
              d_ff: 20, expert_count: 4, d_expert: 7, top_k: 2, d_shared: 9, shared_gate: true, leading_dense_blocks: 1, moe_every: 2, mtp_modules: 1,
              vocab_size: 10, context: 8, activation: swiglu, norm: layernorm, norm_after_parts: true, norm_after_experts: true, qk_norm: per_head,
              attention_sinks: true, positions: rope, biases: [attention_output, feed_forward, experts, shared_experts, router, head] }
            """
        );
        Census census = Census.Of(model);
        double query = (12 * 5) + 5 + (5 * 2 * 6); // down, its norm, up
        double keysAndValues = (12 * (6 + 2)) + 6 + (6 * 2 * (4 + 3)); // down with the rotary key, its norm, up
        // Output and its bias, sinks, norms of queries and keys (LayerNorm).
        double attention = query + keysAndValues + (2 * 3 * 12) + 12 + 2 + (2 * 6 * 2);
        double norms = 4 * 2 * 12;
        double dense = attention + norms + (3 * 12 * 20) + (2 * 20) + 12;
        double expert = (3 * 12 * 7) + (2 * 7) + 12;
        double shared = (3 * 12 * 9) + (2 * 9) + 12 + 12; // and the gate
        double router = (12 * 4) + 4;
        double afterExperts = 2 * 12;
        double moe = attention + norms + afterExperts + router + shared;
        double ends = (10 * 12) + (12 * 10) + 10 + (2 * 12);
        // Five blocks: one leading dense, then every second of four: three dense, two with experts.
        Assert.Equal((3, 2), (model.DenseBlocks, model.MoeBlocks));
        Assert.Equal(ends + (3 * dense) + (2 * (moe + (4 * expert))), census.TotalParams);
        Assert.Equal(ends + (3 * dense) + (2 * (moe + (2 * expert))), census.ActiveParams);
        Assert.Equal(census.ActiveParams - (10 * 12), census.ActiveParamsNoInputEmbedding);
        Assert.Equal((3 * dense) + (2 * (moe + (2 * expert))) + (2 * 12), census.ActiveParamsNonEmbedding);
        Assert.Equal(moe + (4 * expert) + (2 * 12 * 12) + (3 * 2 * 12), census.PredictionParams);
        Assert.Equal(5 * (6 + 2), census.KvValuesPerToken);
        Assert.Equal(2 * 100 * 2 * (6 + 3) * 5, census.FullAttentionFlopsPerToken(100));
    }

    [Fact]
    public void Flops_OfAToken_AreMatricesAndAttention()
    {
        Model model = Joint.Model(512, 1, 1);
        Census census = Census.Of(model);
        // 2 for each weight that a token meets: the input embedding is looked up, not multiplied.
        Assert.Equal(2 * (census.ActiveParams - (512 * 50257)), census.MatrixFlopsPerToken);
        // Brute force: token t attends to t tokens; scores and mix cost 2·width each, in 8 blocks.
        double causal = Enumerable.Range(1, 512).Sum(t => 8.0 * 2 * 2 * 512 * t) / 512;
        Assert.Equal(causal, census.CausalAttentionFlopsPerToken(512), 6); // sums of integers below 2^53, one division
        Assert.Equal(8.0 * 2 * 2 * 512 * 512, census.FullAttentionFlopsPerToken(512));
    }

    [Fact]
    public void Flops_OfATiedModel_StillMultiplyWithTheHead()
    {
        Model untied = Joint.Model(512, 1, 1);
        Census tied = Census.Of(untied with { TiedEmbeddings = true });
        Assert.Equal(Census.Of(untied).MatrixFlopsPerToken, tied.MatrixFlopsPerToken);
        Assert.Equal(Census.Of(untied).TotalParams - (512 * 50257), tied.TotalParams);
        Assert.Equal(tied.TotalParams, tied.ActiveParams);
        Assert.Equal(tied.TotalParamsNonEmbedding, Census.Of(untied).TotalParamsNonEmbedding);
    }

    /// <summary>28 blocks with 8 KV heads of 128, 40,960 tokens at 2 bytes: 4.375 GiB, as published for Qwen3-0.6B.</summary>
    [Fact]
    public void KvCacheBytes_OfGroupedQueries_MatchesAPublishedSize()
    {
        Model model = Joint.Model(1024, 1, 1) with { Blocks = 28, KvHeads = 8, HeadWidth = 128 };
        Assert.Equal(4.375 * 1073741824, Census.Of(model).KvCacheBytes(40960, NumberType.Bf16));
    }

    [Theory]
    [InlineData(NumberType.Fp32, 4)]
    [InlineData(NumberType.Bf16, 2)]
    [InlineData(NumberType.Fp16, 2)]
    [InlineData(NumberType.Fp8, 1)]
    [InlineData(NumberType.Int8, 1)]
    [InlineData(NumberType.Mxfp4, 17.0 / 32)] // 16 bytes and a scale of one for 32 numbers
    [InlineData(NumberType.Nvfp4, 9.0 / 16)] // 8 bytes and a scale of one for 16 numbers
    [InlineData(NumberType.Int4, 66.0 / 128)] // 64 bytes and a scale of two for 128 numbers
    public void WeightBytes_ByType_AreBytesTimesStored(NumberType type, double bytes)
    {
        Census census = Census.Of(Joint.Model(512, 2, 1));
        Assert.Equal(bytes * census.StoredParams, census.WeightBytes(type));
        Assert.Equal(type, NumberTypes.Parse(type.Name().ToUpperInvariant(), "--weights"));
    }

    [Fact]
    public void Columns_Named_AreFilledInTheirOrder()
    {
        Model model = FineGrained.Model(512, 64, 8);
        Census census = Census.Of(model);
        double[] values = new double[ModelColumns.Names.Count];
        ModelColumns.Fill(model, census, values);
        Dictionary<string, double> columns = ModelColumns.Names.Zip(values).ToDictionary();
        Assert.Equal(census.ActiveParams, columns["active_params"]);
        Assert.Equal(census.TotalParams, columns["total_params"]);
        Assert.Equal(census.ActiveParamsNonEmbedding, columns["active_params_nonembedding"]);
        Assert.Equal(census.TotalParamsNonEmbedding, columns["total_params_nonembedding"]);
        Assert.Equal((64, 8, 8, 512), (columns["experts"], columns["granularity"], columns["top_k"], columns["expert_count"]));
        Assert.Equal(
            (0, 512, 8, 8, 8),
            (columns["shared_experts"], columns["d_model"], columns["n_blocks"], columns["n_heads"], columns["n_kv_heads"])
        );
        Assert.Equal(
            (64, 2048, 256, 50257, 256),
            (columns["head_dim"], columns["d_ff"], columns["d_expert"], columns["vocab_size"], columns["context"])
        );
        Assert.Equal(census.RouterParams, columns["router_params"]);
        Assert.Equal(census.StoredParams, columns["stored_params"]);
        Assert.Equal(census.KvValuesPerToken, columns["kv_values_per_token"]);
        Assert.Equal(census.MatrixFlopsPerToken, columns["matrix_flops_per_token"]);
    }
}
