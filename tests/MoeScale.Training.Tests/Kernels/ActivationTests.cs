using MoeScale.Training.Kernels;
using MoeScale.Training.Tests.Reference;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class ActivationTests
{
    // Values and slopes are products of a few factors, each right to some 1e−7; the argument of GELU's exponential,
    // x²/2 ≤ 18 for |x| ≤ 6, is rounded to 6e−8 of itself, 1e−6 in the tail, where what it multiplies is small.
    private const double Tolerance = 5e-7;

    // The tanh form's slope holds x·(1 − σ)·d with d up to 5 and x to 4 where 1 − σ has only its absolute 6e−8; so has PyTorch's 1 − tanh².
    private static double SlopeTolerance(NonLinearity function) => function == NonLinearity.GeluTanh ? 1.5e-6 : Tolerance;

    private const int Rows = 3;

    public static TheoryData<NonLinearity> Functions => [NonLinearity.Gelu, NonLinearity.GeluTanh, NonLinearity.Relu, NonLinearity.Silu];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Activations_AllWidths_MatchReference(NonLinearity function)
    {
        foreach ((int width, int offset) in Draw.Lengths)
        {
            bool withBias = width % 2 == 0;
            Draw draw = new(width);
            float[] x = draw.Floats(Rows * width, 2),
                bias = draw.Floats(width),
                dY = draw.Floats(Rows * width),
                part = draw.Floats(width);
            float[] biased = withBias ? [.. x.Select((v, i) => v + bias[i % width])] : x;
            using Guarded<float> gX = new(x, offset),
                gBias = new(bias, 1),
                y = new(Rows * width, offset),
                gDY = new(dY, 2),
                dX = new(Rows * width, 3),
                dBias = new(part, 4);
            Activations.Forward(function, gX, withBias ? gBias : null, Rows, width, y);
            Near.SameBits("x", gX.Span, biased);
            Near.Check($"y of {width}", y.Span, ActivationReference.Forward(function, Draw.Wide(biased)), Tolerance);

            Activations.Backward(function, gX, gDY, Rows, width, dX, withBias ? dBias : null);
            double[] expected = ActivationReference.Backward(function, Draw.Wide(biased), Draw.Wide(dY));
            // Of slopes times normal numbers, up to 3.
            Near.Check($"dX of {width}", dX.Span, expected, SlopeTolerance(function), scale: 3);
            Near.Check(
                $"dBias of {width}",
                dBias.Span,
                withBias ? Columns(part, expected) : Draw.Wide(part),
                SlopeTolerance(function),
                scale: 6
            );
            Activations.Backward(function, gX, gDY, Rows, width, gDY, null);
            Near.SameBits("dX in place", gDY.Span, dX.Span);
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void GatedActivations_AllWidths_MatchReference(NonLinearity function)
    {
        foreach ((int width, int offset) in Draw.Lengths)
        {
            bool withBias = width % 2 == 0;
            Draw draw = new(width);
            float[] x = draw.Floats(Rows * 2 * width, 2),
                bias = draw.Floats(2 * width),
                dY = draw.Floats(Rows * width),
                part = draw.Floats(2 * width);
            float[] biased = withBias ? [.. x.Select((v, i) => v + bias[i % (2 * width)])] : x;
            using Guarded<float> gX = new(x, offset),
                gBias = new(bias, 1),
                y = new(Rows * width, offset),
                gDY = new(dY, 2),
                dX = new(Rows * 2 * width, 3),
                dBias = new(part, 4);
            GatedActivations.Forward(function, gX, withBias ? gBias : null, Rows, width, y);
            Near.Check(
                $"y of {width}",
                y.Span,
                width == 0 ? [] : ActivationReference.GatedForward(function, Draw.Wide(biased), width),
                Tolerance
            );

            GatedActivations.Backward(function, gX, gDY, Rows, width, dX, withBias ? dBias : null);
            double[] expected = ActivationReference.GatedBackward(function, Draw.Wide(biased), width, Draw.Wide(dY));
            // Of slopes times two normal numbers, one of twice the spread.
            Near.Check($"dX of {width}", dX.Span, expected, SlopeTolerance(function), scale: 10);
            Near.Check(
                $"dBias of {width}",
                dBias.Span,
                withBias ? Columns(part, expected) : Draw.Wide(part),
                SlopeTolerance(function),
                scale: 20
            );
            GatedActivations.Backward(function, gX, gDY, Rows, width, gX, null);
            Near.SameBits("dX in place", gX.Span, dX.Span);
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Activations_OverAWideRange_MatchReference(NonLinearity function)
    {
        float[] x =
        [
            .. Enumerable.Range(0, 40_001).Select(i => (i - 20_000) / 1000f),
            -1e3f,
            1e3f,
            -1e6f,
            1e6f,
            -1e15f,
            1e15f,
            1e-20f,
            -1e-40f,
            0f,
        ];
        using Guarded<float> gX = new(x),
            y = new(x.Length),
            dY = new([.. Enumerable.Repeat(1f, x.Length)]),
            dX = new(x.Length);
        Activations.Forward(function, gX, null, 1, x.Length, y);
        Activations.Backward(function, gX, dY, 1, x.Length, dX, null);
        Near.Check("y", y.Span, ActivationReference.Forward(function, Draw.Wide(x)), Tolerance);
        Near.Check("dX", dX.Span, [.. x.Select(v => ActivationReference.Slope(function, v))], SlopeTolerance(function));
    }

    [Fact]
    public void Gelu_NegativeTail_KeepsItsDigits()
    {
        // Down to x = −10 the value is 1e−22·x. Relative error: x²/2 ≤ 50 rounded to 2·6e−8 of itself, so 6e−6, and little else.
        float[] x = [.. Enumerable.Range(1, 10_000).Select(i => -i / 1000f)];
        using Guarded<float> gX = new(x),
            y = new(x.Length);
        Activations.Forward(NonLinearity.Gelu, gX, null, 1, x.Length, y);
        Near.Check("y", y.Span, [.. x.Select(v => ActivationReference.Value(NonLinearity.Gelu, v))], 7e-6, scale: 0);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Activations_NaN_StaysInItsPlace(NonLinearity function)
    {
        float[] x = [1, float.NaN, float.PositiveInfinity, 2];
        using Guarded<float> gX = new(x),
            y = new(4);
        Activations.Forward(function, gX, null, 1, 4, y);
        Assert.True(
            y.Span[0] > 0.7f && float.IsNaN(y.Span[1]) && float.IsPositiveInfinity(y.Span[2]) && y.Span[3] > 1.7f,
            string.Join(' ', y.Span.ToArray())
        );
    }

    private static double[] Columns(float[] part, double[] x) =>
        [.. part.Select((p, c) => p + Enumerable.Range(0, Rows).Sum(r => x[(r * part.Length) + c]))];
}
