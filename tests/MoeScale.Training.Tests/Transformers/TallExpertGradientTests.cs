using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Reference;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>
/// Gradients where an expert has hundreds of tokens in one micro-batch, as in training: its products are then tall and deep. All of them
/// against the reference in double precision, whose own gradients are those of central differences on small models.
/// </summary>
public class TallExpertGradientTests(ITestOutputHelper output)
{
    private const int Sequence = 16;

    private static readonly Model Switch = TinyModels.Of("joint-2025") with
    {
        ModelWidth = 64,
        HeadWidth = 32,
        Blocks = 1,
        FeedForwardWidth = 192,
        ExpertCount = 4,
        ExpertWidth = 192,
        VocabularySize = 64,
        Context = Sequence,
        Routing = new() { BalanceLoss = 0.1, ZLoss = 0.05 },
    };

    private static readonly Model Fine = Switch with
    {
        TopK = 2,
        ExpertWidth = 96,
        Routing = Switch.Routing with { Weights = RouterWeights.SelectedSoftmax },
    };

    // By the tokens of a micro-batch.
    private static readonly Dictionary<string, (Model Model, int Tokens)> Models = new()
    {
        ["switch, d_model 64"] = (Switch, 1920),
        ["granularity 2, d_model 64"] = (Fine, 1536),
        ["granularity 2, d_model 128"] = (Fine with { ModelWidth = 128, HeadWidth = 64, ExpertWidth = 192 }, 896),
        ["dense, d_model 64"] = (Switch with { ExpertCount = 1 }, 1024),
    };

    public static TheoryData<string> Names => [.. Models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ForwardBackward_HundredsOfTokensAnExpert_GivesTheGradientsOfTheReference(string name)
    {
        (Model model, int count) = Models[name];
        using Transformer transformer = new(model, count / Sequence, Sequence, threads: 2);
        TinyModels.Fill(transformer, seed: 1);
        (int[] tokens, int[] targets) = TinyModels.Batch(model, count, seed: 2);
        transformer.ForwardBackward(tokens, targets, 1f / TinyModels.Counted(targets));
        Dictionary<string, Choice[]> routes = [];
        ReferenceModel reference = new(model, Sequence, transformer.Parameters.ToDictionary(p => p.Name, p => Draw.Wide(p.Weights)));
        Dictionary<string, double[]> gradients = reference.Gradients(tokens, targets, routes);
        foreach ((Choice[] choices, long[] routed) in routes.Values.Zip(transformer.RouterLoads.Select(l => l.Routed.ToArray())))
        {
            // The seeds are such that no token is undecided between two experts.
            Assert.Equal(Enumerable.Range(0, routed.Length).Select(e => (long)choices.Count(c => c.Expert == e)), routed);
            Assert.True(routed.Max() > 384, "these experts have few tokens");
            output.WriteLine($"tokens by expert: {string.Join(", ", routed)}");
        }
        double worst = 0;
        foreach (Parameter p in transformer.Parameters)
        {
            double[] expected = gradients[p.Name];
            double scale = Math.Max(expected.Max(Math.Abs), 1e-3);
            worst = Math.Max(worst, Enumerable.Range(0, p.Count).Max(i => Math.Abs(p.Gradients[i] - expected[i])) / scale);
            // As for small models: 1e−6 is what was measured, and a wrong product is off by a tenth and more.
            Near.Check($"{name}: gradient of {p.Name}", p.Gradients, expected, 1e-5, scale);
        }
        int gradientCount = gradients.Values.Sum(g => g.Length);
        output.WriteLine($"{name}: {gradientCount} gradients, the worst off by {worst:e1} of the largest of its tensor");
    }
}
