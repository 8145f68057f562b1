namespace MoeScale.Tests;

/// <summary>Whether Ctrl-C means anything to what these tests start.</summary>
internal static class Interrupts
{
    private const ulong Bit = 1 << (2 - 1);

    /// <summary>Skips a test where interrupts are ignored, as in a background job of a script, and by all that is started there.</summary>
    public static void SkipWhereIgnored() =>
        Assert.SkipWhen(AreIgnored(), "Interrupts are ignored here, as in a background job of a script, and so by all that is started.");

    private static bool AreIgnored() =>
        File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) is string line
        && (Convert.ToUInt64(line.Split('\t')[1], 16) & Bit) != 0;
}
