using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>What is no number goes through a router without a crash, and is found where it began.</summary>
public class ExpertNonFiniteTests
{
    [Theory]
    [MemberData(nameof(TinyExperts.Names), MemberType = typeof(TinyExperts))]
    public void FirstNonFinite_NaNInAnyParameter_IsFoundByName(string name)
    {
        using Transformer transformer = Open(name);
        (int[] tokens, int[] targets) = Batch(transformer.Model);
        Assert.Null(transformer.FirstNonFinite(tokens));
        foreach (Parameter p in transformer.Parameters)
        {
            float kept = p.Weights[^1];
            p.Weights[^1] = float.NaN;
            Assert.Equal(p.Name, transformer.FirstNonFinite(tokens));
            // A step on it ends with some number or none, and leaves nothing behind.
            transformer.ForwardBackward(tokens, targets, 1);
            p.Weights[^1] = kept;
        }
        transformer.ClearGradients();
        Assert.Null(transformer.FirstNonFinite(tokens));
        Assert.True(double.IsFinite(transformer.ForwardBackward(tokens, targets, 1)));
        Assert.All(transformer.Parameters, p => Assert.All(p.Gradients.ToArray(), g => Assert.True(float.IsFinite(g), p.Name)));
    }

    [Theory]
    [InlineData("switch", "blocks.0.router.weight", "blocks.0.router logits")]
    [InlineData("expert choice", "blocks.1.router.weight", "blocks.1.router logits")]
    [InlineData("selected sigmoid, balanced by a bias", "blocks.0.router.weight", "blocks.0.router logits")]
    [InlineData("switch", "blocks.0.experts.input.weight", "blocks.0.experts before their function")]
    [InlineData("switch", "blocks.0.experts.output.weight", "blocks.1 input")]
    [InlineData("expert choice", "blocks.0.experts.output.weight", "blocks.0 merged output of experts")]
    [InlineData(
        "selected sigmoid, balanced by a bias",
        "blocks.0.shared_experts.input.weight",
        "blocks.0.shared_experts before its function"
    )]
    public void FirstNonFinite_WeightsThatOverflow_NamesTheLayerWhereItBegins(string name, string parameter, string expected)
    {
        using Transformer transformer = Open(name);
        (int[] tokens, int[] targets) = Batch(transformer.Model);
        foreach (ref float weight in transformer.Parameters.Single(p => p.Name == parameter).Weights)
        {
            weight = float.CopySign(2e38f, weight);
        }
        transformer.ForwardBackward(tokens, targets, 1);
        Assert.Equal(expected, transformer.FirstNonFinite(tokens));
    }

    private static Transformer Open(string name)
    {
        Transformer transformer = new(TinyExperts.Of(name), TinyExperts.Sequences, TinyExperts.Sequence, threads: 2);
        TinyModels.Fill(transformer, seed: 1);
        return transformer;
    }

    private static (int[] Tokens, int[] Targets) Batch(Model model) =>
        TinyModels.Batch(model, TinyExperts.Sequences * TinyExperts.Sequence, seed: 2);
}
