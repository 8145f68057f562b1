using System.Buffers;
using System.Globalization;
using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Scoring;

/// <summary>Scores a trained model on texts, tokens, or the synthetic language.</summary>
public sealed record TextEvaluation
{
    // Enough rows that matrix products are fast; more would only take memory.
    internal const int RowsAtOnce = 4096;

    /// <summary>Threads to work with; the figures are the same for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>S: see <see cref="TextScorer"/>; 0 for T, windows side by side.</summary>
    public int Stride { get; init; }

    /// <summary>At most so many tokens are scored; 0 for all, and 262,144 of a synthetic language.</summary>
    public long Tokens { get; init; }

    /// <summary>Is told how many tokens are scored.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>
    /// Texts: each document is read behind the end of another one, as in training, so that its first token is predicted too.
    /// </summary>
    /// <param name="trained">A model of text.</param>
    /// <param name="texts">With <see cref="CorpusRequest.HeldOutShare"/> above 0, only documents that this share holds out are
    /// scored.</param>
    /// <exception cref="UserException">A text cannot be read, nothing of it is held out, or the model's tokens are no text.</exception>
    public TextScore Score(TrainedModel trained, CorpusRequest texts)
    {
        ITokenizer tokenizer = trained.RequireText("scoring a text");
        HeldOutRule? rule = texts.HeldOutShare == 0 ? null : HeldOutRule.Of(texts.HeldOutShare);
        using Transformer model = Load(trained);
        TextScorer scorer = Scorer(model, tokenizer);
        ArrayBufferWriter<ushort> tokens = new();
        ushort[] separator = [(ushort)tokenizer.Separator];
        scorer.Add(separator);
        bool any = false;
        texts.Read(
            (document, _) =>
            {
                if (!(rule?.Holds(document) ?? true))
                {
                    return true;
                }
                any = true;
                tokens.ResetWrittenCount();
                tokenizer.Encode(document, tokens);
                scorer.Add(tokens.WrittenSpan);
                scorer.Add(separator);
                return !scorer.IsFull;
            }
        );
        return any
            ? scorer.End()
            : throw new UserException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A share of {texts.HeldOutShare} holds out no document of {string.Join(" ", texts.Paths)}. "
                        + $"Give a larger share, or score all."
                )
            );
    }

    /// <summary>A file of tokens as it stands; its first token is not predicted, unless it is known which one ends documents.</summary>
    /// <param name="trained">The model.</param>
    /// <param name="file">Of its tokens.</param>
    /// <param name="said">Of what ends documents; where nothing is said, the tokenizer's separator, if one is known.</param>
    /// <exception cref="UserException">The file cannot be read, or has a token that the model does not have.</exception>
    public TextScore Score(TrainedModel trained, TokenFile file, TokenReading? said = null)
    {
        using Transformer model = Load(trained);
        TextScorer scorer = Scorer(model, trained.Tokenizer);
        int[] room = new int[Math.Min(1 << 16, file.Count)];
        file.Read(0, room.AsSpan(0, 1));
        int? separator = said is { IsWhole: true } ? null : said?.Separator ?? trained.Tokenizer?.Separator;
        if (separator is int end && room[0] != end)
        {
            scorer.Add([end]);
        }
        else if (file.Count < 2)
        {
            throw new UserException($"{file.Path} holds one token, which nothing predicts. Give a longer file.");
        }
        for (long from = 0; from < file.Count && !scorer.IsFull; from += room.Length)
        {
            Span<int> block = room.AsSpan(0, (int)Math.Min(room.Length, file.Count - from));
            file.Read(from, block);
            if (block.IndexOfAnyExceptInRange(0, trained.Vocabulary - 1) is int wrong and >= 0)
            {
                throw new UserException(
                    $"{file.Path}: token {from + wrong} is {file.NumberAt(from + wrong)}, but the model has {trained.Vocabulary} tokens. "
                        + $"Give tokens of the vocabulary that it was trained with, "
                        + $"or another {TrainSettings.TokenType} than {file.Type.Name()}."
                );
            }
            scorer.Add(block);
            file.ReleasePages(from, block.Length);
        }
        return scorer.End();
    }

    /// <summary>What is held out of the synthetic language that runs are trained on.</summary>
    /// <exception cref="UserException">The model was trained on something else.</exception>
    public TextScore ScoreSynthetic(TrainedModel trained)
    {
        if (trained.TokenizerName != TokenizerKinds.Synthetic)
        {
            throw new UserException(
                $"A model of '{trained.TokenizerName}' tokens knows nothing of the synthetic language. Give a text, or dotnet-docs."
            );
        }
        SyntheticLanguage language = new();
        if (trained.Model.VocabularySize < language.Vocabulary)
        {
            throw new UserException(
                $"'{trained.Model.Name}' has a vocabulary of {trained.Model.VocabularySize}; "
                    + $"the synthetic language has {language.Vocabulary} tokens. Give the run of another model."
            );
        }
        int group = Transformer.GroupOf(trained.Model);
        long sequences = Math.Max(1, (Tokens > 0 ? Tokens : DataSettings.DefaultHeldOutTokens) / trained.Context);
        TextScorer.RequireGroup(sequences, trained.Model, trained.Context);
        ISequences heldOut = SyntheticSequences.HeldOut(language, trained.Context, sequences);
        using Transformer model = Load(trained);
        Batch batch = new(model.Sequences, model.Sequence);
        double nats = 0;
        for (long first = 0; first < sequences; first += batch.Sequences)
        {
            int count = (int)Math.Min(batch.Sequences, sequences - first);
            int rows = batch.LoadGroups(heldOut, first, count, group);
            nats += model.SumOfLosses(batch.Tokens[..rows], batch.Targets[..rows]);
            TextScorer.RequireNumber(nats);
            Progress?.Invoke((first + count) * model.Sequence);
        }
        return new TextScore(nats, sequences * model.Sequence, null) { Floor = language.Floor(trained.Context) };
    }

    private Transformer Load(TrainedModel trained) =>
        Stride <= trained.Context
            ? trained.Load(Transformer.WholeGroups(trained.Model, RowsAtOnce / trained.Context), trained.Context, Threads)
            : throw new UserException(
                $"A stride of {Stride} would leave tokens out: it takes at most the model's window of {trained.Context}."
            );

    private TextScorer Scorer(Transformer model, ITokenizer? tokenizer) =>
        new(model, Stride == 0 ? model.Sequence : Stride, tokenizer, Tokens == 0 ? long.MaxValue : Tokens, Progress);
}
