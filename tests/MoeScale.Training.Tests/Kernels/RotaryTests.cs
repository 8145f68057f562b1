using MoeScale.Training.Kernels.Attention;
using MoeScale.Training.Tests.Reference;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class RotaryTests
{
    private const int Sequence = 5;
    private const int Rows = 12;

    [Fact]
    public void Turn_AllHeadWidths_MatchesReferenceBothWays()
    {
        for (int half = 1; half <= 67; half++)
        {
            int headWidth = 2 * half,
                heads = 3,
                stride = (heads + 1) * headWidth;
            float[] x = new Draw(half).Floats(Rows * stride);
            using Guarded<float> cosines = new(Sequence * half, 1),
                sines = new(Sequence * half, 2),
                y = new(x, half % 5);
            Rotary.FillTables(10000, Sequence, headWidth, cosines, sines);
            // Rows in two ranges, the second of which begins within a sequence.
            Rotary.Turn(0, 7, stride, heads, headWidth, Sequence, cosines, sines, back: false, y);
            Rotary.Turn(7, Rows - 7, stride, heads, headWidth, Sequence, cosines, sines, back: false, y.Pointer + (7 * stride));
            // Two products and a sum, each rounded once, of tables rounded once.
            Near.Check(
                $"forward, half {half}",
                y.Span,
                RotaryReference.Turn(Draw.Wide(x), stride, heads, headWidth, Sequence, 10000, 1),
                5e-7
            );
            Rotary.Turn(0, Rows, stride, heads, headWidth, Sequence, cosines, sines, back: true, y);
            Near.Check($"there and back, half {half}", y.Span, Draw.Wide(x), 1e-6);
        }
    }

    [Fact]
    public void Turn_QueriesAndKeys_MakesTheirProductDependOnDistanceAlone()
    {
        float[] q = new Draw(1).Floats(16),
            k = new Draw(2).Floats(16);
        using Guarded<float> cosines = new(100 * 8),
            sines = new(100 * 8);
        Rotary.FillTables(10000, 100, 16, cosines, sines);
        float Product(int at, int distance)
        {
            using Guarded<float> a = new(q),
                b = new(k);
            Rotary.Turn(at, 1, 16, 1, 16, 100, cosines, sines, back: false, a);
            Rotary.Turn(at + distance, 1, 16, 1, 16, 100, cosines, sines, back: false, b);
            return Enumerable.Range(0, 16).Sum(i => a.Span[i] * b.Span[i]);
        }
        Assert.Equal(Product(0, 7), Product(90, 7), 1e-5f);
        Assert.NotEqual(Product(0, 7), Product(0, 8), 1e-2f);
    }
}
