using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Training.Data.Corpora;

/// <summary>
/// A corpus of texts as two token files of a folder, train.bin and heldout.bin, in the format of nanoGPT (16 bits a
/// token, each document ended by the separator), and corpus.json, which says what they were made of. They are made
/// once: a run that resumes reads the same tokens even if the texts have changed or gone, and memory holds one document
/// at a time however large the corpus is.
/// </summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Description">For people: files, documents, bytes, what was left out.</param>
/// <param name="TrainingTokens">With separators.</param>
/// <param name="HeldOutTokens">With separators.</param>
/// <param name="TextBytes">UTF-8, of both parts.</param>
/// <param name="Documents">Of both parts.</param>
public sealed record PreparedCorpus(
    string Request,
    string Description,
    long TrainingTokens,
    long HeldOutTokens,
    long TextBytes,
    long Documents
)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public static string TrainingPath(string folder) => Path.Combine(folder, "train.bin");

    public static string HeldOutPath(string folder) => Path.Combine(folder, "heldout.bin");

    /// <summary>Whether a folder holds one.</summary>
    public static bool IsIn(string folder) => File.Exists(DescriptionPath(folder));

    /// <summary>
    /// Lets the next <see cref="Prepare"/> read the texts again: nothing has been trained on these tokens, and the texts may have changed.
    /// </summary>
    /// <exception cref="UserException">The folder cannot be written.</exception>
    public static void Invalidate(string folder)
    {
        string path = DescriptionPath(folder);
        try
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be removed: {TextFile.Reason(e)}.");
        }
    }

    /// <summary>Uses what the folder holds if it was made by the same request, else makes it.</summary>
    /// <param name="request">Which texts.</param>
    /// <param name="tokenizer">Its name is part of the request.</param>
    /// <param name="folder">Made if it is missing. Where several programs ask for the same corpus at once, one makes it and the others
    /// wait.</param>
    /// <param name="progress">Is told the bytes of text read so far, now and then.</param>
    /// <exception cref="UserException">A text cannot be read, nothing can be written, or the folder holds another corpus.</exception>
    public static PreparedCorpus Prepare(CorpusRequest request, ITokenizer tokenizer, string folder, Action<long>? progress = null)
    {
        string key = request.Key(tokenizer);
        HeldOutRule rule = HeldOutRule.Of(request.HeldOutShare);
        if (Made(folder, key) is PreparedCorpus before)
        {
            return before;
        }
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{folder} cannot be made: {TextFile.Reason(e)}.");
        }
        using FileLock alone = FileLock.Take(Path.Combine(folder, "lock"), isRemoved: true);
        if (Made(folder, key) is PreparedCorpus meanwhile)
        {
            return meanwhile;
        }
        WholeFile.RemoveLeftOversIn(folder);
        PreparedCorpus? corpus = null;
        WholeFile.Write(
            TrainingPath(folder),
            training =>
                WholeFile.Write(HeldOutPath(folder), heldOut => corpus = Write(request, tokenizer, key, rule, training, heldOut, progress))
        );
        // Last, and only if both files are whole: its presence says so.
        TextFile.WriteWhole(DescriptionPath(folder), JsonSerializer.Serialize(corpus, Json) + "\n");
        return corpus!;
    }

    private static PreparedCorpus? Made(string folder, string key) =>
        Read(folder) is not PreparedCorpus made ? null
        : made.Request == key ? made
        : throw new UserException(
            $"{folder} holds the tokens of another corpus ({made.Request}; now {key}). Give another folder, or remove this one."
        );

    private static PreparedCorpus? Read(string folder)
    {
        string path = DescriptionPath(folder);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            PreparedCorpus? corpus = JsonText.Parse(TextFile.Read(path)).Deserialize<PreparedCorpus>(Json);
            return
                corpus is { Request: not null, Description: not null, TrainingTokens: >= 0, HeldOutTokens: >= 0 }
                && Length(TrainingPath(folder)) == corpus.TrainingTokens * sizeof(ushort)
                && Length(HeldOutPath(folder)) == corpus.HeldOutTokens * sizeof(ushort)
                ? corpus
                : throw new UserException($"{path} does not fit the token files beside it. Remove {folder}, so that they are made again.");
        }
        catch (JsonException)
        {
            throw new UserException($"{path} is damaged. Remove {folder}, so that it is made again.");
        }
    }

    private static string DescriptionPath(string folder) => Path.Combine(folder, "corpus.json");

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : -1;

    private static PreparedCorpus Write(
        CorpusRequest request,
        ITokenizer tokenizer,
        string key,
        HeldOutRule rule,
        Stream training,
        Stream heldOut,
        Action<long>? progress
    )
    {
        const long ProgressStep = 1 << 24;
        ArrayBufferWriter<ushort> tokens = new();
        long trainingTokens = 0;
        long heldOutTokens = 0;
        long bytes = 0;
        long documents = 0;
        string description = request.Read(
            (document, isHeldOut) =>
            {
                tokens.ResetWrittenCount();
                tokenizer.Encode(document, tokens);
                tokens.GetSpan(1)[0] = (ushort)tokenizer.Separator;
                tokens.Advance(1);
                bool holds = isHeldOut ?? rule.Holds(document);
                (holds ? ref heldOutTokens : ref trainingTokens) += tokens.WrittenCount;
                Save(holds ? heldOut : training, tokens.WrittenSpan);
                documents++;
                if ((bytes + document.Length) / ProgressStep > bytes / ProgressStep)
                {
                    progress?.Invoke(bytes + document.Length);
                }
                bytes += document.Length;
                return true;
            }
        );
        return new PreparedCorpus(
            key,
            $"{description}, {Plural.Of(documents, "document")}, {Quantity.FormatBytes(bytes)} of text",
            trainingTokens,
            heldOutTokens,
            bytes,
            documents
        );
    }

    // A full disk is no fault of the text that is being read, which would be blamed for an IOException.
    private static void Save(Stream stream, ReadOnlySpan<ushort> tokens)
    {
        try
        {
            stream.Write(MemoryMarshal.AsBytes(tokens));
        }
        catch (IOException e)
        {
            throw new UserException($"The tokens cannot be written: {TextFile.Reason(e)}.");
        }
    }
}
