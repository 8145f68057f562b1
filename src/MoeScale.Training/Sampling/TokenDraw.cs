using MoeScale.Basics;

namespace MoeScale.Training.Sampling;

/// <summary>Draws one token from logits. The memory is used again for the next.</summary>
internal sealed class TokenDraw
{
    private readonly SamplingSettings _settings;
    private readonly (double Below, int Id)[] _ordered;
    private readonly double[] _weights;

    /// <param name="settings">Checked.</param>
    /// <param name="vocabulary">How many ids there are.</param>
    public TokenDraw(SamplingSettings settings, int vocabulary)
    {
        _settings = settings;
        _ordered = new (double, int)[vocabulary];
        _weights = new double[vocabulary];
    }

    /// <summary>
    /// A token; of equal logits the lower id counts as the larger one, so that the choice is never left to the order of a sort.
    /// </summary>
    /// <param name="logits">(vocabulary)</param>
    /// <param name="unit">In [0, 1): where in the cumulated probabilities the token lies, the likeliest first.</param>
    /// <exception cref="UserException">The logits are no numbers.</exception>
    public int Next(ReadOnlySpan<float> logits, double unit)
    {
        int best = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            if (!float.IsFinite(logits[i]))
            {
                throw new UserException(
                    "The model's answer is no number: its weights are damaged, or its training went astray. "
                        + "Train it again at a lower learning rate."
                );
            }
            best = logits[i] > logits[best] ? i : best;
        }
        if (_settings.Temperature == 0 || _settings.TopK == 1)
        {
            return best;
        }
        Span<(double Below, int Id)> ordered = _ordered.AsSpan(0, logits.Length);
        for (int i = 0; i < logits.Length; i++)
        {
            // Below the largest: whatever the temperature, the largest term is e^0.
            ordered[i] = ((logits[best] - (double)logits[i]) / _settings.Temperature, i);
        }
        ordered.Sort();
        return ordered[Place(ordered, unit)].Id;
    }

    private int Place(ReadOnlySpan<(double Below, int Id)> ordered, double unit)
    {
        int count = _settings.TopK == 0 ? ordered.Length : Math.Min(_settings.TopK, ordered.Length);
        double all = 0;
        for (int i = 0; i < count; i++)
        {
            _weights[i] = Math.Exp(-ordered[i].Below);
            all += _weights[i];
        }
        if (_settings.TopP < 1)
        {
            double wanted = _settings.TopP * all;
            double sum = 0;
            int kept = 0;
            while (kept < count && sum < wanted)
            {
                sum += _weights[kept++];
            }
            (count, all) = (kept, sum);
        }
        double left = unit * all;
        for (int i = 0; i < count; i++)
        {
            left -= _weights[i];
            if (left < 0)
            {
                return i;
            }
        }
        // Rounding can leave a last bit of the sum over.
        return count - 1;
    }
}
