using System.Globalization;
using MoeScale.Basics;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Training.Data;

/// <summary>What a run trains on and what it is scored on: from texts, from a file of tokens, or from a synthetic language.</summary>
public sealed class TrainingData : IDisposable
{
    private readonly IReadOnlyList<TokenFile> _files;
    private readonly ISequences? _training;

    private TrainingData(string description, int vocabularySize, ISequences? training, ISequences? heldOut, IReadOnlyList<TokenFile> files)
    {
        Description = description;
        VocabularySize = vocabularySize;
        _training = training;
        HeldOut = heldOut;
        _files = files;
    }

    /// <summary>For people, in one line.</summary>
    public string Description { get; }

    /// <summary>The model's vocabulary must be at least this.</summary>
    public int VocabularySize { get; }

    /// <summary>The position in it, a number of sequences, and the settings are all that a checkpoint needs to know of the data.</summary>
    /// <exception cref="InvalidOperationException">The settings said that nothing is trained, and there is nothing.</exception>
    public ISequences Training => _training ?? throw new InvalidOperationException("This data holds nothing to train on.");

    /// <summary>The same sequences in the same order for every run on the same data; null where nothing is held out.</summary>
    public ISequences? HeldOut { get; }

    /// <summary>The loss that no model can beat, nats per token, where it is known.</summary>
    public double? Floor { get; private init; }

    /// <summary>
    /// What <see cref="HeldOut"/>'s targets are of text; null where no tokenizer is known. Bits per byte = nats per token · targets / bytes
    /// / ln 2.
    /// </summary>
    public long? HeldOutBytes { get; private init; }

    /// <summary>What is known of a file of tokens; null for texts.</summary>
    public TokenSource? Source { get; private init; }

    /// <summary>Texts, tokenized once into files of <paramref name="folder"/>.</summary>
    /// <exception cref="UserException">A text cannot be read, or there are fewer tokens than the run needs.</exception>
    public static TrainingData OfTexts(
        CorpusRequest request,
        ITokenizer tokenizer,
        string folder,
        DataSettings settings,
        Action<long>? progress = null
    )
    {
        PreparedCorpus corpus = PreparedCorpus.Prepare(request, tokenizer, folder, progress);
        List<TokenFile> files = [];
        try
        {
            TokenDocuments? training = Open(PreparedCorpus.TrainingPath(folder), corpus.TrainingTokens);
            TokenDocuments? heldOut = Open(PreparedCorpus.HeldOutPath(folder), corpus.HeldOutTokens);
            bool isHeldOut = request.HeldOutShare > 0 || request.HeldOutPaths.Count > 0;
            return Pack(
                corpus.Description,
                string.Join(" ", request.Paths),
                tokenizer.VocabularySize,
                tokenizer,
                training,
                heldOut,
                isHeldOut,
                request.HeldOutPaths.Count == 0 && isHeldOut,
                settings,
                files
            );
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }

        TokenDocuments? Open(string path, long tokens)
        {
            if (tokens == 0)
            {
                return null;
            }
            files.Add(TokenFile.Open(path));
            return TokenDocuments.All(files[^1], tokenizer.Separator, tokenizer.VocabularySize);
        }
    }

    /// <summary>A file of tokens as it stands, and another one that is held out, or a share of its documents.</summary>
    /// <param name="path">See <see cref="TokenFile"/>.</param>
    /// <param name="heldOutPath">Null: a share of the documents of <paramref name="path"/> is held out.</param>
    /// <param name="heldOutShare">See <see cref="HeldOutRule"/>; 0 holds out none.</param>
    /// <param name="vocabularySize">Larger ids are refused.</param>
    /// <param name="said">What the user says of the ids and of what ends documents.</param>
    /// <param name="tokenizer">The one that wrote the file, if it is known.</param>
    /// <param name="settings">How it is read.</param>
    /// <exception cref="UserException">A file cannot be read, an id is too large, or there are fewer tokens than the run needs.</exception>
    public static TrainingData OfTokens(
        string path,
        string? heldOutPath,
        double heldOutShare,
        int vocabularySize,
        TokenReading said,
        ITokenizer? tokenizer,
        DataSettings settings
    )
    {
        List<TokenFile> files = [];
        try
        {
            (TokenFile file, DocumentEnds ends) = Open(path);
            HeldOutRule? rule = heldOutPath is null && heldOutShare != 0 ? HeldOutRule.Of(heldOutShare) : null;
            (TokenDocuments training, TokenDocuments heldOut) = TokenDocuments.Split(file, ends, vocabularySize, rule);
            if (heldOutPath is not null)
            {
                (TokenFile other, DocumentEnds otherEnds) = Open(heldOutPath);
                (heldOut, _) = TokenDocuments.Split(other, otherEnds, vocabularySize, heldOut: null);
            }
            TokenSource source = new(
                file.Count,
                training.Count + (rule is null ? 0 : heldOut.Count),
                file.Type,
                file.TypeFrom,
                ends.Separator,
                ends.From
            );
            return Pack(
                $"{path}, {source}",
                path,
                vocabularySize,
                tokenizer,
                training,
                heldOut,
                rule is not null || heldOutPath is not null,
                rule is not null,
                settings,
                files,
                source
            );
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }

        (TokenFile File, DocumentEnds Ends) Open(string path)
        {
            files.Add(TokenFile.Open(path, said.Type));
            return vocabularySize > ushort.MaxValue + 1 && files[^1].TypeFrom == TokenFile.Assumed
                ? throw new UserException(
                    $"{path} does not say how wide its ids are, and 16 bits have no room for a vocabulary of {vocabularySize}. "
                        + $"Give {TrainSettings.TokenType}, such as uint32."
                )
                : (files[^1], DocumentEnds.Of(files[^1], said, tokenizer, vocabularySize));
        }
    }

    /// <summary>As much as is needed of a synthetic language.</summary>
    /// <exception cref="UserException">A parameter of the language is outside its range.</exception>
    public static TrainingData OfSynthetic(SyntheticLanguage language, DataSettings settings) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"synthetic text of {(1L << language.Octaves) - 1} contexts, exponent {language.Exponent}, "
                    + $"entropy {language.Check().EntropyPerToken:0.0000} nats per token"
            ),
            language.Vocabulary,
            SyntheticSequences.Training(language, settings.Context, settings.Seed),
            SyntheticSequences.HeldOut(language, settings.Context, Math.Max(1, settings.HeldOutTokens / settings.Context)),
            []
        )
        {
            Floor = language.Floor(settings.Context),
        };

    public void Dispose()
    {
        foreach (TokenFile file in _files)
        {
            file.Dispose();
        }
    }

    private static TrainingData Pack(
        string description,
        string name,
        int vocabularySize,
        ITokenizer? tokenizer,
        TokenDocuments? training,
        TokenDocuments? heldOut,
        bool isHeldOut,
        bool isShared,
        DataSettings settings,
        IReadOnlyList<TokenFile> files,
        TokenSource? source = null
    )
    {
        int context = settings.Context;
        long tokens = training is null ? 0 : PackedSequences.CountIn(training, context) * context;
        long heldOutSequences = heldOut is null ? 0 : PackedSequences.CountIn(heldOut, context);
        string has = string.Create(
            CultureInfo.InvariantCulture,
            $"{name} has {training?.Tokens ?? 0:#,0} tokens to train "
                + $"on{(isHeldOut ? FormattableString.Invariant($", and {heldOut?.Tokens ?? 0:#,0} held out") : "")}"
        );
        // Pieces are whole documents: of one, all is trained on or all is held out.
        if (isShared && (heldOut?.Count ?? 0) + (training?.Count ?? 0) == 1)
        {
            throw new UserException(
                $"{has}: it is one document, of which no share can be held out. "
                    + $"Give another text to hold out: {TrainSettings.HeldOut.To("FILE")}; "
                    + $"or {TrainSettings.HeldOut.To("0")} to hold out none."
            );
        }
        if (settings.Tokens > 0 && (tokens == 0 || tokens < settings.Tokens / (double)settings.Epochs))
        {
            string repeat = tokens == 0 ? "" : $", or allow {Plural.Of(Math.Ceiling(settings.Tokens / (double)tokens), "epoch")}";
            throw new UserException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{has}; the run needs {settings.Tokens:#,0}{(settings.Epochs > 1 ? $" in {settings.Epochs} epochs" : "")}. "
                        + $"Give more text or train on fewer tokens{repeat}."
                )
            );
        }
        if (isHeldOut && heldOutSequences == 0)
        {
            throw new UserException(
                $"{has}, which is less than one sequence of {context}. Hold out a larger share, or give a text to hold out."
            );
        }
        // Chosen from all documents in an order that no setting changes, since the first files of a folder may be of one kind.
        ISequences? scored = isHeldOut
            ? new FirstOf(
                new PackedSequences(heldOut!, context, seed: 0, epochs: 1),
                Math.Clamp(settings.HeldOutTokens / context, 1, heldOutSequences)
            )
            : null;
        ISequences? trained = tokens == 0 ? null : new PackedSequences(training!, context, settings.Seed, settings.Epochs);
        return new TrainingData(description, vocabularySize, trained, scored, files)
        {
            Source = source,
            HeldOutBytes = tokenizer is null || scored is null ? null : TextBytes(scored, tokenizer),
        };
    }

    private static long TextBytes(ISequences sequences, ITokenizer tokenizer)
    {
        long bytes = 0;
        int[] tokens = new int[sequences.Context + 1];
        for (long i = 0; i < sequences.Count; i++)
        {
            sequences.Read(i, tokens);
            for (int target = 1; target < tokens.Length; target++)
            {
                bytes += tokenizer.Bytes(tokens[target]).Length;
            }
        }
        return bytes;
    }

    private sealed class FirstOf(ISequences all, long count) : ISequences
    {
        public int Context => all.Context;

        public long Count => count;

        public void Read(long position, Span<int> tokens)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, count);
            all.Read(position, tokens);
        }
    }
}
