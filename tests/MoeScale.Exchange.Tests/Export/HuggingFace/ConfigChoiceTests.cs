using MoeScale.Exchange.Export;
using MoeScale.Exchange.Export.HuggingFace;
using MoeScale.Models;

namespace MoeScale.Exchange.Tests.Export.HuggingFace;

/// <summary>Models go out as a config.json and come in again with the same counts, or are refused by what differs.</summary>
public class ConfigChoiceTests
{
    private static readonly Model Small = new()
    {
        Name = "small",
        ModelWidth = 64,
        Blocks = 4,
        Heads = 4,
        KvHeads = 2,
        HeadWidth = 16,
        FeedForwardWidth = 96,
        ExpertWidth = 96,
        VocabularySize = 100,
        Context = 32,
    };

    private static readonly Model Experts = Small with { ExpertCount = 8, ExpertWidth = 32, TopK = 2 };

    /// <summary>The architecture of each model of the catalog, or the keys in which the nearest differs.</summary>
    public static TheoryData<string, string, string> Catalog =>
        new()
        {
            { "DBRX", "olmoe", "qk_norm left_out" },
            { "DeepSeek-V2", "deepseek_v2", "" },
            { "DeepSeek-V2-Lite", "deepseek_v2", "" },
            { "DeepSeek-V3", "deepseek_v3", "" },
            { "deepseek-moe-16b-base", "deepseek", "" },
            { "GLM-4.5", "glm4_moe", "" },
            { "GLM-4.5-Air", "glm4_moe", "" },
            { "GPT-2", "gpt2", "" },
            { "GPT-2-large", "gpt2", "" },
            { "GPT-2-medium", "gpt2", "" },
            { "GPT-2-xl", "gpt2", "" },
            { "gpt-oss-120b", "gpt_oss", "" },
            { "gpt-oss-20b", "gpt_oss", "" },
            { "Grok-1", "deepseek", "norm_after_parts left_out" },
            { "Kimi-K2", "deepseek_v3", "" },
            { "Llama-2-70B", "llama", "" },
            { "Llama-2-7B", "llama", "" },
            { "Llama-3-70B", "llama", "" },
            { "Llama-3-8B", "llama", "" },
            { "Llama-3.1-405B", "llama", "" },
            {
                "Llama-4-Maverick-17B-128E(text)",
                "glm4_moe",
                "moe_every attention_chunk attention_pattern leading_dense_blocks left_out left_out"
            },
            { "Llama-4-Scout-17B-16E(text)", "glm4_moe", "attention_chunk attention_pattern left_out left_out" },
            { "Mistral-7B-v0.1", "mistral", "" },
            { "Mixtral-8x22B-v0.1", "mixtral", "" },
            { "Mixtral-8x7B-v0.1", "mixtral", "" },
            { "OLMoE-1B-7B", "olmoe", "" },
            { "Phi-3.5-MoE-instruct", "deepseek", "norm biases" },
            { "Qwen1.5-MoE-A2.7B", "qwen2_moe", "" },
            { "Qwen3-235B-A22B", "qwen3_moe", "" },
            { "Qwen3-30B-A3B", "qwen3_moe", "" },
        };

    [Theory]
    [MemberData(nameof(Catalog))]
    public void For_CatalogModel_ComesBackWithTheSameCountsOrIsRefused(string name, string type, string keys)
    {
        Model m = ModelCatalog.Open(name);
        ConfigChoice choice = ConfigChoice.For(m);
        Assert.Equal((type, keys), (choice.Type, string.Join(' ', choice.Differences.Select(d => d.Key))));
        if (choice.Fits)
        {
            Census back = Census.Of(HuggingFaceConfig.Parse(choice.Write(m), "config.json"));
            Census there = Census.Of(m);
            Assert.Equal(
                (there.StoredParams, there.TotalParams, there.ActiveParams, there.PredictionParams, there.KvValuesPerToken),
                (back.StoredParams, back.TotalParams, back.ActiveParams, back.PredictionParams, back.KvValuesPerToken)
            );
        }
    }

    [Fact]
    public void Catalog_HasAllModels() => Assert.Equal(ModelCatalog.Ids.Order(), Catalog.Select(row => row.Data.Item1).Order());

    /// <summary>Small models of each architecture: what is written is read to a model that is written in the same words.</summary>
    public static TheoryData<string, Model> EachArchitecture
    {
        get
        {
            LatentAttention latent = new(QueryRank: 24, KvRank: 16, NopeWidth: 16, RopeWidth: 8, ValueWidth: 12);
            Model sigmoid = Experts with
            {
                Biases = BiasSet.Router,
                Routing = new Routing
                {
                    Weights = RouterWeights.SelectedSigmoid,
                    BalanceBias = 1e-3,
                    BalanceLoss = 0,
                    ZLoss = 0,
                },
                LeadingDenseBlocks = 1,
            };
            Routing scaled = new() { Weights = RouterWeights.SelectedSoftmax };
            return new()
            {
                { "llama", Small with { Biases = BiasSet.FeedForward, TiedEmbeddings = true, HeadWidth = 32 } },
                { "llama", Small with { Biases = BiasSet.Qkv | BiasSet.AttentionOutput, Activation = Activation.GeGluTanh } },
                { "mistral", Small with { SlidingWindow = 16 } },
                { "qwen2", Small with { Biases = BiasSet.Qkv, RopeTheta = 1e6 } },
                { "qwen3", Small with { QueryKeyNorm = QueryKeyNorm.PerHead, NormEpsilon = 1e-6 } },
                {
                    "gpt2",
                    Small with
                    {
                        KvHeads = 4,
                        Activation = Activation.GeluTanh,
                        Normalization = Normalization.LayerNorm,
                        Positions = Positions.Learned,
                        Biases = BiasSet.Layers,
                        TiedEmbeddings = true,
                    }
                },
                { "mixtral", Experts with { Routing = scaled } },
                {
                    "qwen3_moe",
                    Experts with
                    {
                        QueryKeyNorm = QueryKeyNorm.PerHead,
                        LeadingDenseBlocks = 1,
                        TrailingDenseBlocks = 1,
                        MoeEvery = 2,
                    }
                },
                { "olmoe", Experts with { QueryKeyNorm = QueryKeyNorm.Full } },
                { "qwen2_moe", Experts with { SharedWidth = 48, SharedGate = true } },
                { "qwen2_moe", Experts with { SharedWidth = 48, SharedGate = true, Routing = scaled, Biases = BiasSet.Qkv, MoeEvery = 2 } },
                { "glm4_moe", sigmoid with { SharedWidth = 64, Biases = BiasSet.Router | BiasSet.Qkv } },
                {
                    "glm4_moe",
                    sigmoid with
                    {
                        QueryKeyNorm = QueryKeyNorm.PerHead,
                        Routing = sigmoid.Routing with { Weights = RouterWeights.Sigmoid },
                    }
                },
                { "deepseek_v3", sigmoid with { Latent = latent, KvHeads = 4, HeadWidth = 24, PredictionModules = 1, SharedWidth = 32 } },
                { "deepseek_v2", Experts with { Latent = latent, KvHeads = 4, HeadWidth = 24, SharedWidth = 32, LeadingDenseBlocks = 1 } },
                { "deepseek", Experts with { SharedWidth = 64, LeadingDenseBlocks = 1, TopK = 1 } },
                { "deepseek", Experts with { LeadingDenseBlocks = 1, MoeEvery = 1, Routing = scaled } },
            };
        }
    }

    [Theory]
    [MemberData(nameof(EachArchitecture))]
    public void Write_ModelOfEachArchitecture_ComesBackToTheSameFile(string type, Model m)
    {
        Assert.Null(Buildable.WhyNot(m, multipleOf: 1));
        ConfigChoice choice = ConfigChoice.For(m);
        Assert.Equal((type, true), (choice.Type, choice.Fits));
        string text = choice.Write(m);
        Model back = HuggingFaceConfig.Parse(text, "config.json");
        Assert.Equal(Census.Of(m).Rows, Census.Of(back).Rows);
        Assert.Equal(m.Routing.BalanceLoss, back.Routing.BalanceLoss * (type is "glm4_moe" or "deepseek_v3" ? 0 : 1), 1e-12);
        Assert.Equal("", back.LeftOut);
        Assert.DoesNotContain("mean nothing", back.Note);
        ConfigChoice again = ConfigChoice.For(back);
        Assert.Equal(type, again.Type);
        Assert.Equal(text, again.Write(back));
    }

    /// <summary>Windows come back in the blocks that had them, or no file is written.</summary>
    [Fact]
    public void Write_BlocksWithWindows_ComeBackInTheirPlaces()
    {
        Model dense = Small with { QueryKeyNorm = QueryKeyNorm.PerHead, SlidingWindow = 16 };
        foreach (Model m in (Model[])[dense with { AttentionPattern = "lf" }, dense with { FullAttentionBlocks = 1 }])
        {
            ConfigChoice choice = ConfigChoice.For(m);
            Assert.Equal(("qwen3", true), (choice.Type, choice.Fits));
            Assert.Equal(LayerPattern.Of(m), LayerPattern.Of(HuggingFaceConfig.Parse(choice.Write(m), "config.json")));
        }
        Model experts = Experts with { QueryKeyNorm = QueryKeyNorm.PerHead, SlidingWindow = 16, AttentionPattern = "lf" };
        Assert.Contains("attention_pattern", ConfigChoice.For(experts).Differences.Select(d => d.Key));
        Model chunked = dense with { SlidingWindow = 0, AttentionChunk = 16 };
        Assert.Contains("attention_chunk", ConfigChoice.For(chunked).Differences.Select(d => d.Key));
    }

    [Theory]
    [InlineData("activation: relu")]
    [InlineData("norm_after_experts: true")]
    [InlineData("routing: expert_choice")]
    public void For_WhatNoArchitectureComputes_SaysWhichKeyDiffers(string line)
    {
        Model m = line.Split(": ")[0] switch
        {
            "activation" => Experts with { Activation = Activation.Relu },
            "routing" => Experts with { Routing = Routing.ExpertChoice, RoutingGroup = 16 },
            _ => Experts with { NormAfterExperts = true },
        };
        ConfigChoice choice = ConfigChoice.For(m);
        Assert.Contains(line, choice.Differences.Select(d => $"{d.Key}: {d.Ours}"));
    }

    [Fact]
    public void Notes_OfTrainingAndZeros_AreTold()
    {
        Model m = Experts with
        {
            VocabularyMultipleOf = 64,
            Routing = new Routing { Weights = RouterWeights.Sigmoid, CapacityFactor = 1.25 },
        };
        ConfigChoice choice = ConfigChoice.For(m);
        Assert.Equal(("glm4_moe", true), (choice.Type, choice.Fits));
        Assert.Equal(
            [
                new ExportNote.CountedPadding(100, 128),
                new ExportNote.ZeroBias(32),
                new ExportNote.EmptySharedExperts(),
                new ExportNote.NotTrained("capacity_factor", 1.25),
                new ExportNote.NotTrained("balance_loss", 0.01),
                new ExportNote.NotTrained("router_z_loss", 0.001),
            ],
            choice.Notes(m)
        );
    }
}
