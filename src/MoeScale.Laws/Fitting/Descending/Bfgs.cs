namespace MoeScale.Laws.Fitting.Descending;

/// <summary>The update of Broyden, Fletcher, Goldfarb and Shanno: what one step tells about the second derivatives.</summary>
internal static class Bfgs
{
    // Powell's: a step that saw less than a tenth of the foretold curvature is mixed with it.
    private const double MinCurvature = 0.1;

    /// <summary>
    /// B ← B − Bs(Bs)ᵀ/sᵀBs + yyᵀ/yᵀs, with y moved towards Bs where sᵀy is too small (Powell's damping), which keeps B positive definite.
    /// </summary>
    /// <param name="matrix">B, size × size; left alone where sᵀBs is not above zero.</param>
    /// <param name="size">Coordinates.</param>
    /// <param name="step">s.</param>
    /// <param name="change">y, the change of the gradient.</param>
    /// <param name="scratch">Overwritten.</param>
    public static void Update(Span<double> matrix, int size, ReadOnlySpan<double> step, ReadOnlySpan<double> change, Span<double> scratch)
    {
        double sy = 0,
            sBs = 0;
        for (int i = 0; i < size; i++)
        {
            double sum = 0;
            for (int j = 0; j < size; j++)
            {
                sum += matrix[(i * size) + j] * step[j];
            }
            scratch[i] = sum;
            sBs += sum * step[i];
            sy += change[i] * step[i];
        }
        if (!(sBs > 0))
        {
            return;
        }
        double keep = sy >= MinCurvature * sBs ? 1 : (1 - MinCurvature) * sBs / (sBs - sy);
        double denominator = (keep * sy) + ((1 - keep) * sBs);
        for (int i = 0; i < size; i++)
        {
            double yi = (keep * change[i]) + ((1 - keep) * scratch[i]);
            for (int j = 0; j < size; j++)
            {
                double yj = (keep * change[j]) + ((1 - keep) * scratch[j]);
                matrix[(i * size) + j] += (yi * yj / denominator) - (scratch[i] * scratch[j] / sBs);
            }
        }
    }
}
