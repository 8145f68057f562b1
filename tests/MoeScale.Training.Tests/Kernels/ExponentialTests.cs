using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class ExponentialTests
{
    [Fact]
    public void Forward_OverItsRange_IsWithinOneTenMillionth()
    {
        // The bound that its documentation gives: one rounding of the polynomial's last sum, half a unit or 6e−8, and what its terms add.
        float[] x =
        [
            .. Enumerable.Range(0, 400_000).Select(i => -87.3f + (176f * i / 400_000)),
            .. Enumerable.Range(0, 100_000).Select(i => (i / 50_000f) - 1),
        ];
        using Guarded<float> a = new(x),
            y = new(x.Length);
        Exponential.Forward(a, x.Length, y);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = Math.Exp(x[i]);
            Assert.True(Math.Abs((y.Span[i] / expected) - 1) < 1e-7, $"exp({x[i]:R}) = {y.Span[i]:R}, expected {expected:R}");
        }
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(1e-30f, 1f)]
    [InlineData(88.7228f, 3.40279853e38f)]
    [InlineData(88.73f, float.PositiveInfinity)]
    [InlineData(1e30f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(-87.33f, 1.1832e-38f)]
    [InlineData(-87.34f, 0f)]
    [InlineData(-103f, 0f)]
    [InlineData(-1e4f, 0f)]
    [InlineData(-1e30f, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, float.NaN)]
    public void Forward_OfEdges_IsWhatItShouldBe(float x, float expected)
    {
        // In any place of a vector, and without touching its neighbours.
        for (int place = 0; place < 20; place++)
        {
            float[] all = [.. Enumerable.Repeat(1.5f, 20)];
            all[place] = x;
            using Guarded<float> a = new(all),
                y = new(20);
            Exponential.Forward(a, 20, y);
            float actual = y.Span[place];
            Assert.True(actual.Equals(expected) || Math.Abs((actual / expected) - 1) < 1e-4, $"exp({x:R}) = {actual:R}");
            Assert.Equal(4.481689f, y.Span[(place + 1) % 20], 1e-6f);
        }
    }

    [Fact]
    public void Forward_AnyValue_IsNeverDenormal()
    {
        float[] x = [.. Enumerable.Range(0, 200_000).Select(i => -87f - (17f * i / 200_000))];
        using Guarded<float> a = new(x);
        Exponential.Forward(a, x.Length, a);
        Assert.DoesNotContain(a.Span.ToArray(), float.IsSubnormal);
    }

    [Fact]
    public void Forward_AllLengths_WritesThemAndNoMore()
    {
        foreach ((int n, int offset) in Draw.Lengths)
        {
            float[] x = new Draw(n).Floats(n);
            using Guarded<float> a = new(x, offset),
                y = new(n, offset + 1);
            Exponential.Forward(a, n, y);
            Near.Check($"length {n}", y.Span, [.. x.Select(v => Math.Exp(v))], 1e-7, 0);
        }
    }
}
