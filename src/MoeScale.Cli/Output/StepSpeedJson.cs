using MoeScale.Training.Transformers;

namespace MoeScale.Cli.Output;

/// <summary><c>bench train --json</c>.</summary>
internal sealed record StepSpeedJson
{
    public required string Shape { get; init; }

    public required string Kind { get; init; }

    public required int Threads { get; init; }

    public required double TokensPerSecond { get; init; }

    public required double Gflops { get; init; }

    public required double PeakGflops { get; init; }

    public required double PeakShare { get; init; }

    public required double FlopsPerToken { get; init; }

    public required double StepSeconds { get; init; }

    public required double FastestSeconds { get; init; }

    public required double SlowestSeconds { get; init; }

    public required long AllocatedBytes { get; init; }

    public required IReadOnlyList<KernelJson> Kernels { get; init; }

    public static StepSpeedJson Of(StepSpeed s, string kind, double flopsPerToken) =>
        new()
        {
            Shape = s.Shape,
            Kind = kind,
            Threads = s.Threads,
            TokensPerSecond = s.TokensPerSecond,
            Gflops = s.Gflops,
            PeakGflops = s.PeakGflops,
            PeakShare = s.PeakShare,
            FlopsPerToken = flopsPerToken,
            StepSeconds = s.StepSeconds,
            FastestSeconds = s.FastestSeconds,
            SlowestSeconds = s.SlowestSeconds,
            AllocatedBytes = s.AllocatedBytes,
            Kernels = [.. s.Kernels.Select(k => new KernelJson(k.Kernel, k.Seconds, k.Seconds / s.Kernels.Sum(all => all.Seconds)))],
        };
}

/// <param name="Kernel">What it does.</param>
/// <param name="Seconds">Mean of a step.</param>
/// <param name="Share">Of all kernels.</param>
internal sealed record KernelJson(string Kernel, double Seconds, double Share);
