using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>Where all tokens meet the same experts with weights of sum 1, a Mixture-of-Experts model is a dense one.</summary>
public class DenseEqualTests
{
    // 700 tokens at one expert: two parts of its slots.
    private const int Sequences = 10,
        Sequence = 70;

    private static readonly Model Dense = TinyModels.Of("gpt-2") with
    {
        ModelWidth = 72,
        HeadWidth = 24,
        FeedForwardWidth = 40,
        ExpertWidth = 40,
        VocabularySize = 130,
        Context = Sequence,
    };

    private static readonly Routing Silent = new() { BalanceLoss = 0, ZLoss = 0 };

    [Theory]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.SwiGlu)]
    public void OneExpert_BesideASharedOneWithoutEffect_IsTheDenseLayer(Activation activation)
    {
        Model model = Dense with
        {
            Activation = activation,
            ExpertCount = 1,
            SharedWidth = 5,
            Biases = BiasSet.Layers & ~BiasSet.SharedExperts,
            Routing = Silent,
        };
        using Transformer dense = Open(Dense with { Activation = activation }),
            experts = Open(model);
        foreach (Parameter p in experts.Parameters.Where(p => p.Name.EndsWith("shared_experts.output.weight", StringComparison.Ordinal)))
        {
            p.Weights.Clear();
        }
        Check(dense, experts, perExpert: 1);
        Assert.All(
            experts.Parameters.Where(p => p.Role == Role.Router),
            p => Assert.False(p.Gradients.ContainsAnyExcept(0), "a single expert's probability is 1, whatever its logit")
        );
    }

    [Theory]
    [InlineData("token_choice", RouterWeights.SelectedSoftmax, 3)]
    [InlineData("token_choice", RouterWeights.SelectedSigmoid, 2)]
    [InlineData("token_choice", RouterWeights.Softmax, 4)] // all of them: their probabilities add up to 1
    [InlineData("expert_choice", RouterWeights.Softmax, 4)] // all of them take all tokens
    public void EqualExperts_WeightsOfSumOne_AreTheDenseLayer(string name, RouterWeights weights, int topK)
    {
        RoutingKind kind = RoutingKind.Find(name)!;
        Routing routing = kind == RoutingKind.ExpertChoice ? Routing.ExpertChoice : Silent with { Weights = weights };
        Model model = Dense with
        {
            ExpertCount = 4,
            TopK = topK,
            Routing = routing,
            RoutingGroup = kind == RoutingKind.ExpertChoice ? 5 : 0,
        };
        using Transformer dense = Open(Dense),
            experts = Open(model);
        Check(dense, experts, perExpert: 4);
    }

    // Experts take the weights of the dense layer; the gradients of all of them together are its gradient.
    private static void Check(Transformer dense, Transformer experts, int perExpert)
    {
        foreach (Parameter p in dense.Parameters)
        {
            Parameter q = Find(experts, p.Name);
            for (int e = 0; e < q.Count / p.Count; e++)
            {
                p.Weights.CopyTo(q.Weights[(e * p.Count)..]);
            }
        }
        (int[] tokens, int[] targets) = TinyModels.Batch(Dense, Sequences * Sequence, seed: 2);
        float scale = 1f / TinyModels.Counted(targets);
        double loss = dense.ForwardBackward(tokens, targets, scale);
        // Weights that add up to 1 but for a rounding, and other orders of summation.
        Assert.Equal(loss, experts.ForwardBackward(tokens, targets, scale), 1e-6 * loss);
        foreach (Parameter p in dense.Parameters)
        {
            Parameter q = Find(experts, p.Name);
            Assert.Equal(q.Experts is null ? 1 : perExpert, q.Count / p.Count);
            double[] expected = Draw.Wide(p.Gradients);
            float[] together = new float[p.Count];
            for (int i = 0; i < q.Count; i++)
            {
                together[i % p.Count] += q.Gradients[i];
            }
            Near.Check($"gradient of {p.Name}", together, expected, 1e-5, Math.Max(expected.Max(Math.Abs), 1e-3));
        }
        float[] logits = dense.Logits(tokens, 0, tokens.Length).ToArray();
        Near.Check("logits", experts.Logits(tokens, 0, tokens.Length), Draw.Wide(logits), 4e-6);
    }

    private static Parameter Find(Transformer transformer, string name) =>
        transformer.Parameters.Single(p => p.Name == name || p.Name == name.Replace("feed_forward.", "experts.", StringComparison.Ordinal));

    private static Transformer Open(Model model)
    {
        Transformer transformer = new(model, Sequences, Sequence, threads: 2);
        TinyModels.Fill(transformer, seed: 1);
        return transformer;
    }
}
