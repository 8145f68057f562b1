using MoeScale.Models;

namespace MoeScale.Planning.Hardware;

/// <summary>Where a plan is trained and served, to turn its FLOPs and bytes into hours and tokens a second.</summary>
/// <param name="Training">The devices that train.</param>
/// <param name="Mfu">Model FLOPs utilisation of training, above 0 and at most 1.</param>
/// <param name="Server">The kind of device that serves.</param>
/// <param name="Servers">How many of them; null for as few as hold weights and cache.</param>
public sealed record Deployment(Cluster Training, double Mfu, Accelerator Server, double? Servers)
{
    /// <summary>A batch in which a Mixture of Experts reads most of its experts at each step.</summary>
    private const double DefaultBatch = 64;

    /// <summary>Hours of single devices that training takes.</summary>
    public double DeviceHours(Configuration c) => Training.DeviceHours(c.TrainFlops, Mfu);

    /// <summary>Days of all devices that training takes.</summary>
    public double Days(Configuration c) => Training.Days(c.TrainFlops, Mfu);

    /// <summary>The devices that serve a configuration, with the cache of all sequences of its budget.</summary>
    public Cluster ServersOf(Configuration c, Budget budget) =>
        new(Servers ?? Math.Ceiling(budget.MemoryHeadroom.Around(c.MemoryBytes) / Server.MemoryBytes), Server);

    /// <summary>One step of generation for one sequence alone, an upper bound of its speed: it reads its own cache and no other.</summary>
    /// <param name="c">The configuration.</param>
    /// <param name="budget">Its budget: number types, and the cached tokens of a sequence.</param>
    public ServingStep Alone(Configuration c, Budget budget) => Step(c, budget, 1);

    /// <summary>
    /// As <see cref="Alone"/>, for sequences that are continued together, each with its own cache: as many as the budget has,
    /// or, where it has one, up to 64 that fit. Null where a second one does not fit.
    /// </summary>
    public ServingStep? Together(Configuration c, Budget budget)
    {
        double sequences = budget.Sequences > 1 ? budget.Sequences : Math.Min(DefaultBatch, MaxSequences(c, budget));
        return sequences > 1 ? Step(c, budget, sequences) : null;
    }

    /// <summary>
    /// Sequences whose caches fit beside the weights: in the budget's memory and in the devices; infinite without a cache.
    /// </summary>
    public double MaxSequences(Configuration c, Budget budget)
    {
        double memory = Math.Min(budget.MemoryBytes ?? double.PositiveInfinity, ServersOf(c, budget).MemoryBytes);
        double room = budget.MemoryHeadroom.Within(memory) - c.WeightsBytes;
        return c.KvCacheBytes > 0 ? Math.Floor(room * budget.Sequences / c.KvCacheBytes) : double.PositiveInfinity;
    }

    private ServingStep Step(Configuration c, Budget budget, double sequences)
    {
        Serving serving = new(sequences, budget.ContextTokens) { Weights = budget.Weights, Kv = budget.Kv };
        return serving.Step(Census.Of(c.Model), ServersOf(c, budget));
    }
}
