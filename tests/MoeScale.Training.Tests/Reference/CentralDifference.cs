namespace MoeScale.Training.Tests.Reference;

/// <summary>Checks a gradient, one coordinate after the other, by (f(x + h) − f(x − h))/2h.</summary>
internal static class CentralDifference
{
    // Two errors: h²/6·f''' of the formula, and 1e−16·|f|/h of rounding. With f, f''' of a few units and h = 1e−5 both are some 1e−11;
    // 1e−8 leaves room for third derivatives of a hundred, and a wrong term of a gradient is many orders above it.
    private const double Step = 1e-5,
        Tolerance = 1e-8;

    public static void Check(string name, Func<double[], double> f, double[] x, double[] gradient)
    {
        Assert.Equal(x.Length, gradient.Length);
        for (int i = 0; i < x.Length; i++)
        {
            double[] moved = [.. x];
            moved[i] = x[i] + Step;
            double above = f(moved);
            moved[i] = x[i] - Step;
            double below = f(moved);
            Check(name, i, (above - below) / (2 * Step), gradient[i], Tolerance);
        }
    }

    /// <summary>The same for a whole model, where the differences are there already.</summary>
    public static void CheckModel(string name, double[] differences, double[] gradient)
    {
        Assert.Equal(differences.Length, gradient.Length);
        for (int i = 0; i < differences.Length; i++)
        {
            // Through several layers f''' may be 10⁴: at h = 3e−6 that is 1.5e−8.
            Check(name, i, differences[i], gradient[i], 10 * Tolerance);
        }
    }

    private static void Check(string name, int i, double difference, double gradient, double tolerance) =>
        Assert.True(
            Math.Abs(difference - gradient) < tolerance * Math.Max(1, Math.Abs(difference)),
            $"{name}[{i}]: gradient {gradient:R}, by difference {difference:R}"
        );
}
