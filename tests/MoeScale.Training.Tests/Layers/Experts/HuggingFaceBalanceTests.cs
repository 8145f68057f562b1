using MoeScale.Models;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Reference;
using MoeScale.Training.Tests.Transformers;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Layers.Experts;

/// <summary>The balance loss of a converted configuration against that which its library computes.</summary>
public class HuggingFaceBalanceTests
{
    private const double Coefficient = 0.02;
    private const int Layers = 3,
        Experts = 4,
        TopK = 2;

    private static readonly string Config = $$"""
        { "model_type": "mixtral", "hidden_size": 8, "num_hidden_layers": {{Layers}}, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 11,
          "intermediate_size": 6, "max_position_embeddings": 5, "num_local_experts": {{Experts}}, "num_experts_per_tok": {{TopK}},
          "output_router_logits": true, "router_aux_loss_coef": {{Coefficient}} }
        """;

    /// <summary>
    /// The library takes means over the tokens of all layers, then multiplies; here each layer multiplies its own. The
    /// sums differ by how means and choices vary together from layer to layer, which is nothing at balance, and by no
    /// factor.
    /// </summary>
    [Fact]
    public void BalanceLoss_OfAllLayers_IsTheLibrarysBesideHowLayersDiffer()
    {
        Model model = HuggingFaceConfig.Parse(Config, "config.json");
        using Transformer transformer = new(model, 2, 5, threads: 1);
        TinyModels.Fill(transformer, seed: 3);
        int[] tokens = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        int[] targets = [2, 3, 4, 5, 6, 7, 8, 9, 10, 1];
        Dictionary<string, Choice[]> routes = [];
        List<double[]> scores = [];
        new ReferenceModel(model, sequence: 5, transformer.Parameters.ToDictionary(p => p.Name, p => Draw.Wide(p.Weights))).TrainingLoss(
            tokens,
            targets,
            routes,
            scores
        );
        transformer.ForwardBackward(tokens, targets, 1);

        double[][] probabilities =
        [
            .. scores.Select(layer => Enumerable.Range(0, Experts).Select(e => layer.Chunk(Experts).Average(row => row[e])).ToArray()),
        ];
        double[][] shares =
        [
            .. routes.Values.Select(layer =>
                Enumerable.Range(0, Experts).Select(e => layer.Count(c => c.Expert == e) / (double)tokens.Length).ToArray()
            ),
        ];
        double library =
            Coefficient * Experts * Enumerable.Range(0, Experts).Sum(e => shares.Average(l => l[e]) * probabilities.Average(l => l[e]));
        double together =
            Coefficient
            * Experts
            * Enumerable
                .Range(0, Experts)
                .Sum(e =>
                    shares
                        .Zip(probabilities)
                        .Average(l => (l.First[e] - shares.Average(f => f[e])) * (l.Second[e] - probabilities.Average(p => p[e])))
                );

        double here = model.Routing.BalanceLoss * transformer.RouterLoads.Sum(load => load.BalanceLoss);
        // Means of a few numbers in single precision.
        Assert.Equal(library + together, here, 1e-6 * library);
        Assert.Equal(Coefficient * TopK, model.Routing.BalanceLoss * Layers, 1e-15);
    }
}
