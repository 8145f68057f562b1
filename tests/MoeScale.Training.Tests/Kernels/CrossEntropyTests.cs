using MoeScale.Training.Kernels;
using MoeScale.Training.Tests.Reference;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class CrossEntropyTests
{
    private const int Rows = 4;

    [Fact]
    public void ForwardBackward_AllWidths_MatchesReference()
    {
        foreach ((int classes, int offset) in Draw.Lengths.Skip(1).Concat([(1023, 0), (1024, 0), (1025, 1), (5000, 3)]))
        {
            Draw draw = new(classes);
            float[] x = draw.Floats(Rows * classes, 3);
            int[] targets = draw.Integers(Rows, classes);
            targets[1] = CrossEntropy.Ignored;
            using Guarded<float> gX = new(x, offset),
                copy = new(x, offset),
                loss = new(Rows),
                lossAlone = new(Rows);
            using Guarded<int> gTargets = new(targets);
            CrossEntropy.ForwardBackward(gX, gTargets, Rows, classes, 0.25f, loss);
            CrossEntropy.Forward(copy, gTargets, Rows, classes, lossAlone);
            // A loss is a difference of numbers around 10: 1e−6 absolute. A gradient is a probability: exponent, sum and quotient, 1e−6 of
            // itself.
            Near.Check($"loss of {classes}", loss.Span, CrossEntropyReference.Forward(Draw.Wide(x), classes, targets), 1e-6);
            Near.Check(
                $"dLogits of {classes}",
                gX.Span,
                CrossEntropyReference.Backward(Draw.Wide(x), classes, targets, 0.25),
                1e-6,
                scale: 0.1
            );
            Near.SameBits("loss alone", lossAlone.Span, loss.Span);
        }
    }

    [Fact]
    public void ForwardBackward_LargeLogits_DoesNotOverflow()
    {
        using Guarded<float> x = new([1000, 999, -1000, -999]),
            loss = new(2);
        using Guarded<int> targets = new([0, 1]);
        CrossEntropy.ForwardBackward(x, targets, 2, 2, 1, loss);
        double p = 1 / (1 + Math.Exp(-1));
        Near.Check("loss", loss.Span, [-Math.Log(p), -Math.Log(p)], 1e-6);
        Near.Check("dLogits", x.Span, [p - 1, 1 - p, 1 - p, p - 1], 1e-6);
    }

    [Fact]
    public void ForwardBackward_BrokenLogits_StayInTheirRow()
    {
        float inf = float.PositiveInfinity;
        using Guarded<float> x = new([0, float.NaN, 0, inf, 0, -inf, 0, 0]),
            loss = new(4);
        using Guarded<int> targets = new([0, 0, 0, 1]);
        CrossEntropy.ForwardBackward(x, targets, 4, 2, 1, loss);
        Near.Check("loss", loss.Span, [double.NaN, double.NaN, 0, Math.Log(2)], 1e-6);
        Near.Check("dLogits", x.Span[4..], [0, 0, 0.5, -0.5], 1e-6);
    }

    [Fact]
    public void ForwardBackward_ClassRuledOut_HasNoGradientAndNoDenormal()
    {
        using Guarded<float> x = new([0, float.NegativeInfinity, -95, 1]),
            loss = new(1);
        using Guarded<int> targets = new([3]);
        CrossEntropy.ForwardBackward(x, targets, 1, 4, 1, loss);
        Assert.Equal(0, x.Span[1]);
        Assert.Equal(0, x.Span[2]);
    }
}
