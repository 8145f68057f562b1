namespace MoeScale.Training.Data.Tokenizers;

/// <summary>
/// GPT-2 writes a byte as a printable character, so that its files are text: the bytes ! to ~, ¡ to ¬ and ® to ÿ stand for
/// themselves, and the other 68, in order, are the characters from U+0100 on; a space is Ġ. Ids 0 to 255 follow in that order.
/// </summary>
/// <remarks>Radford et al. 2019, file encoder.py, bytes_to_unicode.</remarks>
internal static class ByteAlphabet
{
    private const int FirstStandIn = 0x100;
    private static readonly byte[] StandIns =
    [
        .. Enumerable.Range(0, 256).Where(value => !StandsForItself(value)).Select(value => (byte)value),
    ];

    /// <summary>The bytes that a token of the files spells, or null if a character is no byte.</summary>
    public static byte[]? Read(ReadOnlySpan<char> token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int character = token[i];
            if (character < FirstStandIn ? !StandsForItself(character) : character >= FirstStandIn + StandIns.Length)
            {
                return null;
            }
            bytes[i] = character < FirstStandIn ? (byte)character : StandIns[character - FirstStandIn];
        }
        return bytes;
    }

    /// <summary>The character that stands for a byte.</summary>
    public static char Write(byte value) => StandsForItself(value) ? (char)value : (char)(FirstStandIn + Array.IndexOf(StandIns, value));

    private static bool StandsForItself(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
