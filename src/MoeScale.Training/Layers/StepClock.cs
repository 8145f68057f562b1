using System.Diagnostics;

namespace MoeScale.Training.Layers;

/// <summary>Where the time of a step goes: what passes between two marks belongs to the kernel that the second one names.</summary>
internal sealed class StepClock
{
    private readonly Dictionary<string, long> _ticks = [];
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>Seconds by kernel.</summary>
    public IEnumerable<(string Kernel, double Seconds)> Seconds => _ticks.Select(t => (t.Key, (double)t.Value / Stopwatch.Frequency));

    /// <summary>What passed until now belongs to nobody.</summary>
    public void Begin() => _last = Stopwatch.GetTimestamp();

    /// <summary>What passed since the last mark was spent on a kernel.</summary>
    public void Mark(string kernel)
    {
        long now = Stopwatch.GetTimestamp();
        _ticks[kernel] = _ticks.GetValueOrDefault(kernel) + now - _last;
        _last = now;
    }

    public void Clear() => _ticks.Clear();
}
