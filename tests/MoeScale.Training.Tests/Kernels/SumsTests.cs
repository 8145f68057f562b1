using MoeScale.Training.Kernels;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class SumsTests
{
    [Fact]
    public void Columns_AllWidths_MatchPlainSums()
    {
        foreach ((int width, int offset) in Draw.Lengths)
        {
            float[] x = new Draw(width).Floats(9 * width),
                part = new Draw(1).Floats(width);
            using Guarded<float> gX = new(x, offset),
                sums = new(part, 1);
            Sums.Columns(gX, 9, width, sums);
            // Nine additions of numbers of a few units.
            Near.Check(
                $"width {width}",
                sums.Span,
                [.. part.Select((p, c) => p + Enumerable.Range(0, 9).Sum(r => (double)x[(r * width) + c]))],
                1e-6
            );
        }
    }

    [Fact]
    public void Parts_AnyCutOfTheColumns_MatchPlainSumsWithTheSameBits()
    {
        foreach ((int width, int offset) in Draw.Lengths.Skip(1))
        {
            float[] x = new Draw(width).Floats(7 * width),
                before = new Draw(1).Floats(width);
            using Guarded<float> gX = new(x, offset),
                total = new(width, 1),
                added = new(before, 2),
                cut = new(width, 3);
            Sums.Parts(gX, 7, width, 0, width, add: false, total);
            Sums.Parts(gX, 7, width, 0, width, add: true, added);
            for (int first = 0, columns = 1; first < width; first += columns, columns = Math.Min(columns + 3, width - first))
            {
                Sums.Parts(gX, 7, width, first, columns, add: false, cut);
            }
            double[] expected = [.. before.Select((_, c) => Enumerable.Range(0, 7).Sum(p => (double)x[(p * width) + c]))];
            Near.Check($"width {width}", total.Span, expected, 1e-6);
            Near.Check($"added to, width {width}", added.Span, [.. expected.Zip(before, (a, b) => a + b)], 1e-6);
            Near.SameBits("cut", cut.Span, total.Span);
        }
    }

    [Fact]
    public void OfSquares_AllLengths_IsRightToTheLastDigitsOfADouble()
    {
        foreach ((int n, int offset) in Draw.Lengths.Concat([(100_000, 1)]))
        {
            float[] x = new Draw(n).Floats(n);
            using Guarded<float> gX = new(x, offset),
                elsewhere = new(x, offset + 1);
            double expected = x.Sum(v => (double)v * v),
                actual = Sums.OfSquares(gX, n);
            Assert.Equal(expected, actual, 1e-14 * (expected + 1) * Math.Sqrt(n + 1));
            Assert.Equal(BitConverter.DoubleToInt64Bits(actual), BitConverter.DoubleToInt64Bits(Sums.OfSquares(elsewhere, n)));
        }
    }

    [Fact]
    public void OfSquares_ExtremeValues_NeitherOverflowsNorVanishes()
    {
        float[] x = [.. Enumerable.Repeat(3e38f, 20)],
            y = [.. Enumerable.Repeat(1e-40f, 20)];
        using Guarded<float> gX = new(x),
            gY = new(y);
        Assert.Equal(1, Sums.OfSquares(gX, 20) / (20 * (double)3e38f * 3e38f), 1e-14);
        Assert.Equal(1, Sums.OfSquares(gY, 20) / (20 * (double)1e-40f * 1e-40f), 1e-14);
        gX.Span[3] = float.NaN;
        Assert.True(double.IsNaN(Sums.OfSquares(gX, 20)));
        gX.Span[3] = float.NegativeInfinity;
        Assert.True(double.IsPositiveInfinity(Sums.OfSquares(gX, 20)));
    }

    [Fact]
    public void GradientOfGain_ChunksInAnyOrder_GivesTheSameBits()
    {
        // Ten chunks of seven rows: each into a part of its own, whichever comes first, and the parts together in their order.
        const int width = 40,
            chunks = 10,
            rows = 7;
        float[] x = new Draw(1).Floats(chunks * rows * width),
            dY = new Draw(2).Floats(chunks * rows * width);
        using Guarded<float> gX = new(x),
            gDY = new(dY),
            gain = new(new Draw(3).Floats(width)),
            mean = new(chunks * rows),
            rstd = new(chunks * rows),
            y = new(x.Length);
        LayerNorm.Forward(gX, null, gain, null, chunks * rows, width, 1e-5f, null, mean, rstd, y);
        float[] Run(IEnumerable<int> order)
        {
            using Guarded<float> parts = new(new float[chunks * width]),
                dX = new(x.Length),
                total = new(width);
            foreach (int c in order)
            {
                int at = c * rows * width;
                LayerNorm.Backward(
                    gX.Pointer + at,
                    gain,
                    gDY.Pointer + at,
                    rows,
                    width,
                    mean.Pointer + (c * rows),
                    rstd.Pointer + (c * rows),
                    false,
                    dX.Pointer + at,
                    parts.Pointer + (c * width),
                    null
                );
            }
            Sums.Parts(parts, chunks, width, 0, width, add: false, total);
            return [.. dX.Span, .. total.Span];
        }
        Near.SameBits("dX and dGain", Run(Enumerable.Range(0, chunks)), Run([3, 9, 1, 0, 2, 8, 7, 4, 6, 5]));
    }
}
