using System.Numerics;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>The checksum of event files: CRC32C, masked as LevelDB does so that a checksum of checksums is no weak one.</summary>
internal static class Crc
{
    public static uint Masked(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Castagnoli(data), 15) + 0xA282EAD8;

    /// <summary>CRC32C (RFC 3720).</summary>
    public static uint Castagnoli(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }
        return ~crc;
    }
}
