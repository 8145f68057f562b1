using System.Text;

namespace MoeScale.Training.Data.Tokenizers;

/// <summary>
/// Turns tokens into text one by one, as they are sampled: a character that is spread over tokens is shown when it is whole.
/// </summary>
public sealed class TokenText(ITokenizer tokenizer)
{
    // Remembers an unfinished character between calls; bytes that can never become one turn into U+FFFD.
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The characters that this token completes; often none, or several.</summary>
    public string Next(int token) => Decode(tokenizer.Bytes(token), flush: false);

    /// <summary>What is left of an unfinished character, as U+FFFD; after it a new text begins.</summary>
    public string End() => Decode([], flush: true);

    /// <summary>A whole text.</summary>
    public static string Of(ITokenizer tokenizer, IEnumerable<int> tokens)
    {
        TokenText text = new(tokenizer);
        StringBuilder all = new();
        foreach (int token in tokens)
        {
            all.Append(text.Next(token));
        }
        return all.Append(text.End()).ToString();
    }

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] characters = new char[_decoder.GetCharCount(bytes, flush)];
        return new string(characters, 0, _decoder.GetChars(bytes, characters, flush));
    }
}
