namespace MoeScale.Training.Tests.Reference;

/// <summary>y = x/√(mean x² + ε)·gain over each row of width gain.Length.</summary>
internal static class RmsNormReference
{
    public static double[] Forward(double[] x, double[] gain, double epsilon)
    {
        int width = gain.Length;
        double[] y = new double[x.Length];
        for (int row = 0; row < x.Length; row += width)
        {
            double rstd = Rstd(x, row, width, epsilon);
            for (int c = 0; c < width; c++)
            {
                y[row + c] = x[row + c] * rstd * gain[c];
            }
        }
        return y;
    }

    public static (double[] DX, double[] DGain) Backward(double[] x, double[] gain, double epsilon, double[] dY)
    {
        int width = gain.Length;
        double[] dX = new double[x.Length],
            dGain = new double[width];
        for (int row = 0; row < x.Length; row += width)
        {
            double rstd = Rstd(x, row, width, epsilon),
                product = 0;
            for (int c = 0; c < width; c++)
            {
                double xhat = x[row + c] * rstd;
                dGain[c] += dY[row + c] * xhat;
                product += dY[row + c] * gain[c] * xhat;
            }
            for (int c = 0; c < width; c++)
            {
                dX[row + c] = rstd * ((dY[row + c] * gain[c]) - (x[row + c] * rstd * product / width));
            }
        }
        return (dX, dGain);
    }

    private static double Rstd(double[] x, int row, int width, double epsilon)
    {
        double mean = 0;
        for (int c = 0; c < width; c++)
        {
            mean += x[row + c] * x[row + c] / width;
        }
        return 1 / Math.Sqrt(mean + epsilon);
    }
}
