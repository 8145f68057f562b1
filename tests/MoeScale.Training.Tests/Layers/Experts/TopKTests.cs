using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Tests.Kernels;

namespace MoeScale.Training.Tests.Layers.Experts;

public unsafe class TopKTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_AnyLengthAndCount_IsTheStartOfASortedList(bool withBias)
    {
        foreach ((int length, int offset) in Draw.Lengths)
        {
            Draw draw = new(length);
            // Few values, so that many are equal; some that are no numbers.
            float[] x = [.. draw.Integers(length, 9).Select(i => i == 8 ? float.NaN : i)],
                bias = [.. draw.Integers(length, 3).Select(i => 0.5f * i)];
            float[] keys =
            [
                .. x.Select(
                    (v, i) =>
                        float.IsNaN(v) ? float.NegativeInfinity
                        : withBias ? v + bias[i]
                        : v
                ),
            ];
            foreach (int count in Enumerable.Range(0, length + 1).Where(c => c < 6 || c > length - 2))
            {
                using Guarded<float> gX = new(x, offset),
                    gBias = new(bias, 1),
                    values = new(count, 2);
                using Guarded<int> indices = new(count, 3);
                TopK.Of(gX, withBias ? gBias.Pointer : null, length, count, indices, values);
                // A stable sort: of equal ones the earlier comes first.
                int[] expected = [.. Enumerable.Range(0, length).OrderByDescending(i => keys[i]).Take(count)];
                Assert.Equal(expected, indices.Span.ToArray());
                Assert.Equal(expected.Select(i => keys[i]), values.Span.ToArray());
            }
        }
    }
}
