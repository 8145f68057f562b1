using MoeScale.Models;

namespace MoeScale.Planning.Hardware;

/// <summary>Where a plan is trained and served, to turn its FLOPs and bytes into hours and tokens a second.</summary>
/// <param name="Training">The devices that train.</param>
/// <param name="Mfu">Model FLOPs utilisation of training, above 0 and at most 1.</param>
/// <param name="Server">The kind of device that serves.</param>
/// <param name="Servers">How many of them; null for as few as hold weights and cache.</param>
public sealed record Deployment(Cluster Training, double Mfu, Accelerator Server, double? Servers)
{
    /// <summary>Hours of single devices that training takes.</summary>
    public double DeviceHours(Configuration c) => Training.DeviceHours(c.TrainFlops, Mfu);

    /// <summary>Days of all devices that training takes.</summary>
    public double Days(Configuration c) => Training.Days(c.TrainFlops, Mfu);

    /// <summary>The devices that serve a configuration.</summary>
    public Cluster ServersOf(Configuration c) => new(Servers ?? Math.Ceiling(c.MemoryBytes / Server.MemoryBytes), Server);

    /// <summary>One step of generation, an upper bound of its speed.</summary>
    /// <param name="c">The configuration.</param>
    /// <param name="budget">Its budget: number types, and cached tokens, which the sequences share.</param>
    /// <param name="sequences">Sequences that are continued together.</param>
    public ServingStep Serve(Configuration c, Budget budget, double sequences) =>
        new Serving(sequences, budget.KvTokens / sequences) { Weights = budget.Weights, Kv = budget.Kv }.Step(Census.Of(c.Model), ServersOf(c));
}
