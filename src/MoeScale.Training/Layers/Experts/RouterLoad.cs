using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers.Experts;

/// <summary>What a router did in one step of training, over its micro-batches. It stays until the next step begins.</summary>
public sealed unsafe class RouterLoad
{
    private const int RowsAtOnce = 1024;

    private readonly long[] _routed;
    private long _tokens;
    private long _dropped;
    private long _unserved;
    private double _balance;
    private double _zLoss;
    private double _squaredLogits;
    private double _entropy;
    private bool _isOver;

    internal RouterLoad(int block, int experts)
    {
        Block = block;
        _routed = new long[experts];
    }

    /// <summary>The block that it stands in, from 0.</summary>
    public int Block { get; }

    /// <summary>Choices that fell on each expert, with those that found it full.</summary>
    public ReadOnlySpan<long> Routed => _routed;

    /// <summary>Tokens that it saw.</summary>
    public long Tokens => _tokens;

    /// <summary>Choices of all experts.</summary>
    public long Choices
    {
        get
        {
            long sum = 0;
            foreach (long count in _routed)
            {
                sum += count;
            }
            return sum;
        }
    }

    /// <summary>Share of choices that found their expert full.</summary>
    public double DroppedShare => (double)_dropped / Choices;

    /// <summary>Share of tokens that no expert processed: all their choices found it full, or no expert chose them.</summary>
    public double UnservedShare => (double)_unserved / _tokens;

    /// <summary>Experts · Σ f·P, mean over micro-batches: 1 at perfect balance, at most the number of experts.</summary>
    public double BalanceLoss => _balance / _tokens;

    /// <summary>Mean of ln²(Σ e^logit).</summary>
    public double ZLoss => _zLoss / _tokens;

    /// <summary>√ of the mean over tokens of the squared length of their logits.</summary>
    public double LogitNorm => Math.Sqrt(_squaredLogits / _tokens);

    /// <summary>
    /// Mean over tokens of −Σ p·ln p, p the softmax of a token's logits: ln(experts) where it cannot tell experts apart, 0 where it is
    /// certain. Nats.
    /// </summary>
    public double TokenEntropy => _entropy / _tokens;

    /// <summary>Adds a micro-batch. A micro-batch counts as much as it has tokens.</summary>
    internal void Add(
        int rows,
        ReadOnlySpan<int> routed,
        Dispatch dispatch,
        ReadOnlySpan<float> shareSums,
        ReadOnlySpan<float> logSums,
        ReadOnlySpan<float> entropies,
        float* logits
    )
    {
        if (_isOver)
        {
            Clear();
        }
        double choices = 0;
        double balance = 0;
        for (int e = 0; e < routed.Length; e++)
        {
            _routed[e] += routed[e];
            choices += routed[e];
            balance += routed[e] * (double)shareSums[e];
        }
        _tokens += rows;
        _dropped += (long)choices - dispatch.Slots;
        _balance += routed.Length * balance / choices;
        for (int row = 0; row < rows; row++)
        {
            _zLoss += (double)logSums[row] * logSums[row];
            _entropy += entropies[row];
            bool isServed = false;
            for (int i = dispatch.ChoiceStarts[row]; i < dispatch.ChoiceStarts[row + 1]; i++)
            {
                isServed |= dispatch.ChoiceSlots[i] >= 0;
            }
            _unserved += isServed ? 0 : 1;
        }
        for (int row = 0; row < rows; row += RowsAtOnce)
        {
            _squaredLogits += Sums.OfSquares(logits + ((nint)row * routed.Length), Math.Min(RowsAtOnce, rows - row) * routed.Length);
        }
    }

    /// <summary>bias[e] += rate·sign(mean load − load of e), once a step.</summary>
    internal void Balance(Span<float> bias, float rate)
    {
        if (_isOver)
        {
            return;
        }
        long choices = Choices;
        for (int e = 0; e < bias.Length; e++)
        {
            bias[e] += rate * (choices - (_routed[e] * bias.Length)).CompareTo(0);
        }
    }

    /// <summary>The step is over: the next micro-batch counts anew.</summary>
    internal void End() => _isOver = true;

    private void Clear()
    {
        Array.Clear(_routed);
        _tokens = _dropped = _unserved = 0;
        _balance = _zLoss = _squaredLogits = _entropy = 0;
        _isOver = false;
    }
}
