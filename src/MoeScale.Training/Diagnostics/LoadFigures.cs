namespace MoeScale.Training.Diagnostics;

/// <summary>What the choices that fell on each expert of a layer come to.</summary>
public static class LoadFigures
{
    /// <summary>max n_e / mean n_e: 1 at balance, at most the number of experts over those of a token; NaN without any choice.</summary>
    public static double MaxOverMean(ReadOnlySpan<long> load)
    {
        (long most, long sum) = (0, 0);
        foreach (long count in load)
        {
            most = Math.Max(most, count);
            sum += count;
        }
        return (double)most * load.Length / sum;
    }

    /// <summary>−Σ f·ln f of the shares f = n_e/Σn: ln(experts) at balance, 0 where one expert takes all. Nats.</summary>
    public static double Entropy(ReadOnlySpan<long> load)
    {
        double sum = 0;
        foreach (long count in load)
        {
            sum += count;
        }
        double entropy = 0;
        foreach (long count in load)
        {
            entropy -= count == 0 ? 0 : count / sum * Math.Log(count / sum);
        }
        return sum == 0 ? double.NaN : entropy;
    }

    /// <summary>Experts that no choice fell on.</summary>
    public static int Dead(ReadOnlySpan<long> load) => load.Count(0);
}
