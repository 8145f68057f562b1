using MoeScale.Basics;

namespace MoeScale.Models.Tests;

public class ShapeFamilyTests
{
    private static string Message(Action read) => Assert.Throws<UserException>(read).Message;

    private static ShapeFamily Parse(string text) => ShapeFamily.Parse(YamlMap.Parse(text, "f.yaml"));

    private const string ByBlocks = """
        id: deep
        size: n_blocks
        d_model: 96 * n_blocks
        n_heads: n_blocks
        n_kv_heads: n_heads / 2
        head_dim: 64
        d_ff: 8/3 * d_model
        vocab_size: 32000
        context: 2048
        activation: swiglu
        norm: rmsnorm
        positions: rope
        top_k: 2 * granularity

        """;

    [Fact]
    public void Ids_Shipped_AllOpen()
    {
        Assert.Equal(["fine-grained-2024", "joint-2025", "zhao-2025"], ShapeFamily.Ids);
        Assert.All(ShapeFamily.Ids, id => Assert.Equal(id, ShapeFamily.Open(id).Id));
    }

    [Fact]
    public void Model_OfAnotherFreeSize_FollowsItsFormulas()
    {
        Model m = Parse(ByBlocks).Model(8, 16, 2);
        Assert.Equal((768, 8, 8, 4, 64, 2048, 4), (m.ModelWidth, m.Blocks, m.Heads, m.KvHeads, m.HeadWidth, m.FeedForwardWidth, m.TopK));
    }

    [Fact]
    public void Model_BetweenWholeSizes_IsContinuous()
    {
        ShapeFamily joint = ShapeFamily.Open("joint-2025");
        double low = Census.Of(joint.Model(1000, 8, 1)).TotalParams;
        double high = Census.Of(joint.Model(1000 * (1 + 1e-9), 8, 1)).TotalParams;
        Assert.InRange((high / low) - 1, 1e-9, 3e-9); // between linear (embeddings) and cubic (blocks)
    }

    [Theory]
    [InlineData("size: n_blocks\n", "", "names its free size")]
    [InlineData("size: n_blocks", "size: d_ff", "needs one of d_model, n_blocks")]
    [InlineData("n_heads: n_blocks", "n_heads: n_blocks\nn_blocks: 4", "'n_blocks' is free in a shape family")]
    [InlineData("n_heads: n_blocks", "n_heads: n_blocks\nexperts: 4", "'experts' is free in a shape family")]
    [InlineData("n_heads: n_blocks", "n_heads: depth", "'depth' is no size")]
    public void Parse_Mistake_SaysWhat(string line, string instead, string expected) =>
        Assert.Contains(expected, Message(() => Parse(ByBlocks.Replace(line, instead))));

    [Fact]
    public void Open_UnknownId_ListsTheKnown() =>
        Assert.Equal(
            "'joint-2024' is not in the catalog of families (did you mean 'joint-2025'?). Known: fine-grained-2024, joint-2025, "
                + "zhao-2025; a file is given by its path, ending in .yaml.",
            Message(() => ShapeFamily.Open("joint-2024"))
        );

    [Theory]
    [InlineData(1024, 8, 1, 64, null, 0)]
    [InlineData(1000, 8, 1, 64, "d_model", 1000)]
    [InlineData(1024, 64, 16, 64, null, 0)]
    [InlineData(1024, 64, 32, 64, null, 0)]
    [InlineData(1024, 64, 128, 64, "d_expert", 32)]
    [InlineData(1056, 64, 1, 32, "n_blocks", 16.5)]
    public void WhyNot_FineGrainedSizes_NamesTheFirstObstacle(
        double size,
        double experts,
        double granularity,
        double multipleOf,
        string? key,
        double value
    ) =>
        Assert.Equal(
            key is null ? null : new BuildFault.NotAMultiple(key, value, key == "n_blocks" ? 1 : multipleOf),
            Buildable.WhyNot(ShapeFamily.Open("fine-grained-2024").Model(size, experts, granularity), multipleOf)
        );

    /// <summary>The words of each reason, once.</summary>
    [Fact]
    public void Reason_OfEachFault_SaysItsNumbers()
    {
        BuildFault[] faults =
        [
            new BuildFault.NotAboveZero("d_model", -1),
            new BuildFault.TooLarge("d_model", 2e16, 1e12),
            new BuildFault.NotAMultiple("n_blocks", 16.5, 1),
            new BuildFault.NotAMultiple("d_model", 1000, 64),
            new BuildFault.TooFewExperts(2, 1),
            new BuildFault.UnevenHeads(12, 5),
            new BuildFault.NoBlockForExperts(4, 0, 4),
            new BuildFault.NoBlockForExperts(2, 2, 4),
        ];
        Assert.Equal(
            [
                "d_model is -1",
                "d_model 2e16 is more than 1e12",
                "n_blocks 16.5 is not a whole number",
                "d_model 1000 is not a multiple of 64",
                "top_k 2 is above the 1 expert",
                "n_heads 12 is not a multiple of n_kv_heads 5",
                "leading_dense_blocks 4 leaves none of the 4 blocks for experts",
                "leading_dense_blocks 2 and trailing_dense_blocks 2 leave none of the 4 blocks for experts",
            ],
            faults.Select(f => f.Reason.ToString())
        );
    }
}
