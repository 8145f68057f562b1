using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>A choice of which nothing fits.</summary>
public sealed record MisfitJson(double Experts, double Granularity, IReadOnlyList<string> Broken, SmallestJson? Smallest)
{
    public static MisfitJson Of(Misfit m, Terms terms) =>
        new(
            m.Experts,
            m.Granularity,
            [.. m.Broken.Select(l => l.Name)],
            m.Smallest is null
                ? null
                : new SmallestJson(
                    m.Smallest.ModelWidth,
                    m.Smallest.ActiveParams,
                    m.Smallest.TotalParams,
                    m.Smallest.MemoryBytes,
                    m.Smallest.FlopsForOneToken,
                    m.Smallest.TrainingMemoryBytes,
                    m.Smallest.SetupProblem is LayoutFault fault ? WarningJson.Of(fault, terms) : null,
                    m.Smallest.KvCacheBytes
                )
        );
}

public sealed record SmallestJson(
    double DModel,
    double ActiveParams,
    double TotalParams,
    double MemoryBytes,
    double FlopsForOneToken,
    double? TrainingMemoryBytes,
    WarningJson? SetupProblem,
    double KvCacheBytes
);
