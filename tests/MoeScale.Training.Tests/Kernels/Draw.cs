namespace MoeScale.Training.Tests.Kernels;

/// <summary>Seeded numbers, and their passage to double for the references.</summary>
internal sealed class Draw(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Normal numbers of some spread.</summary>
    public float[] Floats(int count, double spread = 1)
    {
        float[] x = new float[count];
        for (int i = 0; i < count; i++)
        {
            x[i] = (float)(spread * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));
        }
        return x;
    }

    public double[] Doubles(int count, double spread = 1) => Wide(Floats(count, spread));

    public int[] Integers(int count, int end) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(end))];

    public static double[] Wide(ReadOnlySpan<float> x)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = x[i];
        }
        return y;
    }

    /// <summary>Σ w·y: a loss whose gradient by y is w.</summary>
    public static double Weighted(double[] w, double[] y) => w.Zip(y, (a, b) => a * b).Sum();

    /// <summary>All lengths from nothing to four vectors of 16 and three, each at another offset from a 64-byte border.</summary>
    public static IEnumerable<(int Length, int Offset)> Lengths => Enumerable.Range(0, (4 * 16) + 4).Select(n => (n, n % 5));
}
