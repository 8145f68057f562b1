using System.Runtime.InteropServices;
using System.Text.Unicode;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>Files that are no ids of 16 bits, though nothing beside them says so: known by how they begin.</summary>
internal static class TokenLooks
{
    // So many numbers that no ids of 16 bits look wide by chance.
    private const int MinWords = 8;
    private const int MinText = 64;

    // High halves of ids of a vocabulary up to a million; ids of 16 bits have not only such numbers at every second place, and large ones
    // between.
    private const int HighestHalf = 15;
    private const int LargeId = 4096;

    private static readonly (byte[] Start, string Name)[] Others =
    [
        (
            [0x93, .. "NUMPY"u8],
            "a file of NumPy (.npy), with a header before the numbers; write the numbers alone, "
                + "as numpy.load(FILE).astype('uint16').tofile('tokens.bin') does"
        ),
        ([.. "PK"u8, 3, 4], "a zip or .npz file; write the numbers in it alone"),
        ([.. "MMIDIDX"u8], "an index of Megatron; give the .bin beside it"),
        ([.. "PAR1"u8], "a Parquet file; write its ids as numbers alone"),
        ([.. "ARROW1"u8], "an Arrow file; write its ids as numbers alone"),
        ([0x89, .. "HDF\r\n\x1A\n"u8], "an HDF5 file; write its ids as numbers alone"),
        ([.. "SQLite format 3"u8, 0], "a database of SQLite; write its ids as numbers alone"),
        ([0x1F, 0x8B, 8], "packed by gzip; unpack it"),
        ([0x28, 0xB5, 0x2F, 0xFD], "packed by zstd; unpack it"),
        ([0xFD, .. "7zXZ"u8, 0], "packed by xz; unpack it"),
        ([.. "BZh91AY&SY"u8], "packed by bzip2; unpack it"),
    ];

    /// <summary>Fails for a file of another kind, whatever is said of its ids.</summary>
    /// <exception cref="UserException">Says of which, and what to do.</exception>
    public static void RequireNumbers(ReadOnlySpan<byte> head, string path)
    {
        foreach ((byte[] start, string name) in Others)
        {
            if (head.StartsWith(start))
            {
                throw new UserException($"{path} is {name}.");
            }
        }
    }

    /// <summary>Fails where ids of 16 bits are taken for granted, and it looks as if they were others.</summary>
    /// <param name="head">The beginning of the ids.</param>
    /// <param name="path">Of the file.</param>
    /// <exception cref="UserException">Says what it looks like, and what to give.</exception>
    public static void RequireNarrow(ReadOnlySpan<byte> head, string path)
    {
        ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(head);
        int low = 0,
            high = 0;
        bool isLong = words.Length >= 2 * MinWords;
        for (int i = 0; i + 1 < words.Length; i += 2)
        {
            low = Math.Max(low, words[i]);
            high = Math.Max(high, words[i + 1]);
            isLong &= i % 4 == 0 || (words[i] == 0 && words[i + 1] == 0);
        }
        if (words.Length >= MinWords && low > high && (high == 0 || (high <= HighestHalf && low >= LargeId)))
        {
            string half = high == 0 ? "0" : $"{HighestHalf} at most";
            int bits = isLong ? 64 : 32;
            throw new UserException(
                $"{path} does not hold ids of 16 bits: every second one would be {half}, as in a file of {bits} bits. "
                    + $"Give {TrainSettings.TokenType.To($"int{bits}")}, or uint16 if they are of 16 bits all the same."
            );
        }
        if (IsText(head))
        {
            throw new UserException(
                $"{path} looks like text, not like ids. "
                    + $"Give it another ending than .bin to have it read as text, "
                    + $"or {TrainSettings.TokenType.To("uint16")} if it holds ids all the same."
            );
        }
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> start = head[..Math.Min(head.Length, 1 << 12)];
        if (start.Length < MinText)
        {
            return false;
        }
        foreach (byte b in start)
        {
            if (b is 0x7F or (< 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r')))
            {
                return false;
            }
        }
        // A character may be cut at the end.
        return Utf8.IsValid(start) || Utf8.IsValid(start[..^1]) || Utf8.IsValid(start[..^2]) || Utf8.IsValid(start[..^3]);
    }
}
