namespace MoeScale.Training.Tests.Reference;

/// <summary>y = (x − mean)·rstd·gain + bias over each row of width gain.Length.</summary>
internal static class LayerNormReference
{
    public static double[] Forward(double[] x, double[] gain, double[]? bias, double epsilon)
    {
        int width = gain.Length;
        double[] y = new double[x.Length];
        for (int row = 0; row < x.Length; row += width)
        {
            (double mean, double rstd) = Statistics(x, row, width, epsilon);
            for (int c = 0; c < width; c++)
            {
                y[row + c] = ((x[row + c] - mean) * rstd * gain[c]) + (bias is null ? 0 : bias[c]);
            }
        }
        return y;
    }

    public static (double[] DX, double[] DGain, double[] DBias) Backward(double[] x, double[] gain, double epsilon, double[] dY)
    {
        int width = gain.Length;
        double[] dX = new double[x.Length],
            dGain = new double[width],
            dBias = new double[width];
        for (int row = 0; row < x.Length; row += width)
        {
            (double mean, double rstd) = Statistics(x, row, width, epsilon);
            double sum = 0,
                product = 0;
            for (int c = 0; c < width; c++)
            {
                double xhat = (x[row + c] - mean) * rstd,
                    dXhat = dY[row + c] * gain[c];
                dGain[c] += dY[row + c] * xhat;
                dBias[c] += dY[row + c];
                sum += dXhat;
                product += dXhat * xhat;
            }
            for (int c = 0; c < width; c++)
            {
                double xhat = (x[row + c] - mean) * rstd,
                    dXhat = dY[row + c] * gain[c];
                dX[row + c] = rstd * (dXhat - (sum / width) - (xhat * product / width));
            }
        }
        return (dX, dGain, dBias);
    }

    private static (double Mean, double Rstd) Statistics(double[] x, int row, int width, double epsilon)
    {
        double mean = 0,
            variance = 0;
        for (int c = 0; c < width; c++)
        {
            mean += x[row + c] / width;
        }
        for (int c = 0; c < width; c++)
        {
            variance += (x[row + c] - mean) * (x[row + c] - mean) / width;
        }
        return (mean, 1 / Math.Sqrt(variance + epsilon));
    }
}
