using MoeScale.Basics;
using MoeScale.Planning.Hardware;

namespace MoeScale.Cli.Input;

/// <summary>Memory as people write it: bytes with a unit, or devices that have it.</summary>
internal static class MemoryText
{
    /// <summary>Bytes of "80GB", "80GiB" or "8xH100".</summary>
    /// <exception cref="UserException">Neither bytes nor devices.</exception>
    public static double Parse(string text, string what) =>
        text.Contains("..") ? throw new UserException($"{what} '{text}' is a range; --frontier memory={text} sweeps one.")
        : IsCluster(text) ? Cluster.Parse(text, what).MemoryBytes
        : Quantity.ParseBytes(text, what);

    /// <summary>Whether the text names devices. Bytes have a unit that ends in B: 80XB is a mistake in one.</summary>
    public static bool IsCluster(string text)
    {
        string device = text[(text.IndexOfAny(['x', 'X', '×']) + 1)..].Trim();
        return EmbeddedFolder.IsPath(text)
            || Accelerator.Ids.Contains(device, StringComparer.OrdinalIgnoreCase)
            || (device.Length < text.Length && !device.Equals("B", StringComparison.OrdinalIgnoreCase));
    }
}
