using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Reference;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>
/// Whole models of every routing against the reference in double precision. Tolerances are those of dense models, and argued there.
/// </summary>
public class ExpertGradientTests(ITestOutputHelper output)
{
    private const double Move = 3e-6;

    public static TheoryData<string> Names => TinyExperts.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void LossAndLogits_OfEveryRouting_AreThoseOfTheReference(string name)
    {
        using Transformer transformer = Open(name);
        (int[] tokens, int[] targets) = Batch(transformer.Model);
        ReferenceModel reference = new(transformer.Model, TinyExperts.Sequence, Weights(transformer));
        double expected = reference.Loss(tokens, targets),
            loss = transformer.Loss(tokens, targets);
        Assert.True(Math.Abs(loss - expected) < 1e-6 * expected, $"loss {loss:R}, expected {expected:R}");
        Near.Check("logits", transformer.Logits(tokens, 0, tokens.Length), reference.Logits(tokens), 4e-6);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RouterLoads_OfEveryRouting_AreWhatTheReferenceRouted(string name)
    {
        using Transformer transformer = Open(name);
        Model model = transformer.Model;
        (int[] tokens, int[] targets) = Batch(model);
        Dictionary<string, Choice[]> routes = [];
        (_, _, IReadOnlyList<(double Balance, double Z)> losses) = new ReferenceModel(
            model,
            TinyExperts.Sequence,
            Weights(transformer)
        ).TrainingLoss(tokens, targets, routes);
        transformer.ForwardBackward(tokens, targets, 1);
        Assert.Equal(routes.Keys.Select(block => block), transformer.RouterLoads.Select(l => $"blocks.{l.Block}"));
        foreach ((Choice[] choices, RouterLoad load, (double balance, double z)) in routes.Values.Zip(transformer.RouterLoads, losses))
        {
            Assert.Equal(
                Enumerable.Range(0, (int)model.ExpertCount).Select(e => (long)choices.Count(c => c.Expert == e)),
                load.Routed.ToArray()
            );
            Assert.Equal(tokens.Length, load.Tokens);
            Assert.Equal(tokens.Length * model.TopK, load.Choices);
            Assert.Equal((double)choices.Count(c => !c.IsServed) / choices.Length, load.DroppedShare, 1e-12);
            Assert.Equal(
                1 - ((double)choices.Where(c => c.IsServed).Select(c => c.Token).Distinct().Count() / tokens.Length),
                load.UnservedShare,
                1e-12
            );
            // Means of numbers of a few units in single precision.
            Assert.Equal(balance, load.BalanceLoss, 1e-6 * balance);
            Assert.Equal(z, load.ZLoss, 1e-5 * Math.Max(z, 0.1));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ForwardBackward_OfEveryRouting_GivesTheSlopeOfEveryParameter(string name)
    {
        using Transformer transformer = Open(name);
        (int[] tokens, int[] targets) = Batch(transformer.Model);
        Dictionary<string, double[]> weights = Weights(transformer);
        ReferenceModel reference = new(transformer.Model, TinyExperts.Sequence, weights);
        // Who meets whom is decided here, once: it has no slope.
        Dictionary<string, Choice[]> routes = [];
        int counted = TinyModels.Counted(targets);
        double expected = reference.TrainingLoss(tokens, targets, routes).CrossEntropy;
        double loss = transformer.ForwardBackward(tokens, targets, 1f / counted) / counted;
        Assert.True(Math.Abs(loss - expected) < 1e-6 * expected, $"loss {loss:R}, expected {expected:R}");
        Dictionary<string, double[]> gradients = reference.Gradients(tokens, targets, routes);
        double worst = 0;
        foreach (Parameter p in transformer.Parameters)
        {
            double[] moved = weights[p.Name],
                slopes = new double[p.Count];
            for (int i = 0; i < slopes.Length; i++)
            {
                double at = moved[i];
                moved[i] = at + Move;
                double above = reference.TrainingLoss(tokens, targets, routes).Total;
                moved[i] = at - Move;
                slopes[i] = (above - reference.TrainingLoss(tokens, targets, routes).Total) / (2 * Move);
                moved[i] = at;
            }
            // So the gradients of the reference may be trusted where there is no time for slopes.
            CentralDifference.CheckModel($"{name}: {p.Name} of the reference", slopes, gradients[p.Name]);
            double scale = Math.Max(slopes.Max(Math.Abs), 0.02);
            worst = Math.Max(worst, Enumerable.Range(0, p.Count).Max(i => Math.Abs(p.Gradients[i] - slopes[i])) / scale);
            Near.Check($"{name}: gradient of {p.Name}", p.Gradients, slopes, 1e-5, scale);
        }
        output.WriteLine(
            $"{name}: {transformer.Parameters.Sum(p => p.Count)} gradients, the worst off by {worst:e1} of the largest of its tensor; "
                + string.Join(", ", routes.Values.Select(c => $"{c.Count(x => !x.IsServed)} of {c.Length} dropped"))
        );
    }

    private static Transformer Open(string name)
    {
        Transformer transformer = new(TinyExperts.Of(name), TinyExperts.Sequences, TinyExperts.Sequence, threads: 2);
        TinyModels.Fill(transformer, seed: 1);
        return transformer;
    }

    private static (int[] Tokens, int[] Targets) Batch(Model model) =>
        TinyModels.Batch(model, TinyExperts.Sequences * TinyExperts.Sequence, seed: 2);

    private static Dictionary<string, double[]> Weights(Transformer transformer) =>
        transformer.Parameters.ToDictionary(p => p.Name, p => Draw.Wide(p.Weights));
}
