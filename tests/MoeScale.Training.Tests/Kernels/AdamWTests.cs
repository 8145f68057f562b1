using MoeScale.Training.Kernels;
using MoeScale.Training.Tests.Reference;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class AdamWTests
{
    [Fact]
    public void Update_TenStepsOfAllLengths_MatchesReference()
    {
        foreach ((int n, int offset) in Draw.Lengths)
        {
            Draw draw = new(n);
            float[] start = draw.Floats(n);
            using Guarded<float> weight = new(start, offset),
                first = new(new float[n], 1),
                second = new(new float[n], 2);
            AdamWReference[] references = [.. start.Select(_ => new AdamWReference(1e-2, 0.9, 0.95, 1e-8, 0.1))];
            double[] expected = Draw.Wide(start);
            for (int step = 1; step <= 10; step++)
            {
                float[] gradient = draw.Floats(n);
                using Guarded<float> g = new(gradient, 3);
                AdamW.Update(new AdamWStep(1e-2, 0.9, 0.95, 1e-8, 0.1, step, gradientScale: 0.5), g, n, first, second, weight);
                expected = [.. references.Select((r, i) => r.Step(expected[i], 0.5 * gradient[i]))];
            }
            // Ten roundings of a weight of about 1; a step is 1e−2 and right to some 1e−6 of itself (1 − β is rounded).
            Near.Check("weight", weight.Span, expected, 1e-6);
            Near.Check("first", first.Span, [.. references.Select(r => r.First)], 1e-6);
            Near.Check("second", second.Span, [.. references.Select(r => r.Second)], 1e-6);
        }
    }

    [Fact]
    public void Update_GradientGoneForGood_LeavesZerosAndNoDenormals()
    {
        float[] moments = [1e-30f, -1e-30f, 1e-37f, 0, 1e-38f];
        using Guarded<float> weight = new(new float[5]),
            first = new(moments),
            second = new([.. moments.Select(Math.Abs)]),
            gradient = new(new float[5]);
        for (int step = 1; step < 2000; step++)
        {
            AdamW.Update(new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 0, step, 1), gradient, 5, first, second, weight);
            foreach (float m in (float[])[.. first.Span, .. second.Span])
            {
                Assert.False(float.IsSubnormal(m), $"{m:R} after {step} steps");
            }
        }
        Assert.False(first.Span.ContainsAnyExcept(0));
        Assert.False(second.Span.ContainsAnyExcept(0));
    }

    [Fact]
    public void Update_TinyAndHugeGradients_StayFinite()
    {
        using Guarded<float> weight = new([1, 1, 1, 1]),
            first = new(new float[4]),
            second = new(new float[4]),
            gradient = new([1e-25f, -1e-10f, 1e15f, 0]);
        AdamW.Update(new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 0, 1, 1), gradient, 4, first, second, weight);
        // The first step is rate·g/(|g| + ε).
        Near.Check("weight", weight.Span, [1, 1 + (1e-3 * 1e-10 / (1e-10 + 1e-8)), 1 - 1e-3, 1], 1e-7);
    }

    [Fact]
    public void Update_NotANumber_StaysInItsPlace()
    {
        using Guarded<float> weight = new([1, 1, 1]),
            first = new(new float[3]),
            second = new(new float[3]),
            gradient = new([1, float.NaN, 1]);
        AdamW.Update(new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 0, 1, 1), gradient, 3, first, second, weight);
        Near.Check("weight", weight.Span, [0.999, double.NaN, 0.999], 1e-6);
    }

    [Fact]
    public void Update_AnyCut_GivesTheSameBits()
    {
        float[] w = new Draw(1).Floats(100),
            g = new Draw(2).Floats(100);
        using Guarded<float> gradient = new(g),
            weight = new(w),
            first = new(new float[100]),
            second = new(new float[100]);
        using Guarded<float> weightCut = new(w, 1),
            firstCut = new(new float[100], 2),
            secondCut = new(new float[100], 3);
        for (int step = 1; step < 4; step++)
        {
            AdamWStep s = new(1e-3, 0.9, 0.95, 1e-8, 0.1, step, 1);
            AdamW.Update(s, gradient, 100, first, second, weight);
            for (int i = 0; i < 100; i += 7)
            {
                AdamW.Update(
                    s,
                    gradient.Pointer + i,
                    Math.Min(7, 100 - i),
                    firstCut.Pointer + i,
                    secondCut.Pointer + i,
                    weightCut.Pointer + i
                );
            }
        }
        Near.SameBits("weight", weightCut.Span, weight.Span);
        Near.SameBits("second", secondCut.Span, second.Span);
    }
}
