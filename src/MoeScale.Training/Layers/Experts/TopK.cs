namespace MoeScale.Training.Layers.Experts;

/// <summary>The few largest of many.</summary>
internal static unsafe class TopK
{
    /// <summary>
    /// The <paramref name="count"/> largest of x + bias, the largest first; of equal ones the earlier. A NaN counts as −∞.
    /// </summary>
    /// <param name="x">(length)</param>
    /// <param name="bias">(length) or null.</param>
    /// <param name="length">Not below count.</param>
    /// <param name="indices">(count), written.</param>
    /// <param name="values">(count), written.</param>
    public static void Of(float* x, float* bias, int length, int count, int* indices, float* values)
    {
        int found = 0;
        for (int i = 0; i < length; i++)
        {
            float value = bias is null ? x[i] : x[i] + bias[i];
            if (found == count && !(value > values[count - 1]))
            {
                continue;
            }
            value = float.IsNaN(value) ? float.NegativeInfinity : value;
            int at = found < count ? found++ : count - 1;
            for (; at > 0 && value > values[at - 1]; at--)
            {
                values[at] = values[at - 1];
                indices[at] = indices[at - 1];
            }
            values[at] = value;
            indices[at] = i;
        }
    }
}
