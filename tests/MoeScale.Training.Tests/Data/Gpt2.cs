using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Training.Tests.Data;

/// <summary>
/// GPT-2's vocabulary, made from its merges: the bytes in the order of its alphabet, then what each merge makes, then the separator.
/// </summary>
internal static class Gpt2
{
    public static string Merges { get; } = Unpack("gpt2-merges.txt.gz");

    public static string Vocabulary { get; } = MakeVocabulary();

    // One for each thread: tests of several classes run at once, and a tokenizer serves one caller at a time.
    private static readonly ThreadLocal<BpeTokenizer> s_tokenizers = new(Make);

    public static BpeTokenizer Tokenizer => s_tokenizers.Value!;

    public static IEnumerable<(string Text, int[] Ids)> Golden()
    {
        using StreamReader lines = new(typeof(Gpt2).Assembly.GetManifestResourceStream("gpt2-golden.jsonl")!);
        while (lines.ReadLine() is string line)
        {
            JsonElement entry = JsonElement.Parse(line);
            yield return (
                entry.GetProperty("text").GetString()!,
                [.. entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())]
            );
        }
    }

    public static int[] Encode(ITokenizer tokenizer, byte[] text)
    {
        ArrayBufferWriter<ushort> tokens = new();
        tokenizer.Encode(text, tokens);
        return [.. tokens.WrittenSpan.ToArray().Select(token => (int)token)];
    }

    public static byte[] Decode(ITokenizer tokenizer, int[] tokens) => [.. tokens.SelectMany(token => tokenizer.Bytes(token).ToArray())];

    private static BpeTokenizer Make()
    {
        using TemporaryFolder folder = new();
        return BpeTokenizer.Read(folder.Write("vocab.json", Vocabulary), folder.Write("merges.txt", Merges));
    }

    private static string MakeVocabulary()
    {
        int standIn = 0x100;
        List<(bool IsStandIn, string Token)> bytes = [];
        for (int value = 0; value < 256; value++)
        {
            bool itself = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            bytes.Add((!itself, $"{(char)(itself ? value : standIn++)}"));
        }
        string[] tokens =
        [
            .. bytes.Where(entry => !entry.IsStandIn).Select(entry => entry.Token),
            .. bytes.Where(entry => entry.IsStandIn).Select(entry => entry.Token),
            .. Merges.Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => line.Replace(" ", "")),
            "<|endoftext|>",
        ];
        return JsonSerializer.Serialize(tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id));
    }

    private static string Unpack(string name)
    {
        using GZipStream stream = new(typeof(Gpt2).Assembly.GetManifestResourceStream(name)!, CompressionMode.Decompress);
        return new StreamReader(stream, Encoding.UTF8).ReadToEnd();
    }
}
