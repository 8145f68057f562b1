using MoeScale.Models;
using MoeScale.Training.Kernels.Experts;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Transformers;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Diagnostics;

public sealed unsafe class RouterLoadTests
{
    private const int Sequences = 4,
        Sequence = 16,
        Tokens = Sequences * Sequence;

    // Means of float logarithms: a unit in the last place of ln 4, squared, is 3e-7.
    private const double Single = 1e-6;

    /// <summary>Logits of zero are equal, and of equal ones the lower numbers are chosen: every figure has a closed form.</summary>
    [Fact]
    public void Load_OfARouterThatKnowsNothing_IsTheClosedForm()
    {
        using Transformer model = Model(ExpertRun.Model, routerOfZeros: true);
        (int[] tokens, int[] targets) = TinyModels.Batch(model.Model, Tokens, seed: 1);
        model.ForwardBackward(tokens, targets, 1f / Tokens);
        RouterLoad load = ExpertRun.Router(model, block: 2);
        Assert.Equal([Tokens, Tokens, 0, 0], load.Routed.ToArray());
        // Each of four experts has 64·2/4 = 32 slots: of either crowded one half of the choices is dropped, those of the later tokens.
        Assert.Equal(0.5, load.DroppedShare);
        Assert.Equal(0.5, load.UnservedShare);
        // 4·Σ f·P with f = (½, ½, 0, 0) and P = ¼ each.
        Assert.Equal(1, load.BalanceLoss, Single);
        Assert.Equal(Math.Log(4) * Math.Log(4), load.ZLoss, Single);
        Assert.Equal(Math.Log(4), load.TokenEntropy, Single);
        Assert.Equal(0, load.LogitNorm);
    }

    [Fact]
    public void Load_AfterTheStep_StaysUntilTheNextOneBegins()
    {
        using Transformer model = Model(ExpertRun.Model, routerOfZeros: false);
        (int[] tokens, int[] targets) = TinyModels.Batch(model.Model, Tokens, seed: 1);
        model.ForwardBackward(tokens, targets, 1f / Tokens);
        model.ForwardBackward(tokens, targets, 1f / Tokens);
        RouterLoad load = model.RouterLoads[0];
        Assert.Equal((2 * Tokens, 4 * Tokens), (load.Tokens, load.Choices));
        long[] twice = load.Routed.ToArray();
        model.EndStep();
        model.Loss(tokens, targets);
        Assert.Equal(twice, load.Routed.ToArray());
        model.ForwardBackward(tokens, targets, 1f / Tokens);
        Assert.Equal(Tokens, load.Tokens);
        Assert.Equal(twice, load.Routed.ToArray().Select(count => 2 * count));
    }

    [Fact]
    public void Load_OfExpertsThatChoose_IsEvenAndTellsWhoWasLeftOut()
    {
        using Transformer model = Model(ExpertRun.ExpertChoice, routerOfZeros: true);
        (int[] tokens, int[] targets) = TinyModels.Batch(model.Model, Tokens, seed: 1);
        model.ForwardBackward(tokens, targets, 1f / Tokens);
        RouterLoad load = model.RouterLoads[0];
        Assert.Equal([Tokens / 2, Tokens / 2, Tokens / 2, Tokens / 2], load.Routed.ToArray());
        // All experts take the same two of four tokens.
        Assert.Equal((0.0, 0.5), (load.DroppedShare, load.UnservedShare));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Entropies_OfAnyNumberOfExperts_AreThoseInDouble(bool sigmoid)
    {
        const int Rows = 3;
        for (int experts = 1; experts <= 67; experts++)
        {
            float[] logits = new Draw(experts).Floats(Rows * experts, spread: 2);
            float[] scores = new float[Rows * experts],
                logSums = new float[Rows],
                entropies = new float[Rows];
            fixed (
                float* l = logits,
                    s = scores,
                    g = logSums,
                    h = entropies
            )
            {
                RouterScores.Forward(l, Rows, experts, sigmoid, s, g, h);
            }
            for (int row = 0; row < Rows; row++)
            {
                double[] powers = [.. logits.Skip(row * experts).Take(experts).Select(x => Math.Exp(x))];
                double entropy = -powers.Sum(p => p / powers.Sum() * Math.Log(p / powers.Sum()));
                // Two numbers of up to 10 are subtracted, each with a few roundings of 6e-8.
                Assert.Equal(entropy, entropies[row], 5e-6);
            }
        }
    }

    private static Transformer Model(Model shape, bool routerOfZeros)
    {
        Transformer model = new(shape, Sequences, Sequence, threads: 2);
        model.Initialize(new(), seed: 5);
        foreach (
            MoeScale.Training.Layers.Parameter p in model.Parameters.Where(p =>
                routerOfZeros && p.Name.EndsWith("router.weight", StringComparison.Ordinal)
            )
        )
        {
            p.Weights.Clear();
        }
        return model;
    }
}
