using System.Runtime.CompilerServices;

namespace MoeScale.Studies.Tests;

/// <summary>The studies that ship.</summary>
internal static class ShippedStudies
{
    public static string Folder { get; } = Path.Combine(Root(), "studies");

    public static string Smoke { get; } = Path.Combine(Folder, "smoke.yaml");

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
