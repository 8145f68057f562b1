using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokenizers;

/// <summary>What vocab.json and merges.txt say, checked against each other.</summary>
internal sealed class BpeFiles
{
    private const string SeparatorToken = "<|endoftext|>";
    private const int MaxTokens = ushort.MaxValue + 1;

    private BpeFiles(byte[][] bytesOfId, int[] idOfByte, MergeTable merges, int separator, string name)
    {
        BytesOfId = bytesOfId;
        IdOfByte = idOfByte;
        Merges = merges;
        Separator = separator;
        Name = name;
    }

    public byte[][] BytesOfId { get; }

    /// <summary>(256).</summary>
    public int[] IdOfByte { get; }

    public MergeTable Merges { get; }

    public int Separator { get; }

    public string Name { get; }

    /// <exception cref="UserException">Says the file, what is wrong in it and the cure.</exception>
    public static BpeFiles Read(string vocabularyPath, string mergesPath)
    {
        string vocabulary = TextFile.Read(vocabularyPath);
        string merges = TextFile.Read(mergesPath);
        Dictionary<string, int> idOfToken = ReadVocabulary(vocabulary, vocabularyPath);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{vocabulary}\n{merges}"));
        string name = $"gpt2-bpe-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}";
        return Of(idOfToken, [], separator: null, merges, name, vocabularyPath, mergesPath);
    }

    /// <param name="idOfToken">All tokens.</param>
    /// <param name="whole">Those that are spelt as they are, not in the alphabet of bytes.</param>
    /// <param name="separator">The id that ends a document; null for that of GPT-2's token.</param>
    /// <param name="merges">Two tokens a line.</param>
    /// <param name="name">See <see cref="ITokenizer.Name"/>.</param>
    /// <param name="vocabularyPath">In complaints about tokens.</param>
    /// <param name="mergesPath">In complaints about merges.</param>
    /// <exception cref="UserException">As for <see cref="Read"/>.</exception>
    public static BpeFiles Of(
        Dictionary<string, int> idOfToken,
        HashSet<string> whole,
        int? separator,
        string merges,
        string name,
        string vocabularyPath,
        string mergesPath
    )
    {
        byte[][] bytesOfId = BytesById(idOfToken, whole, vocabularyPath);
        int end = separator ?? (idOfToken.TryGetValue(SeparatorToken, out int id) ? id : throw NoSeparator(vocabularyPath, SeparatorToken));
        if (end >= bytesOfId.Length)
        {
            throw NoSeparator(vocabularyPath, $"{end}");
        }
        return new BpeFiles(
            bytesOfId,
            IdsOfBytes(bytesOfId, vocabularyPath),
            ReadMerges(merges, mergesPath, idOfToken, vocabularyPath),
            end,
            name
        );
    }

    private static Dictionary<string, int> ReadVocabulary(string text, string path)
    {
        Dictionary<string, int> idOfToken = [];
        try
        {
            Utf8JsonReader json = new(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = 1 });
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw NoVocabulary(path);
            }
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string token = json.GetString()!;
                json.Read();
                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out int id) || id is < 0 or >= MaxTokens)
                {
                    throw new UserException(
                        $"{path}: the id of '{token}' is no whole number below {MaxTokens}; token files hold 16 bits a token. "
                            + $"Use a vocabulary of at most {MaxTokens}."
                    );
                }
                if (!idOfToken.TryAdd(token, id))
                {
                    throw new UserException($"{path}: the token '{token}' stands there twice. Remove one.");
                }
            }
            json.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw NoVocabulary(path);
        }
        return idOfToken;
    }

    private static byte[][] BytesById(Dictionary<string, int> idOfToken, HashSet<string> whole, string path)
    {
        byte[][] bytesOfId = new byte[idOfToken.Count][];
        foreach ((string token, int id) in idOfToken)
        {
            if (id >= bytesOfId.Length || bytesOfId[id] is not null)
            {
                throw new UserException(
                    $"{path} has {idOfToken.Count} tokens, so that their ids must be 0 to {idOfToken.Count - 1}, each once; "
                        + $"'{token}' has {id}. Give the file as it was published."
                );
            }
            bytesOfId[id] =
                (whole.Contains(token) ? Encoding.UTF8.GetBytes(token) : ByteAlphabet.Read(token))
                ?? throw new UserException(
                    $"{path}: '{token}' is not spelt in the alphabet of GPT-2, in which a space is Ġ. "
                        + $"Other kinds of vocabularies are not read; give vocab.json of a byte-level tokenizer, or use bytes."
                );
        }
        return bytesOfId;
    }

    private static int[] IdsOfBytes(byte[][] bytesOfId, string path)
    {
        int[] idOfByte = new int[256];
        Array.Fill(idOfByte, -1);
        for (int id = 0; id < bytesOfId.Length; id++)
        {
            if (bytesOfId[id] is [byte value])
            {
                idOfByte[value] = id;
            }
        }
        // RFC 3629, section 1: the octets C0, C1 and F5 to FF occur in no text.
        int missing = Enumerable.Range(0, 256).FirstOrDefault(b => idOfByte[b] < 0 && b is not (0xC0 or 0xC1 or >= 0xF5), -1);
        return missing < 0
            ? idOfByte
            : throw new UserException(
                $"{path} has no token for the single byte {missing}, without which some text cannot be written. "
                    + $"Give the file as it was published."
            );
    }

    private static MergeTable ReadMerges(string text, string path, Dictionary<string, int> idOfToken, string vocabularyPath)
    {
        MergeTable merges = new(Math.Min(MaxTokens, text.AsSpan().Count('\n') + 1));
        int number = 0;
        int rank = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (line.IsEmpty || (number == 1 && line.StartsWith("#version")))
            {
                continue;
            }
            int space = line.IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line[(space + 1)..].Contains(' '))
            {
                throw new UserException(
                    $"{path}, line {number}: a line holds two tokens with one space between them, such as 'Ġ t'. "
                        + $"Give merges.txt as it was published."
                );
            }
            string left = line[..space].ToString();
            string right = line[(space + 1)..].ToString();
            int merged = Id(left + right, number);
            if (left + right == SeparatorToken)
            {
                throw new UserException(
                    $"{path}, line {number}: this merge makes {SeparatorToken}, which no text may become. "
                        + $"Give merges.txt as it was published."
                );
            }
            if (rank == MaxTokens || !merges.Add(Id(left, number), Id(right, number), rank++, merged))
            {
                throw new UserException(
                    $"{path}, line {number}: '{left} {right}' "
                        + $"{(rank == MaxTokens ? $"is the merge after the {MaxTokens}th" : "stands there twice")}. "
                        + $"Give merges.txt as it was published."
                );
            }
        }
        return merges;

        int Id(string token, int line) =>
            idOfToken.TryGetValue(token, out int id)
                ? id
                : throw new UserException(
                    $"{path}, line {line}: the token '{token}' is not in {vocabularyPath}. Give the two files of one tokenizer."
                );
    }

    private static UserException NoSeparator(string path, string token) =>
        new($"{path} has no token {token}, which must end each document. Give the vocabulary of GPT-2, or add it.");

    private static UserException NoVocabulary(string path) =>
        new($"{path} is no vocabulary: a JSON object of tokens and their ids is needed, such as {{\"!\": 0, \"Ġthe\": 262}}.");
}
