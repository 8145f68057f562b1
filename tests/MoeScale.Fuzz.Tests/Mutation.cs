using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace MoeScale.Fuzz.Tests;

/// <summary>What may happen to a file: a disk, an editor, a script or a stranger.</summary>
internal static partial class Mutation
{
    /// <summary>Values that programs trip over.</summary>
    public static readonly string[] Words =
    [
        "0",
        "-0",
        "-1",
        "1",
        "2",
        "0.5",
        "1e-320",
        "9e-321",
        "1e308",
        "1e400",
        "-1e400",
        "2147483647",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999",
        "NaN",
        "Infinity",
        "-inf",
        "null",
        "true",
        "",
        " ",
        "x",
        "1T",
        "1e20k",
        "1k*1k",
        "1,000",
        "0x10",
        "\u221e",
        "\u2603",
        "\U0001d6fc",
        "\\ud800",
        "\0",
        "\ufeff",
        "[]",
        "{}",
        "[1, 2]",
        "{a: 1}",
        "*a",
        "&a",
        "a/b",
        "../..",
        "1..1e9",
        "%s",
        "N=1",
        "-1k",
        "1e9999999999",
        "0.1.2",
        "=",
        "==",
        "((((",
        "a^b^c",
        "1/0",
        "log(0)",
    ];

    private static readonly string[] Wholes =
    [
        "",
        "null",
        "[]",
        "{}",
        "0",
        "\"x\"",
        "\0\0\0\0",
        "\n\n\n",
        "a",
        "---\n",
        "{\"a\":",
        "\ufeff",
        "{}{}",
        "a: &x [*x]\n",
        "\x1f\x8b",
    ];

    private static readonly long[] Sizes =
    [
        0,
        1,
        -1,
        255,
        65535,
        65536,
        int.MaxValue,
        int.MinValue,
        uint.MaxValue,
        long.MaxValue,
        long.MinValue,
        1L << 40,
    ];

    /// <summary>One to four changes.</summary>
    public static byte[] Of(byte[] bytes, Random random)
    {
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            bytes = Once(bytes, random);
        }
        return bytes;
    }

    private static byte[] Once(byte[] bytes, Random random)
    {
        int from = random.Next(bytes.Length + 1);
        int length = random.Next(Math.Min(bytes.Length - from, random.Next(4) == 0 ? 1 << 16 : 32) + 1);
        ReadOnlySpan<byte> part = bytes.AsSpan(from, length);
        switch (random.Next(14))
        {
            case 0 or 1 when bytes.Length > 0:
                byte[] flipped = [.. bytes];
                flipped[Math.Min(from, bytes.Length - 1)] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 2:
                return [.. bytes.AsSpan(0, from), .. bytes.AsSpan(from + length)];
            case 3:
                return bytes[..from];
            case 4:
                byte[] noise = new byte[random.Next(20)];
                random.NextBytes(noise);
                return [.. bytes.AsSpan(0, from), .. noise, .. bytes.AsSpan(from)];
            case 5:
                return Repeated(bytes, from, part, random.Next(20) == 0 ? 2000 : random.Next(2, 20));
            case 6 when random.Next(4) == 0:
                return Encoding.UTF8.GetBytes(Wholes[random.Next(Wholes.Length)]);
            case 7 when random.Next(4) == 0:
                return Encoding.UTF8.GetBytes(
                    string.Concat(Enumerable.Repeat(((string[])["[", "{\"a\":", "{a: ", "- ", "(", "? "])[random.Next(6)], 20_000))
                );
            case 8 when bytes.Length >= 8:
                byte[] sized = [.. bytes];
                // Sizes of formats stand at the beginning.
                int at = random.Next(2) == 0 ? 4 * random.Next(Math.Min(16, (bytes.Length / 4) - 1)) : Math.Min(from, bytes.Length - 8);
                BinaryPrimitives.WriteInt64LittleEndian(sized.AsSpan(at), Sizes[random.Next(Sizes.Length)]);
                return sized;
            case 9 or 10:
                return Replaced(bytes, Number(), random);
            case 11:
                return Replaced(bytes, Text(), random);
            default:
                return Replaced(bytes, Word(), random);
        }
    }

    private static byte[] Repeated(byte[] bytes, int from, ReadOnlySpan<byte> part, int times)
    {
        List<byte> all = [.. bytes.AsSpan(0, from)];
        for (int i = 0; i < times && all.Count < 1 << 22; i++)
        {
            all.AddRange(part);
        }
        all.AddRange(bytes.AsSpan(from));
        return [.. all];
    }

    // One match becomes a word that programs trip over, or another match.
    private static byte[] Replaced(byte[] bytes, Regex pattern, Random random)
    {
        if (bytes.Length > 1 << 20)
        {
            return bytes[..(bytes.Length / 2)];
        }
        // Bytes that are no text come back as they were.
        string text = Encoding.Latin1.GetString(bytes);
        MatchCollection found = pattern.Matches(text);
        if (found.Count == 0)
        {
            return bytes;
        }
        Match match = found[random.Next(found.Count)];
        string word =
            random.Next(3) == 0
                ? found[random.Next(found.Count)].Value
                : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Words[random.Next(Words.Length)]));
        return Encoding.Latin1.GetBytes(string.Concat(text.AsSpan(0, match.Index), word, text.AsSpan(match.Index + match.Length)));
    }

    [GeneratedRegex(@"-?\d[\d.]*(?:[eE][-+]?\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex("\"[^\"\\n]*\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"[\w.]+|[:,\[\]{}=^*+/-]")]
    private static partial Regex Word();
}
