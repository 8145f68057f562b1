using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Attention;
using MoeScale.Training.Tests.Kernels;

namespace MoeScale.Training.Tests.Reference;

/// <summary>Every backward pass of the references against central differences of its forward pass.</summary>
public class ReferenceGradientTests
{
    private readonly Draw _draw = new(1);

    [Fact]
    public void LayerNorm_Backward_MatchesCentralDifference()
    {
        double[] x = _draw.Doubles(3 * 7),
            gain = _draw.Doubles(7),
            bias = _draw.Doubles(7),
            w = _draw.Doubles(3 * 7);
        (double[] dX, double[] dGain, double[] dBias) = LayerNormReference.Backward(x, gain, 1e-5, w);
        CentralDifference.Check("dX", v => Draw.Weighted(w, LayerNormReference.Forward(v, gain, bias, 1e-5)), x, dX);
        CentralDifference.Check("dGain", v => Draw.Weighted(w, LayerNormReference.Forward(x, v, bias, 1e-5)), gain, dGain);
        CentralDifference.Check("dBias", v => Draw.Weighted(w, LayerNormReference.Forward(x, gain, v, 1e-5)), bias, dBias);
    }

    [Fact]
    public void RmsNorm_Backward_MatchesCentralDifference()
    {
        double[] x = _draw.Doubles(3 * 7),
            gain = _draw.Doubles(7),
            w = _draw.Doubles(3 * 7);
        (double[] dX, double[] dGain) = RmsNormReference.Backward(x, gain, 1e-5, w);
        CentralDifference.Check("dX", v => Draw.Weighted(w, RmsNormReference.Forward(v, gain, 1e-5)), x, dX);
        CentralDifference.Check("dGain", v => Draw.Weighted(w, RmsNormReference.Forward(x, v, 1e-5)), gain, dGain);
    }

    [Theory]
    [InlineData(NonLinearity.Gelu)]
    [InlineData(NonLinearity.GeluTanh)]
    [InlineData(NonLinearity.Relu)]
    [InlineData(NonLinearity.Silu)]
    public void Activation_Backward_MatchesCentralDifference(NonLinearity function)
    {
        // No draw lies within a step of the kink of ReLU.
        double[] x = _draw.Doubles(60, 2),
            w = _draw.Doubles(60);
        CentralDifference.Check(
            "dX",
            v => Draw.Weighted(w, ActivationReference.Forward(function, v)),
            x,
            ActivationReference.Backward(function, x, w)
        );

        double[] dY = w[..30];
        CentralDifference.Check(
            "gated dX",
            v => Draw.Weighted(dY, ActivationReference.GatedForward(function, v, 10)),
            x,
            ActivationReference.GatedBackward(function, x, 10, dY)
        );
    }

    [Fact]
    public void Rotary_Backward_MatchesCentralDifference()
    {
        double[] x = _draw.Doubles(5 * 14),
            w = _draw.Doubles(5 * 14);
        CentralDifference.Check(
            "dX",
            v => Draw.Weighted(w, RotaryReference.Turn(v, 14, 2, 6, 3, 100, 1)),
            x,
            RotaryReference.Turn(w, 14, 2, 6, 3, 100, -1)
        );
    }

    [Theory]
    [InlineData(5, 2, 2, 3)]
    [InlineData(4, 4, 2, 2)]
    [InlineData(3, 3, 1, 4)]
    public void Attention_Backward_MatchesCentralDifference(int sequence, int heads, int kvHeads, int headWidth)
    {
        AttentionShape s = new(sequence, heads, kvHeads, headWidth);
        double[] x = _draw.Doubles(sequence * s.InputWidth),
            w = _draw.Doubles(sequence * s.OutputWidth);
        CentralDifference.Check("dInput", v => Draw.Weighted(w, AttentionReference.Forward(s, v)), x, AttentionReference.Backward(s, x, w));
    }

    [Fact]
    public void CrossEntropy_Backward_MatchesCentralDifference()
    {
        double[] x = _draw.Doubles(4 * 9);
        int[] targets = [3, 0, CrossEntropy.Ignored, 8];
        CentralDifference.Check(
            "dLogits",
            v => 0.25 * CrossEntropyReference.Forward(v, 9, targets).Sum(),
            x,
            CrossEntropyReference.Backward(x, 9, targets, 0.25)
        );
    }

    [Fact]
    public void Embedding_Backward_MatchesCentralDifference()
    {
        int[] tokens = [2, 0, 2, 3];
        double[] table = _draw.Doubles(4 * 3),
            positions = _draw.Doubles(2 * 3),
            w = _draw.Doubles(4 * 3);
        CentralDifference.Check(
            "dTable",
            v => Draw.Weighted(w, EmbeddingReference.Forward(tokens, v, positions, 2, 3)),
            table,
            EmbeddingReference.Backward(tokens, w, 4, 3)
        );
        CentralDifference.Check(
            "dPositions",
            v => Draw.Weighted(w, EmbeddingReference.Forward(tokens, table, v, 2, 3)),
            positions,
            EmbeddingReference.Backward([0, 1, 0, 1], w, 2, 3)
        );
    }

    [Theory]
    [InlineData(0.0, 0.5)]
    [InlineData(1.0, 0.84134474606854293)]
    [InlineData(-2.0, 0.022750131948179195)]
    [InlineData(-5.0, 2.8665157187919391e-07)]
    [InlineData(-10.0, 7.6198530241605261e-24)]
    public void Phi_KnownValues_HasTheirDigits(double x, double expected) => Assert.Equal(1, ActivationReference.Phi(x) / expected, 1e-13);
}
