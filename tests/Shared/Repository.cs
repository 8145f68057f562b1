using System.Runtime.CompilerServices;

namespace MoeScale.Tests;

/// <summary>The sources that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The studies that ship.</summary>
    public static string Studies { get; } = In("studies");

    /// <summary>Forty runs that ship, drawn from the published joint law.</summary>
    public static string SampleRuns { get; } = In("studies", "joint-sample", "runs.csv");

    /// <summary>The path of a name below the root.</summary>
    public static string In(params string[] names) => Path.Combine([Root, .. names]);

    private static string FindRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    /// <summary>The study that ships for a first try.</summary>
    public static string Smoke { get; } = Path.Combine(Studies, "smoke.yaml");
}
