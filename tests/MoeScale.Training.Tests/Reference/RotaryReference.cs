namespace MoeScale.Training.Tests.Reference;

/// <summary>Rotary positions in rows of some heads that turn and other columns that do not; row r stands at r mod sequence.</summary>
internal static class RotaryReference
{
    /// <summary>Direction 1 is forward, −1 backward: the transpose of a rotation.</summary>
    public static double[] Turn(double[] x, int stride, int heads, int headWidth, int sequence, double theta, int direction)
    {
        double[] y = [.. x];
        int half = headWidth / 2;
        for (int r = 0; r < x.Length / stride; r++)
        {
            for (int h = 0; h < heads; h++)
            {
                for (int i = 0; i < half; i++)
                {
                    double angle = direction * (r % sequence) * Math.Pow(theta, -2.0 * i / headWidth);
                    int a = (r * stride) + (h * headWidth) + i,
                        b = a + half;
                    y[a] = (x[a] * Math.Cos(angle)) - (x[b] * Math.Sin(angle));
                    y[b] = (x[b] * Math.Cos(angle)) + (x[a] * Math.Sin(angle));
                }
            }
        }
        return y;
    }
}
