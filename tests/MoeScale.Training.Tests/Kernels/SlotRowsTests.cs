using MoeScale.Training.Kernels.Experts;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class SlotRowsTests
{
    // Rows without a choice, with choices that found no slot, and with up to three that did.
    private static readonly int[] Starts = [0, 2, 2, 3, 7],
        Slots = [4, 0, -1, 2, -1, 1, 3];
    private const int Rows = 4,
        SlotCount = 5;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Gather_AllWidths_MatchesPlainSums(bool withWeights, bool add)
    {
        foreach ((int width, int offset) in Draw.Lengths)
        {
            Draw draw = new(width);
            float[] x = draw.Floats(SlotCount * width),
                weights = draw.Floats(Slots.Length),
                before = draw.Floats(Rows * width);
            using Guarded<float> gX = new(x, offset),
                gWeights = new(weights, 1),
                y = add ? new(before, 2) : new(Rows * width, 2);
            using Guarded<int> starts = new(Starts),
                slots = new(Slots);
            SlotRows.Gather(gX, starts, slots, withWeights ? gWeights.Pointer : null, Rows, width, add, y);
            double[] expected = new double[Rows * width];
            for (int i = 0; i < expected.Length; i++)
            {
                (int r, int c) = (i / width, i % width);
                expected[i] = add ? before[i] : 0;
                for (int choice = Starts[r]; choice < Starts[r + 1]; choice++)
                {
                    expected[i] += Slots[choice] < 0 ? 0 : (withWeights ? weights[choice] : 1.0) * x[(Slots[choice] * width) + c];
                }
            }
            // At most four roundings of sums of a few units.
            Near.Check($"width {width}", y.Span, expected, 5e-7, scale: 3);
        }
    }

    [Fact]
    public void Weigh_AllWidths_MatchesPlainArithmetic()
    {
        foreach ((int width, int offset) in Draw.Lengths)
        {
            Draw draw = new(width);
            float[] hidden = draw.Floats(SlotCount * width),
                dHidden = draw.Floats(SlotCount * width),
                weights = draw.Floats(SlotCount);
            using Guarded<float> gHidden = new(hidden, offset),
                gDHidden = new(dHidden, 1),
                gWeights = new(weights, 2),
                dWeights = new(SlotCount, 3);
            SlotRows.Weigh(gHidden, gDHidden, gWeights, SlotCount, width, dWeights);
            Near.SameBits("hidden", gHidden.Span, [.. hidden.Select((h, i) => weights[i / width] * h)]);
            Near.SameBits("dHidden", gDHidden.Span, [.. dHidden.Select((d, i) => weights[i / width] * d)]);
            // Sums of up to 67 products of normal numbers: roundings of partial sums of some 8.
            Near.Check($"dWeights of {width}", dWeights.Span, Dots(hidden, dHidden, width), 1e-6, scale: 8);
        }
    }

    [Fact]
    public void BiasTerms_AllWidths_MatchPlainSums()
    {
        int[] tokens = [3, 0, 0, 2, 3];
        foreach ((int width, int offset) in Draw.Lengths)
        {
            Draw draw = new(width);
            float[] dY = draw.Floats(Rows * width),
                bias = draw.Floats(width),
                weights = draw.Floats(SlotCount),
                terms = draw.Floats(SlotCount),
                part = draw.Floats(width);
            using Guarded<float> gDY = new(dY, offset),
                gBias = new(bias, 1),
                gWeights = new(weights, 2),
                dWeights = new(terms, 3),
                dBias = new(part, 4);
            using Guarded<int> gTokens = new(tokens);
            SlotRows.AddBiasTerms(gDY, gTokens, gBias, SlotCount, width, dWeights);
            double Of(int s, int c) => dY[(tokens[s] * width) + c];
            Near.Check(
                $"dWeights of {width}",
                dWeights.Span,
                [.. terms.Select((t, s) => t + Enumerable.Range(0, width).Sum(c => Of(s, c) * bias[c]))],
                1e-6,
                scale: 8
            );
            SlotRows.AddWeighted(gDY, gTokens, gWeights, SlotCount, width, dBias);
            Near.Check(
                $"dBias of {width}",
                dBias.Span,
                [.. part.Select((p, c) => p + Enumerable.Range(0, SlotCount).Sum(s => Of(s, c) * weights[s]))],
                1e-6,
                scale: 3
            );
        }
    }

    private static double[] Dots(float[] x, float[] y, int width) =>
        [.. Enumerable.Range(0, SlotCount).Select(s => Enumerable.Range(s * width, width).Sum(i => (double)x[i] * y[i]))];
}
