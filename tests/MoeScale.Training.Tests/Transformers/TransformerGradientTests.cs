using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Reference;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>Whole models against the reference in double precision.</summary>
public class TransformerGradientTests(ITestOutputHelper output)
{
    // Of central differences: h²/6·f''' is some 1e−12, at worst 1e−8, and 1e−16·f/h some 1e−10.
    private const double Move = 3e-6;

    public static TheoryData<string> Names => TinyModels.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void LossAndLogits_OfTinyModels_AreThoseOfTheReference(string name)
    {
        Model model = TinyModels.Of(name);
        using Transformer transformer = new(model, TinyModels.Sequences, TinyModels.Sequence, threads: 2, forTraining: false);
        TinyModels.Fill(transformer, seed: 1);
        (int[] tokens, int[] targets) = TinyModels.Batch(model, tokens: TinyModels.Sequences * TinyModels.Sequence, seed: 2);
        ReferenceModel reference = new(model, TinyModels.Sequence, Weights(transformer));
        double expected = reference.Loss(tokens, targets),
            loss = transformer.Loss(tokens, targets);
        // Some twenty roundings of 6e−8 lie on the way from a token to its logit, of a size of 1 to 4.
        Assert.True(Math.Abs(loss - expected) < 1e-6 * expected, $"loss {loss:R}, expected {expected:R}");
        Near.Check("logits", transformer.Logits(tokens, 0, tokens.Length), reference.Logits(tokens), 4e-6);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ForwardBackward_OfTinyModels_GivesTheSlopeOfEveryParameter(string name)
    {
        Model model = TinyModels.Of(name);
        using Transformer transformer = new(model, TinyModels.Sequences, TinyModels.Sequence, threads: 2);
        TinyModels.Fill(transformer, seed: 1);
        (int[] tokens, int[] targets) = TinyModels.Batch(model, tokens: TinyModels.Sequences * TinyModels.Sequence, seed: 2);
        Dictionary<string, double[]> weights = Weights(transformer);
        ReferenceModel reference = new(model, TinyModels.Sequence, weights);
        transformer.ForwardBackward(tokens, targets, 1f / TinyModels.Counted(targets));
        Dictionary<string, double[]> gradients = reference.Gradients(tokens, targets, new Dictionary<string, Choice[]>());
        double worst = 0;
        foreach (Parameter p in transformer.Parameters)
        {
            double[] moved = weights[p.Name],
                slopes = new double[p.Count];
            for (int i = 0; i < slopes.Length; i++)
            {
                double at = moved[i];
                moved[i] = at + Move;
                double above = reference.Loss(tokens, targets);
                moved[i] = at - Move;
                slopes[i] = (above - reference.Loss(tokens, targets)) / (2 * Move);
                moved[i] = at;
            }
            CentralDifference.CheckModel($"{name}: {p.Name} of the reference", slopes, gradients[p.Name]);
            // An element of a gradient is a sum over all tokens whose terms may cancel, so its error follows the size of the tensor's other
            // elements: some tens of roundings of 6e−8, forward and backward, which is 2e−6 where it was measured; a wrong or missing term
            // is many orders above 1e−5. Where all terms cancel (a bias of keys moves all scores of a query alike, and the softmax not at
            // all), they are still of the size of other gradients.
            double scale = Math.Max(slopes.Max(Math.Abs), 0.02);
            worst = Math.Max(worst, Enumerable.Range(0, p.Count).Max(i => Math.Abs(p.Gradients[i] - slopes[i])) / scale);
            Near.Check($"{name}: gradient of {p.Name}", p.Gradients, slopes, 1e-5, scale);
        }
        output.WriteLine(
            $"{name}: {transformer.Parameters.Sum(p => p.Count)} gradients, the worst off by {worst:e1} of the largest of its tensor"
        );
    }

    private static Dictionary<string, double[]> Weights(Transformer transformer) =>
        transformer.Parameters.ToDictionary(p => p.Name, p => Draw.Wide(p.Weights));
}
