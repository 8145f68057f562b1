using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Training.HuggingFace;

/// <summary>
/// tokenizer.json of the library tokenizers, for byte-level byte-pair encoding as GPT-2 has it; bytes as tokens are such an encoding
/// without a merge. Other kinds are not read.
/// </summary>
internal static class TokenizerFiles
{
    private const string JsonName = "tokenizer.json";
    private const string Separator = "<|endoftext|>";

    /// <summary>The tokenizer of a run, as files beside its weights; none where its tokens are no text.</summary>
    /// <param name="tokenizer">As run.json names it.</param>
    /// <param name="vocabulary">vocab.json, where it is GPT-2's.</param>
    /// <param name="merges">merges.txt, where it is GPT-2's.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <exception cref="UserException">The vocabulary of the run cannot be read.</exception>
    public static IReadOnlyList<(string Name, string Text)> Of(string tokenizer, string vocabulary, string merges, double context) =>
        tokenizer switch
        {
            TokenizerKinds.Bytes => [(JsonName, Write(Bytes(), [])), ("tokenizer_config.json", Settings(context))],
            TokenizerKinds.Gpt2 => [(JsonName, WriteGpt2(vocabulary, merges)), ("tokenizer_config.json", Settings(context))],
            _ => [],
        };

    /// <summary>The tokenizer in a folder of a checkpoint.</summary>
    /// <param name="folder">With tokenizer.json, or vocab.json and merges.txt.</param>
    /// <param name="separator">The id that ends a document, as config.json says it; null for that of GPT-2.</param>
    /// <exception cref="UserException">There is none, or it is of a kind that is not read.</exception>
    public static ITokenizer Read(string folder, int? separator)
    {
        string json = Path.Combine(folder, JsonName);
        string vocabulary = Path.Combine(folder, "vocab.json");
        string merges = Path.Combine(folder, "merges.txt");
        return File.Exists(json) ? ReadJson(json, separator)
            : File.Exists(vocabulary) && File.Exists(merges) ? BpeTokenizer.Read(vocabulary, merges)
            : throw new UserException($"{folder} has neither a {JsonName} nor vocab.json and merges.txt.");
    }

    private static IEnumerable<(string Token, int Id)> Bytes() =>
        Enumerable.Range(0, 256).Select(b => (b == 0xFF ? Separator : ByteAlphabet.Write((byte)b).ToString(), b));

    private static string WriteGpt2(string vocabularyPath, string mergesPath)
    {
        using JsonDocument vocabulary = JsonDocument.Parse(TextFile.Read(vocabularyPath));
        string[] lines = TextFile.Read(mergesPath).ReplaceLineEndings("\n").Split('\n');
        return Write(
            [.. vocabulary.RootElement.EnumerateObject().Select(p => (p.Name, p.Value.GetInt32())).OrderBy(t => t.Item2)],
            lines.Where((line, i) => line.Length > 0 && !(i == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
        );
    }

    private static string Write(IEnumerable<(string Token, int Id)> vocabulary, IEnumerable<string> merges)
    {
        (string Token, int Id)[] tokens = [.. vocabulary];
        return Json(json =>
        {
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            json.WriteStartObject();
            json.WriteNumber("id", tokens.First(t => t.Token == Separator).Id);
            json.WriteString("content", Separator);
            foreach (string flag in (string[])["single_word", "lstrip", "rstrip", "normalized"])
            {
                json.WriteBoolean(flag, false);
            }
            json.WriteBoolean("special", true);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteNull("normalizer");
            WriteByteLevel(json, "pre_tokenizer");
            WriteByteLevel(json, "post_processor");
            WriteByteLevel(json, "decoder");
            json.WriteStartObject("model");
            json.WriteString("type", "BPE");
            foreach (string none in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
            {
                json.WriteNull(none);
            }
            json.WriteBoolean("fuse_unk", false);
            json.WriteBoolean("byte_fallback", false);
            json.WriteStartObject("vocab");
            foreach ((string token, int id) in tokens)
            {
                json.WriteNumber(token, id);
            }
            json.WriteEndObject();
            json.WriteStartArray("merges");
            foreach (string merge in merges)
            {
                json.WriteStringValue(merge);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string part)
    {
        json.WriteStartObject(part);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }

    private static string Settings(double context) =>
        Json(json =>
        {
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            json.WriteString("bos_token", Separator);
            json.WriteString("eos_token", Separator);
            json.WriteString("unk_token", Separator);
            json.WriteBoolean("clean_up_tokenization_spaces", false);
            json.WriteNumber("model_max_length", context);
        });

    // Tokens are read by people too: no escapes but those that JSON needs.
    private static string Json(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (
            Utf8JsonWriter json = new(
                stream,
                new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
            )
        )
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static BpeTokenizer ReadJson(string path, int? separator)
    {
        string text = TextFile.Read(path);
        try
        {
            JsonElement root = JsonText.Parse(text);
            JsonElement model = Part(root, "model") ?? throw NotRead(path, "it has no 'model'");
            RequireByteLevel(root, model, path);
            Dictionary<string, int> ids = Tokens(model, path);
            HashSet<string> whole = AddedTokens(root, ids, path);
            byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
            string name = $"bpe-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}";
            return new BpeTokenizer(BpeFiles.Of(ids, whole, separator, string.Join('\n', Merges(model, path)), name, path, path));
        }
        catch (JsonException e)
        {
            throw NotRead(path, JsonText.Reason(e));
        }
    }

    private static void RequireByteLevel(JsonElement root, JsonElement model, string path)
    {
        if (TypeOf(model) is string kind and not "BPE")
        {
            throw NotRead(path, $"its model is of the type {kind}");
        }
        if (Part(root, "normalizer") is JsonElement normalizer)
        {
            throw NotRead(path, $"it has a normalizer ({TypeOf(normalizer)})");
        }
        if (
            Part(root, "pre_tokenizer") is not JsonElement words
            || TypeOf(words) != "ByteLevel"
            || IsOn(words, "add_prefix_space")
            || Part(words, "use_regex") is { ValueKind: JsonValueKind.False }
        )
        {
            throw NotRead(path, "it does not cut text into the words of GPT-2 (pre_tokenizer)");
        }
        foreach (string key in (string[])["byte_fallback", "ignore_merges", "dropout"])
        {
            if (IsOn(model, key))
            {
                throw NotRead(path, $"its model has '{key}'");
            }
        }
    }

    private static Dictionary<string, int> Tokens(JsonElement model, string path)
    {
        Dictionary<string, int> ids = [];
        foreach (JsonProperty token in Object(model, "vocab", path).EnumerateObject())
        {
            AddToken(ids, token.Name, token.Value, path);
        }
        return ids;
    }

    private static HashSet<string> AddedTokens(JsonElement root, Dictionary<string, int> ids, string path)
    {
        HashSet<string> whole = [];
        if (Part(root, "added_tokens") is not { ValueKind: JsonValueKind.Array } added)
        {
            return whole;
        }
        foreach (JsonElement token in added.EnumerateArray())
        {
            if (Part(token, "content") is not { ValueKind: JsonValueKind.String } text || Part(token, "id") is not JsonElement id)
            {
                throw NotRead(path, "an added token has no content or no id");
            }
            string content = text.GetString()!;
            whole.Add(content);
            if (!ids.ContainsKey(content))
            {
                AddToken(ids, content, id, path);
            }
        }
        return whole;
    }

    private static void AddToken(Dictionary<string, int> ids, string token, JsonElement id, string path)
    {
        if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out int number) || number is < 0 or > ushort.MaxValue)
        {
            throw NotRead(path, string.Create(CultureInfo.InvariantCulture, $"'{token}' has the id {id}, above {ushort.MaxValue}"));
        }
        if (!ids.TryAdd(token, number))
        {
            throw NotRead(path, $"the token '{token}' stands there twice");
        }
    }

    // Newer files hold pairs, older ones texts with a space between.
    private static IEnumerable<string> Merges(JsonElement model, string path)
    {
        if (Part(model, "merges") is not { ValueKind: JsonValueKind.Array } merges)
        {
            throw NotRead(path, "its model has no merges");
        }
        return merges
            .EnumerateArray()
            .Select(m =>
                m.ValueKind == JsonValueKind.String ? m.GetString()!
                : m.ValueKind == JsonValueKind.Array && m.EnumerateArray().All(t => t.ValueKind == JsonValueKind.String)
                    ? string.Join(' ', m.EnumerateArray().Select(t => t.GetString()))
                : throw NotRead(path, "a merge is no pair of tokens")
            );
    }

    private static JsonElement Object(JsonElement value, string name, string path) =>
        Part(value, name) is { ValueKind: JsonValueKind.Object } found ? found : throw NotRead(path, $"its model has no '{name}'");

    // A null says as much as no key at all.
    private static JsonElement? Part(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty(name, out JsonElement found)
        && found.ValueKind != JsonValueKind.Null
            ? found
            : null;

    private static string? TypeOf(JsonElement value) =>
        Part(value, "type") is { ValueKind: JsonValueKind.String } type ? type.GetString() : null;

    private static bool IsOn(JsonElement value, string name) =>
        Part(value, name) is JsonElement found
        && found.ValueKind != JsonValueKind.False
        && !(found.ValueKind == JsonValueKind.Number && found.GetDouble() == 0);

    private static UserException NotRead(string path, string reason) =>
        new($"{path} is no tokenizer that is read here: {reason}. Byte-level tokenizers as that of GPT-2 are.");
}
