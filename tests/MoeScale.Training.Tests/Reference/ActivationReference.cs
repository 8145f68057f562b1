using MoeScale.Training.Kernels;

namespace MoeScale.Training.Tests.Reference;

/// <summary>The non-linearities of feed-forward layers, ungated y = f(x) and gated y = f(gate)·up.</summary>
internal static class ActivationReference
{
    public static double[] Forward(NonLinearity function, double[] x) => [.. x.Select(v => Value(function, v))];

    public static double[] Backward(NonLinearity function, double[] x, double[] dY) => [.. x.Zip(dY, (v, d) => d * Slope(function, v))];

    /// <summary>Rows of x are [gate | up], each of the width.</summary>
    public static double[] GatedForward(NonLinearity function, double[] x, int width)
    {
        double[] y = new double[x.Length / 2];
        for (int i = 0; i < y.Length; i++)
        {
            int gate = Gate(i, width);
            y[i] = Value(function, x[gate]) * x[gate + width];
        }
        return y;
    }

    public static double[] GatedBackward(NonLinearity function, double[] x, int width, double[] dY)
    {
        double[] dX = new double[x.Length];
        for (int i = 0; i < dY.Length; i++)
        {
            int gate = Gate(i, width);
            dX[gate] = dY[i] * x[gate + width] * Slope(function, x[gate]);
            dX[gate + width] = dY[i] * Value(function, x[gate]);
        }
        return dX;
    }

    public static double Value(NonLinearity function, double x) =>
        function switch
        {
            NonLinearity.Gelu => x * Phi(x),
            NonLinearity.GeluTanh => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
            NonLinearity.Relu => x < 0 ? 0 : x,
            _ => x / (1 + Math.Exp(-x)),
        };

    public static double Slope(NonLinearity function, double x)
    {
        switch (function)
        {
            case NonLinearity.Gelu:
                return Phi(x) + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
            case NonLinearity.GeluTanh:
                double u = Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)),
                    t = Math.Tanh(u);
                return ((1 + t) / 2) + (x / 2 * (1 - (t * t)) * Math.Sqrt(2 / Math.PI) * (1 + (3 * 0.044715 * x * x)));
            case NonLinearity.Relu:
                return x > 0 ? 1 : 0;
            default:
                double s = 1 / (1 + Math.Exp(-x));
                return s * (1 + (x * (1 - s)));
        }
    }

    /// <summary>
    /// The normal distribution function: near the middle by Φ(x) = 1/2 + φ(x)·(x + x³/3 + x⁵/(3·5) + …), in the tails
    /// by the continued fraction Φ(−x) = φ(x)/(x + 1/(x + 2/(x + 3/(x + …)))), so that small values keep their digits.
    /// </summary>
    public static double Phi(double x)
    {
        double bell = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (Math.Abs(x) < 3)
        {
            double sum = x,
                term = x;
            for (int i = 3; i < 120; i += 2)
            {
                term *= x * x / i;
                sum += term;
            }
            return 0.5 + (bell * sum);
        }
        double fraction = Math.Abs(x);
        for (int i = 100; i > 0; i--)
        {
            fraction = Math.Abs(x) + (i / fraction);
        }
        return x < 0 ? bell / fraction : 1 - (bell / fraction);
    }

    private static int Gate(int i, int width) => (i / width * 2 * width) + (i % width);
}
