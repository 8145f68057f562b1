using MoeScale.Training.Transformers;

namespace MoeScale.Cli.Output;

/// <summary><c>bench train --json</c>.</summary>
internal sealed record StepSpeedJson(
    string Shape,
    string Kind,
    int Threads,
    double TokensPerSecond,
    double Gflops,
    double PeakGflops,
    double PeakShare,
    double FlopsPerToken,
    double StepSeconds,
    double FastestSeconds,
    double SlowestSeconds,
    long AllocatedBytes,
    IReadOnlyList<KernelJson> Kernels
)
{
    public static StepSpeedJson Of(StepSpeed s, string kind, double flopsPerToken) =>
        new(
            s.Shape,
            kind,
            s.Threads,
            s.TokensPerSecond,
            s.Gflops,
            s.PeakGflops,
            s.PeakShare,
            flopsPerToken,
            s.StepSeconds,
            s.FastestSeconds,
            s.SlowestSeconds,
            s.AllocatedBytes,
            [.. s.Kernels.Select(k => new KernelJson(k.Kernel, k.Seconds, k.Seconds / s.Kernels.Sum(all => all.Seconds)))]
        );
}

/// <param name="Kernel">What it does.</param>
/// <param name="Seconds">Mean of a step.</param>
/// <param name="Share">Of all kernels.</param>
internal sealed record KernelJson(string Kernel, double Seconds, double Share);
