using MoeScale.Training.Kernels;
using MoeScale.Training.Tests.Reference;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class NormTests
{
    private const int Rows = 3;
    private const float Epsilon = 1e-5f;

    // Sums of up to 67 terms of a few units: each rounding is 6e−8, some ten of them meet in a value; rstd multiplies by about 1.
    private const double Tolerance = 2e-6;

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void LayerNorm_AllWidths_MatchesReference(bool withBias, bool withAdded)
    {
        foreach ((int width, int offset) in Draw.Lengths.Skip(2))
        {
            Draw draw = new(width);
            float[] x = draw.Floats(Rows * width),
                added = draw.Floats(Rows * width),
                gain = draw.Floats(width),
                bias = draw.Floats(width),
                dY = draw.Floats(Rows * width);
            float[] input = withAdded ? [.. x.Zip(added, (a, b) => a + b)] : x;
            using Guarded<float> gX = new(x, offset),
                gAdded = new(added, 1),
                gGain = new(gain, offset),
                gBias = new(bias, 2),
                gDY = new(dY, 3);
            using Guarded<float> sum = new(Rows * width),
                mean = new(Rows),
                rstd = new(Rows),
                y = new(Rows * width, offset);
            LayerNorm.Forward(gX, withAdded ? gAdded : null, gGain, withBias ? gBias : null, Rows, width, Epsilon, sum, mean, rstd, y);
            Near.Check(
                $"y of {width}",
                y.Span,
                LayerNormReference.Forward(Draw.Wide(input), Draw.Wide(gain), withBias ? Draw.Wide(bias) : null, Epsilon),
                Scaled(rstd)
            );
            if (withAdded)
            {
                Near.SameBits("sum", sum.Span, input);
            }

            // Into gradients that hold something already.
            float[] before = draw.Floats(Rows * width),
                partGain = draw.Floats(width),
                partBias = draw.Floats(width);
            using Guarded<float> dX = new(before, 4),
                dGain = new(partGain, 1),
                dBias = new(partBias, 2);
            LayerNorm.Backward(
                withAdded ? sum : gX,
                gGain,
                gDY,
                Rows,
                width,
                mean,
                rstd,
                accumulate: true,
                dX,
                dGain,
                withBias ? dBias : null
            );
            (double[] rX, double[] rGain, double[] rBias) = LayerNormReference.Backward(
                Draw.Wide(input),
                Draw.Wide(gain),
                Epsilon,
                Draw.Wide(dY)
            );
            Near.Check($"dX of {width}", dX.Span, Plus(before, rX), Scaled(rstd));
            Near.Check($"dGain of {width}", dGain.Span, Plus(partGain, rGain), Scaled(rstd));
            Near.Check($"dBias of {width}", dBias.Span, withBias ? Plus(partBias, rBias) : Draw.Wide(partBias), Tolerance);

            // In place of dY.
            LayerNorm.Backward(withAdded ? sum : gX, gGain, gDY, Rows, width, mean, rstd, accumulate: false, gDY, dGain, null);
            Near.Check($"dX in place of {width}", gDY.Span, rX, Scaled(rstd));
        }
    }

    [Fact]
    public void RmsNorm_AllWidths_MatchesReference()
    {
        foreach ((int width, int offset) in Draw.Lengths.Skip(1))
        {
            bool withAdded = width % 2 == 0;
            Draw draw = new(width);
            float[] x = draw.Floats(Rows * width),
                added = draw.Floats(Rows * width),
                gain = draw.Floats(width),
                dY = draw.Floats(Rows * width);
            float[] input = withAdded ? [.. x.Zip(added, (a, b) => a + b)] : x;
            using Guarded<float> gX = new(x, offset),
                gAdded = new(added, 1),
                gGain = new(gain, offset),
                gDY = new(dY, 3);
            using Guarded<float> sum = new(Rows * width),
                rstd = new(Rows),
                y = new(Rows * width, offset);
            RmsNorm.Forward(gX, withAdded ? gAdded : null, gGain, Rows, width, Epsilon, sum, rstd, y);
            Near.Check($"y of {width}", y.Span, RmsNormReference.Forward(Draw.Wide(input), Draw.Wide(gain), Epsilon), Tolerance);

            float[] before = draw.Floats(Rows * width),
                partGain = draw.Floats(width);
            using Guarded<float> dX = new(before, 4),
                dGain = new(partGain, 1);
            RmsNorm.Backward(withAdded ? sum : gX, gGain, gDY, Rows, width, rstd, accumulate: true, dX, dGain);
            (double[] rX, double[] rGain) = RmsNormReference.Backward(Draw.Wide(input), Draw.Wide(gain), Epsilon, Draw.Wide(dY));
            Near.Check($"dX of {width}", dX.Span, Plus(before, rX), Scaled(rstd));
            Near.Check($"dGain of {width}", dGain.Span, Plus(partGain, rGain), Tolerance);

            RmsNorm.Backward(withAdded ? sum : gX, gGain, gDY, Rows, width, rstd, accumulate: false, gDY, dGain);
            Near.Check($"dX in place of {width}", gDY.Span, rX, Scaled(rstd));
        }
    }

    [Fact]
    public void LayerNorm_LargeMean_KeepsItsDigits()
    {
        // A mean of 1000 beside a spread of 1: x itself has 6e−5 of rounding, and squares in one pass would leave none of the variance's
        // digits.
        float[] x = [.. new Draw(5).Floats(256).Select(v => v + 1000)],
            one = [.. Enumerable.Repeat(1f, 256)];
        using Guarded<float> gX = new(x),
            gain = new(one),
            mean = new(1),
            rstd = new(1),
            y = new(256);
        LayerNorm.Forward(gX, null, gain, null, 1, 256, Epsilon, null, mean, rstd, y);
        // The mean is right to some units of its last place, 6e−5 each.
        Near.Check("y", y.Span, LayerNormReference.Forward(Draw.Wide(x), Draw.Wide(one), null, Epsilon), 2e-4);
    }

    [Fact]
    public void Norms_ConstantRow_GiveTheBiasAndNoNaN()
    {
        float[] x = [.. Enumerable.Repeat(3f, 40)],
            gain = [.. Enumerable.Repeat(2f, 40)],
            bias = new Draw(1).Floats(40);
        using Guarded<float> gX = new(x),
            gGain = new(gain),
            gBias = new(bias),
            mean = new(1),
            rstd = new(1),
            y = new(40);
        LayerNorm.Forward(gX, null, gGain, gBias, 1, 40, Epsilon, null, mean, rstd, y);
        Near.SameBits("y", y.Span, bias);
        RmsNorm.Forward(gX, null, gGain, 1, 40, Epsilon, null, rstd, y);
        Near.Check("y", y.Span, [.. Enumerable.Repeat(2.0, 40)], Tolerance);
        gX.Span.Clear();
        RmsNorm.Forward(gX, null, gGain, 1, 40, Epsilon, null, rstd, y);
        Near.SameBits("y of zeros", y.Span, new float[40]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Norms_BrokenRow_StaysAlone(float broken)
    {
        float[] x = new Draw(2).Floats(3 * 20),
            gain = new Draw(3).Floats(20);
        x[27] = broken;
        using Guarded<float> gX = new(x),
            gGain = new(gain),
            mean = new(3),
            rstd = new(3),
            y = new(60);
        LayerNorm.Forward(gX, null, gGain, null, 3, 20, Epsilon, null, mean, rstd, y);
        Assert.True(
            float.IsNaN(y.Span[27])
                && !y.Span[..20].ContainsAnyExceptInRange(-100f, 100f)
                && !y.Span[40..].ContainsAnyExceptInRange(-100f, 100f)
        );
        RmsNorm.Forward(gX, null, gGain, 3, 20, Epsilon, null, rstd, y);
        Assert.True(
            float.IsNaN(y.Span[27])
                && !y.Span[..20].ContainsAnyExceptInRange(-100f, 100f)
                && !y.Span[40..].ContainsAnyExceptInRange(-100f, 100f)
        );
    }

    // Two or three numbers may lie close together: rstd, up to 1/√ε, then magnifies the rounding of their mean.
    private static double Scaled(Guarded<float> rstd)
    {
        double largest = 1;
        foreach (float r in rstd.Span)
        {
            largest = Math.Max(largest, r);
        }
        return Tolerance * largest * largest;
    }

    private static double[] Plus(float[] before, double[] added) => [.. before.Zip(added, (a, b) => a + b)];
}
