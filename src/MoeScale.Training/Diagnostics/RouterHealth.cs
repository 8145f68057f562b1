using MoeScale.Models;
using MoeScale.Training.Layers.Experts;

namespace MoeScale.Training.Diagnostics;

/// <summary>Looks at the last <see cref="Window"/> steps of a run for routers that fail. Taking a step allocates nothing.</summary>
/// <remarks>
/// Loads are summed over the window first: in a single step the largest of many small counts is far above the mean by chance alone.
/// </remarks>
public sealed class RouterHealth
{
    /// <summary>Steps that are looked at, as many as the smoothed loss has.</summary>
    public const int Window = 100;

    /// <summary>
    /// Times the mean load: the largest capacity factor in use (GShard), beyond which even that one drops tokens. Where
    /// so few experts are chosen from that twice the mean cannot be or can hardly be, it is halfway from balance to the
    /// most possible.
    /// </summary>
    public const double Overload = 2;

    /// <summary>Times the mean load: an expert that learns from less than a tenth of its tokens is weights paid for and not used.</summary>
    public const double IdleLoad = 0.1;

    /// <summary>
    /// e^entropy of a token's probabilities over the experts. Untrained weights have logits of variance 0.1, and so e^(−0.05) = 0.95.
    /// </summary>
    public const double EvenShare = 0.9;

    private readonly int _experts;
    private readonly double _overload;
    private readonly bool _isBalanced;
    private readonly int[] _blocks;
    private readonly long[][] _loads;
    private readonly double[][] _entropies;
    private long _steps;

    /// <param name="model">With experts.</param>
    /// <param name="blocks">The blocks that have them.</param>
    public RouterHealth(Model model, IReadOnlyList<int> blocks)
    {
        _experts = (int)model.ExpertCount;
        _overload = Math.Min(Overload, (1 + (model.ExpertCount / model.TopK)) / 2);
        // Experts that every token meets have the same number too.
        _isBalanced = model.Routing.Kind.IsBalanced || model.TopK >= model.ExpertCount;
        _blocks = [.. blocks];
        _loads = [.. Enumerable.Range(0, Window).Select(_ => new long[_blocks.Length * _experts])];
        _entropies = [.. Enumerable.Range(0, Window).Select(_ => new double[_blocks.Length])];
    }

    /// <summary>Steps that it looks at now.</summary>
    public int Steps => (int)Math.Min(_steps, Window);

    /// <summary>Whether these are as many as it wants.</summary>
    public bool IsFull => _steps >= Window;

    /// <summary>Takes a step.</summary>
    public void Add(RoutingStep step)
    {
        for (int layer = 0; layer < _blocks.Length; layer++)
        {
            Set(layer, step.Layers[layer].Load, step.Layers[layer].TokenEntropy);
        }
        _steps++;
    }

    /// <summary>Takes the step that routers have just made.</summary>
    public void Add(IReadOnlyList<RouterLoad> routers)
    {
        for (int layer = 0; layer < _blocks.Length; layer++)
        {
            Set(layer, routers[layer].Routed, routers[layer].TokenEntropy);
        }
        _steps++;
    }

    /// <summary>What is wrong: block by block, in the order of <see cref="RouterFault"/>. None before the first step.</summary>
    public IReadOnlyList<RouterFinding> Findings()
    {
        List<RouterFinding> findings = [];
        for (int layer = 0; layer < _blocks.Length && _steps > 0; layer++)
        {
            double[] load = Load(layer);
            if (!_isBalanced)
            {
                Find(
                    findings,
                    layer,
                    RouterFault.Overloaded,
                    [.. Enumerable.Range(0, _experts).Where(e => load[e] >= _overload).OrderByDescending(e => load[e])],
                    load
                );
            }
            double even = Math.Exp(TokenEntropy(layer)) / _experts;
            if (even > EvenShare && _experts > 1)
            {
                findings.Add(new RouterFinding(_blocks[layer], RouterFault.Undecided, [], even, _experts));
            }
            if (!_isBalanced)
            {
                Find(
                    findings,
                    layer,
                    RouterFault.Idle,
                    [.. Enumerable.Range(0, _experts).Where(e => load[e] < IdleLoad).OrderBy(e => load[e])],
                    load
                );
            }
        }
        return findings;
    }

    /// <summary>Choices that fell on each expert in the window.</summary>
    /// <param name="layer">A place among the blocks with experts.</param>
    public long[] Choices(int layer)
    {
        long[] choices = new long[_experts];
        for (int i = 0; i < Steps; i++)
        {
            for (int e = 0; e < _experts; e++)
            {
                choices[e] += _loads[i][(layer * _experts) + e];
            }
        }
        return choices;
    }

    /// <summary><see cref="Choices"/> over their mean.</summary>
    /// <param name="layer">As there.</param>
    public double[] Load(int layer)
    {
        long[] choices = Choices(layer);
        double mean = (double)choices.Sum() / _experts;
        return [.. choices.Select(count => count / mean)];
    }

    /// <summary>Mean entropy of a token's probabilities in the window, nats.</summary>
    /// <param name="layer">As for <see cref="Choices"/>.</param>
    public double TokenEntropy(int layer) => _entropies.Take(Steps).Average(e => e[layer]);

    private void Find(List<RouterFinding> findings, int layer, RouterFault fault, int[] experts, double[] load)
    {
        if (experts.Length > 0)
        {
            findings.Add(new RouterFinding(_blocks[layer], fault, experts, load[experts[0]], _experts));
        }
    }

    private void Set(int layer, ReadOnlySpan<long> load, double entropy)
    {
        int at = (int)(_steps % Window);
        load.CopyTo(_loads[at].AsSpan(layer * _experts, _experts));
        _entropies[at][layer] = entropy;
    }
}
