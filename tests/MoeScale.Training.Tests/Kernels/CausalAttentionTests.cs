using MoeScale.Training.Kernels.Attention;
using MoeScale.Training.Tests.Reference;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class CausalAttentionTests
{
    // Scores are inner products of up to 128 terms, errors of 1e−6 or so; they become relative errors of probabilities,
    // whose weighted means of values of a few units are compared. Gradients of keys and values sum over up to 150 rows.
    private const double Tolerance = 4e-6;

    public static TheoryData<int, int, int, int> Shapes
    {
        get
        {
            TheoryData<int, int, int, int> shapes = new()
            {
                { 64, 2, 2, 64 },
                { 256, 1, 1, 64 },
                { 65, 4, 2, 32 },
                { 130, 3, 1, 16 },
                { 150, 2, 1, 128 },
                { 71, 6, 2, 80 },
            };
            // Every length around the borders of tiles and blocks, and every head width around those of vectors.
            foreach (int sequence in (int[])[1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 66, 127, 129])
            {
                shapes.Add(sequence, 2, 1, 24);
            }
            for (int width = 1; width <= 35; width++)
            {
                shapes.Add(21, 1, 1, width);
            }
            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ForwardAndBackward_ManyShapes_MatchReference(int sequence, int heads, int kvHeads, int headWidth)
    {
        AttentionShape s = new(sequence, heads, kvHeads, headWidth);
        Draw draw = new((sequence * 1000) + headWidth);
        float[] x = draw.Floats(sequence * s.InputWidth),
            dOut = draw.Floats(sequence * s.OutputWidth);
        using Attended a = new(s, x, dOut);
        double[] expected = AttentionReference.Forward(s, Draw.Wide(x));
        Near.Check("output", a.Output.Span, expected, Tolerance);
        Near.Check("logSums", a.LogSums.Span, AttentionReference.LogSums(s, Draw.Wide(x)), Tolerance);
        Near.Check("dInput", a.DInput.Span, AttentionReference.Backward(s, Draw.Wide(x), Draw.Wide(dOut)), Tolerance);
    }

    [Fact]
    public void Forward_LaterRowChanged_LeavesEarlierRowsTheSameBits()
    {
        AttentionShape s = new(100, 2, 1, 24);
        float[] x = new Draw(1).Floats(100 * s.InputWidth),
            dOut = new float[100 * s.OutputWidth];
        using Attended before = new(s, x, dOut);
        foreach (int changed in (int[])[1, 40, 63, 64, 99])
        {
            foreach (float value in (float[])[5, float.NaN, float.PositiveInfinity])
            {
                float[] y = [.. x];
                y.AsSpan(changed * s.InputWidth, s.InputWidth).Fill(value);
                using Attended after = new(s, y, dOut);
                // Rows of a tile that do not see a value multiply it by zero, and zero times NaN is one.
                int same = (float.IsFinite(value) ? changed : changed / Tile.Rows * Tile.Rows) * s.OutputWidth;
                Near.SameBits($"row {changed} = {value}", after.Output.Span[..same], before.Output.Span[..same]);
                Assert.NotEqual(before.Output.Span[changed * s.OutputWidth], after.Output.Span[changed * s.OutputWidth]);
            }
        }
    }

    [Fact]
    public void Backward_LossOfOneRow_ReachesNoLaterRow()
    {
        AttentionShape s = new(100, 1, 1, 16);
        foreach (int row in (int[])[0, 41, 63, 64])
        {
            float[] dOut = new float[100 * s.OutputWidth];
            new Draw(2).Floats(16).CopyTo(dOut.AsSpan(row * 16));
            using Attended a = new(s, new Draw(1).Floats(100 * s.InputWidth), dOut);
            Assert.False(a.DInput.Span[((row + 1) * s.InputWidth)..].ContainsAnyExcept(0));
            Assert.True(a.DInput.Span[(row * s.InputWidth)..].ContainsAnyExcept(0));
        }
    }

    [Fact]
    public void ForwardAndBackward_LargeScores_StayFinite()
    {
        // Scores of thousands: without the maximum taken off every exponential would overflow.
        AttentionShape s = new(70, 1, 1, 32);
        float[] x = new Draw(1).Floats(70 * s.InputWidth, 30),
            dOut = new Draw(2).Floats(70 * s.OutputWidth);
        using Attended a = new(s, x, dOut);
        Assert.False(a.Output.Span.ContainsAnyExceptInRange(-1e3f, 1e3f));
        Assert.False(a.DInput.Span.ContainsAnyExceptInRange(-1e6f, 1e6f));
    }

    [Fact]
    public void ForwardAndBackward_AnyAlignment_GiveTheSameBits()
    {
        AttentionShape s = new(77, 2, 2, 20);
        float[] x = new Draw(1).Floats(77 * s.InputWidth),
            dOut = new Draw(2).Floats(77 * s.OutputWidth);
        using Attended a = new(s, x, dOut),
            b = new(s, x, dOut, offset: 3);
        Near.SameBits("output", b.Output.Span, a.Output.Span);
        Near.SameBits("dInput", b.DInput.Span, a.DInput.Span);
    }

    /// <summary>Both passes over all heads of one sequence, with scratch memory that is poisoned before each call.</summary>
    private sealed class Attended : IDisposable
    {
        private readonly Guarded<float> _input;
        private readonly Guarded<float> _dOutput;

        public Attended(AttentionShape s, float[] x, float[] dOut, int offset = 0)
        {
            _input = new(x, offset);
            _dOutput = new(dOut, offset);
            Output = new(s.Sequence * s.OutputWidth, offset);
            LogSums = new(s.Heads * s.Sequence, offset);
            DInput = new(s.Sequence * s.InputWidth, offset);
            for (int kvHead = 0; kvHead < s.KvHeads; kvHead++)
            {
                using Guarded<float> scratch = new((int)s.ScratchFloats);
                CausalAttention.Forward(s, _input, kvHead, scratch, Output, LogSums);
            }
            for (int kvHead = 0; kvHead < s.KvHeads; kvHead++)
            {
                using Guarded<float> scratch = new((int)s.ScratchFloats);
                CausalAttention.Backward(s, _input, Output, _dOutput, kvHead, LogSums, scratch, DInput);
            }
        }

        public Guarded<float> Output { get; }

        public Guarded<float> LogSums { get; }

        public Guarded<float> DInput { get; }

        public void Dispose()
        {
            _input.Dispose();
            _dOutput.Dispose();
            Output.Dispose();
            LogSums.Dispose();
            DInput.Dispose();
        }
    }
}
