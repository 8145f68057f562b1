using FsCheck;
using FsCheck.Fluent;
using MoeScale.Basics;

namespace MoeScale.Models.Tests;

public class ModelFileTests
{
    private const string Good = """
        id: tiny
        d_model: 64
        n_blocks: 2
        n_heads: d_model / 32
        d_ff: 3 * d_model
        vocab_size: 50k
        context: 128
        activation: swiglu
        norm: rmsnorm
        positions: rope

        """;

    private static Model Parse(string text) => ModelFile.Parse(YamlMap.Parse(text, "m.yaml"));

    private static string Message(string text) => Assert.Throws<UserException>(() => Parse(text)).Message;

    [Fact]
    public void Parse_FormulasAndDefaults_AreFilledIn()
    {
        Model m = Parse(Good);
        Assert.Equal((64, 2, 2, 2, 32, 192), (m.ModelWidth, m.Blocks, m.Heads, m.KvHeads, m.HeadWidth, m.FeedForwardWidth));
        Assert.Equal((50000, 128, 1, 1, 1, 0), (m.VocabularySize, m.Context, m.Experts, m.Granularity, m.TopK, m.SharedExperts));
        Assert.True(m.IsDense);
        Assert.True(m.IsGated);
    }

    [Fact]
    public void Parse_SizeWhoseLastBitIsOff_IsWhole()
    {
        double width = 1920;
        Assert.NotEqual(7872, 4.1 * width);
        Assert.Equal(7872, Parse(Good.Replace("d_model: 64", "d_model: 1920").Replace("3 * d_model", "4.1 * d_model")).FeedForwardWidth);
    }

    [Fact]
    public void Parse_Experts_TakeGranularityAsTopK()
    {
        Model m = Parse(Good + "experts: 8\ngranularity: 4\n");
        Assert.Equal((32, 48, 4), (m.ExpertCount, m.ExpertWidth, m.TopK));
        Assert.False(m.IsDense);
    }

    [Theory]
    [InlineData("d_model: 64", "", "m.yaml:1: the file needs a value for 'd_model'.")]
    [InlineData("d_model: 64", "d_mode: 64", "'d_mode' is not known here (did you mean 'd_model'?)")]
    [InlineData("d_ff: 3 * d_model", "d_ff: 3 * width", "m.yaml:5:7: 'width' is no size")]
    [InlineData("d_ff: 3 * d_model", "d_ff: 3 * * d_model", "m.yaml:5:7: at character 5, expected a number")]
    [InlineData("d_model: 64", "d_model: d_ff", "defined in terms of itself")]
    [InlineData("n_blocks: 2", "n_blocks: 2.5", "n_blocks 2.5 is not a whole number")]
    [InlineData("n_blocks: 2", "n_blocks: 0", "m.yaml:3:11: 'n_blocks' comes out as 0")]
    [InlineData("n_blocks: 2", "n_blocks: -2", "'n_blocks' comes out as -2")]
    [InlineData("n_heads: d_model / 32", "n_heads: 5", "head_dim 12.8 is not a multiple of 2")]
    [InlineData("norm: rmsnorm", "norm: batchnorm", "'norm' is 'batchnorm'; it needs one of rmsnorm, layernorm.")]
    [InlineData("norm: rmsnorm", "norm: rmsnorm\ntop_k: 2", "top_k 2 is above the 1 expert")]
    [InlineData(
        "norm: rmsnorm",
        "norm: rmsnorm\nkv_lora_rank: 8\nqk_nope_head_dim: 4\nqk_rope_head_dim: 2\nv_head_dim: 4\nbiases: [qkv]",
        "biases of queries, keys and values are not known for latent attention"
    )]
    [InlineData("norm: rmsnorm", "norm: rmsnorm\nexpert_count: 1e300\nd_expert: 64\ntop_k: 1", "expert_count 1e300 is more than 1e12")]
    [InlineData("norm: rmsnorm", "norm: rmsnorm\nexpert_count: 4\nexperts: 4", "'experts' and 'expert_count' say the same in two ways")]
    [InlineData(
        "norm: rmsnorm",
        "norm: rmsnorm\nv_head_dim: 4",
        "'v_head_dim' belongs to latent attention, which also needs 'kv_lora_rank'"
    )]
    [InlineData(
        "norm: rmsnorm",
        "norm: rmsnorm\nbiases: [atention_output]",
        "'atention_output' has no bias (did you mean 'attention_output'?)"
    )]
    [InlineData(
        "norm: rmsnorm",
        "norm: rmsnorm\nexpert_count: 4\ntop_k: 2\nmoe_every: 3",
        "blocks after the leading ones are not a multiple of moe_every 3"
    )]
    [InlineData(
        "norm: rmsnorm",
        "norm: rmsnorm\nexpert_count: 4\ntop_k: 2\nleading_dense_blocks: 99",
        "leading_dense_blocks 99 leaves none of the"
    )]
    [InlineData("norm: rmsnorm", "norm: rmsnorm\nshared_experts: 0.5", "shared_experts 0.5 is not a whole number")]
    [InlineData(
        "norm: rmsnorm",
        "norm: rmsnorm\nshared_experts: -1",
        "'shared_experts' comes out as -1; it needs a number that is not below zero"
    )]
    [InlineData("norm: rmsnorm", "norm: rmsnorm\nn_kv_heads: 3", "n_heads 2 is not a multiple of n_kv_heads 3")]
    [InlineData("norm: rmsnorm", "norm: rmsnorm\nexperts: 4\ngranularity: 5", "d_expert 38.4 is not a whole number")]
    [InlineData("norm: rmsnorm", "norm: rmsnorm\nnot_counted: [heads]", "'heads' cannot be left out")]
    [InlineData("norm: rmsnorm", "norm: rmsnorm\nsize: d_model", "this is a shape family")]
    public void Parse_Mistake_SaysWhereAndWhat(string line, string instead, string expected) =>
        Assert.Contains(expected, Message(Good.Replace(line, instead)));

    [Theory]
    [InlineData("Two\nlines.")]
    [InlineData("A tab\t, a return\r, a bell \a, \"quotes\" and a \\.")]
    [InlineData("naïve \u2028 α, 🙂")]
    public void Write_AnyNote_IsReadBackTheSame(string note)
    {
        Model model = Parse(Good) with { Note = note, LeftOut = note };
        Model read = Parse(ModelFile.Write(model));
        Assert.Equal((note, note), (read.Note, read.LeftOut));
    }

    [Fact]
    public void Write_AnyModel_IsReadBackTheSame()
    {
        Gen<Model> models =
            from heads in Gen.Choose(1, 8)
            from blocks in Gen.Choose(1, 40)
            from experts in Gen.Elements(1.0, 4, 64)
            from granularity in Gen.Elements(1.0, 2, 8)
            from shared in Gen.Choose(0, 2)
            from activation in Gen.Elements(Enum.GetValues<Activation>())
            from norm in Gen.Elements(Enum.GetValues<Normalization>())
            from positions in Gen.Elements(Enum.GetValues<Positions>())
            from flags in Gen.ArrayOf(Gen.Elements(true, false), 6)
            from biases in Gen.Choose(0, 127)
            from leading in Gen.Choose(0, 1)
            from queryKeyNorm in Gen.Elements(Enum.GetValues<QueryKeyNorm>())
            from latent in Gen.Elements<LatentAttention?>(
                null,
                new LatentAttention(0, 32, 48, 16, 40),
                new LatentAttention(96, 32, 48, 16, 40)
            )
            from name in Gen.Elements("m", "a: b", "x # y", "say \"hi\"", "back\\slash", "- dash", "{brace}", "42", "naïve α")
            from routing in AnyRouting
            from sequences in Gen.Choose(1, 3)
            from notCounted in Gen.Elements(RoleSet.None, RoleSet.Router | RoleSet.Norms, RoleSet.Biases | RoleSet.Positions)
            select new Model
            {
                Name = name,
                ModelWidth = 64 * heads,
                Blocks = 2 * blocks,
                Heads = heads,
                KvHeads = latent is null && heads % 2 == 0 ? heads / 2 : heads,
                Latent = latent,
                HeadWidth = 64,
                FeedForwardWidth = 256 * heads,
                VocabularySize = 257,
                Context = 128,
                ExpertCount = experts * granularity,
                ExpertWidth = 256 * heads / granularity,
                TopK = granularity,
                SharedWidth = shared * 256 * heads / granularity,
                // What a dense model has no use for is not written.
                LeadingDenseBlocks = HasExperts(experts * granularity, shared) ? leading * blocks : 0,
                MoeEvery = HasExperts(experts * granularity, shared) ? blocks : 1,
                VocabularyMultipleOf = flags[3] ? 64 : 1,
                PredictionModules = leading,
                QueryKeyNorm = queryKeyNorm,
                AttentionSinks = flags[4],
                SharedGate = flags[5],
                NormAfterParts = flags[3],
                PublishedTotal = flags[4] ? "1B \"so\"" : "",
                PublishedActive = flags[5] ? "1B" : "",
                Activation = activation,
                Normalization = norm,
                Positions = positions,
                NormAfterExperts = flags[0],
                // Latent attention knows no biases of queries, keys and values; a bias that balances the load is one of the router's.
                Biases =
                    (BiasSet)(latent is null ? biases : biases & ~(int)BiasSet.Qkv)
                    | (HasExperts(experts * granularity, shared) && routing.BalanceBias > 0 ? BiasSet.Router : BiasSet.None),
                Routing = HasExperts(experts * granularity, shared) ? routing : new(),
                // Each expert takes as many tokens of a group as there are times E sequences in it.
                RoutingGroup =
                    HasExperts(experts * granularity, shared) && routing.Kind == RoutingKind.ExpertChoice ? experts * sequences : 0,
                TiedEmbeddings = flags[2],
                NotCounted = notCounted,
                TrailingDenseBlocks = HasExperts(experts * granularity, shared) ? (1 - leading) * blocks : 0,
                RopeTheta = flags[0] ? 10_000 : 1e6 / 3,
                NormEpsilon = flags[1] ? 1e-5 : 1e-6 / 3,
                SlidingWindow = 128 * leading,
                LeftOut = flags[2] ? "" : name,
            };
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20260103UL, 1UL),
            Prop.ForAll(Arb.From(models), m => Parse(ModelFile.Write(m)).Equals(m))
        );
    }

    private static bool HasExperts(double routed, int shared) => routed > 1 || shared > 0;

    private static Gen<Routing> AnyRouting =>
        from weights in Gen.Elements(Enum.GetValues<RouterWeights>())
        from capacity in Gen.Elements<double?>(null, 0.1 + 0.2, 1, 1.25, 2e5)
        from balance in Gen.Elements(0, 1e-2, 1e-7, 1.0 / 3)
        from z in Gen.Elements(0, 1e-3, 12345.678)
        from bias in Gen.Elements(0, 1e-3, 1e-5)
        from chooses in Gen.Elements(false, false, true)
        select chooses
            ? Routing.ExpertChoice
            : new Routing
            {
                Weights = weights,
                CapacityFactor = capacity,
                BalanceLoss = balance,
                ZLoss = z,
                BalanceBias = bias,
            };
}
