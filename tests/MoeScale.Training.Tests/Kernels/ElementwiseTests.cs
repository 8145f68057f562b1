using MoeScale.Training.Kernels;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class ElementwiseTests
{
    [Fact]
    public void Elementwise_AllLengths_MatchPlainArithmetic()
    {
        foreach ((int n, int offset) in Draw.Lengths)
        {
            float[] x = new Draw(n).Floats(n), y = new Draw(n + 1).Floats(n);
            using Guarded<float> a = new(x, offset), b = new(y, 1), z = new(n, 2);
            Elementwise.Add(a, b, n, z);
            Near.SameBits("sum", z.Span, [.. x.Zip(y, (u, v) => u + v)]);
            Elementwise.Add(a, b, n, a);
            Near.SameBits("sum in place", a.Span, z.Span);
            Elementwise.Scale(0.3f, n, b);
            Near.SameBits("scaled", b.Span, [.. y.Select(v => 0.3f * v)]);
            Elementwise.Zero(n, b);
            Near.SameBits("zero", b.Span, new float[n]);
        }
    }

    [Fact]
    public void AddBias_AllWidths_MatchesPlainArithmetic()
    {
        foreach ((int width, int offset) in Draw.Lengths)
        {
            float[] x = new Draw(width).Floats(3 * width), bias = new Draw(1).Floats(width);
            using Guarded<float> a = new(x, offset), b = new(bias, 1);
            Elementwise.AddBias(b, 3, width, a);
            Near.SameBits($"width {width}", a.Span, [.. x.Select((v, i) => v + bias[i % width])]);
        }
    }
}
