namespace MoeScale.Training.Tests.Kernels;

internal static class Near
{
    /// <summary>|actual − expected| ≤ tolerance·(|expected| + scale), or both not a number.</summary>
    public static void Check(string name, ReadOnlySpan<float> actual, double[] expected, double tolerance, double scale = 1)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool near =
                actual[i] == (float)expected[i]
                || (double.IsNaN(expected[i]) && float.IsNaN(actual[i]))
                || Math.Abs(actual[i] - expected[i]) <= tolerance * (Math.Abs(expected[i]) + scale);
            Assert.True(near, $"{name}[{i}] of {expected.Length}: {actual[i]:R}, expected {expected[i]:R}");
        }
    }

    public static void SameBits(string name, ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(actual[i]) == BitConverter.SingleToInt32Bits(expected[i]),
                $"{name}[{i}]: {actual[i]:R}, expected {expected[i]:R}"
            );
        }
    }
}
