namespace MoeScale.Training.Tests.Reference;

/// <summary>y[r] = table[token[r]] + positions[r mod sequence], the latter (sequence, width) or null.</summary>
internal static class EmbeddingReference
{
    public static double[] Forward(int[] tokens, double[] table, double[]? positions, int sequence, int width)
    {
        double[] y = new double[tokens.Length * width];
        for (int i = 0; i < y.Length; i++)
        {
            int r = i / width,
                c = i % width;
            y[i] = table[(tokens[r] * width) + c] + (positions is null ? 0 : positions[(r % sequence * width) + c]);
        }
        return y;
    }

    /// <summary>What each row of a table receives: for the tokens rows[r] = token[r], for the positions rows[r] = r mod sequence.</summary>
    public static double[] Backward(int[] rows, double[] dY, int tableRows, int width)
    {
        double[] dTable = new double[tableRows * width];
        for (int i = 0; i < dY.Length; i++)
        {
            dTable[(rows[i / width] * width) + (i % width)] += dY[i];
        }
        return dTable;
    }
}
