using System.Buffers;
using System.Numerics;
using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Kernels;
using MoeScale.Training.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Scoring;

/// <summary>
/// Multiple choice by log-likelihood: of each choice the sum of ln p of its tokens behind the end of a document and the
/// context. The model answers with the likeliest, plainly or per byte: the measures that EleutherAI's evaluation
/// harness calls acc and acc_bytes.
/// </summary>
/// <remarks>
/// Where experts choose, a routing group holds choices of different questions, since choices of one question begin
/// alike and would compete for the same experts: first all first choices, then all second ones, and so on. The last
/// group of each is filled with first choices of other questions. The places behind a choice repeat it from its
/// beginning.
/// </remarks>
public sealed record ChoiceEvaluation
{
    private const int ShortestSequence = 16;

    /// <summary>Threads to work with; the figures are the same for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Is told the share of the work that is done.</summary>
    public Action<double>? Progress { get; init; }

    /// <param name="trained">A model of text.</param>
    /// <param name="items">One at least.</param>
    /// <exception cref="UserException">
    /// The model's tokens are no text, a choice is longer than its window (says the line), or there are fewer questions than experts choose
    /// among.
    /// </exception>
    public ChoiceScore Score(TrainedModel trained, IReadOnlyList<ChoiceItem> items)
    {
        ITokenizer tokenizer = trained.RequireText("answering questions");
        int group = Transformer.GroupOf(trained.Model);
        if (items.Count < group)
        {
            throw new UserException(
                $"The experts of '{trained.Model.Name}' choose among {group} sequences at once, of different questions, "
                    + $"and there are {items.Count} questions. Give {group} or more."
            );
        }
        List<Row> rows = [];
        List<(int Question, int Choice)> places = [];
        for (int i = 0; i < items.Count; i++)
        {
            for (int choice = 0; choice < items[i].Choices.Count; choice++)
            {
                rows.Add(RowOf(tokenizer, items[i], choice, trained.Context));
                places.Add((i, choice));
            }
        }
        double[] scores = group == 1 ? ByLength(trained, rows) : ByGroups(trained, rows, places, group);
        List<ChoiceResult> results = [];
        int next = 0;
        foreach (ChoiceItem item in items)
        {
            int first = next;
            next += item.Choices.Count;
            double[] own = scores[first..next];
            results.Add(
                new ChoiceResult(
                    item,
                    own,
                    [.. own.Select((score, c) => score / Encoding.UTF8.GetByteCount(item.Choices[c]))],
                    rows[first..next].Any(row => row.IsCut)
                )
            );
        }
        return new ChoiceScore(results);
    }

    /// <summary>Tokens that are read, of which the last <paramref name="Scored"/> predict the choice with what follows each.</summary>
    /// <param name="Tokens">One more than are read: the last is a target only.</param>
    /// <param name="Scored">Tokens of the choice.</param>
    /// <param name="IsCut">Whether the context lost its beginning.</param>
    internal sealed record Row(int[] Tokens, int Scored, bool IsCut);

    /// <summary>
    /// The end of a document, the context, and the choice, with a space between these unless one of them brings white space along. They are
    /// encoded as one text; the choice begins with the first token that differs from those of the context alone.
    /// </summary>
    /// <remarks>
    /// As in the harness, spaces at the end of the context belong to the choice, since GPT-2's vocabulary joins a space to the word behind
    /// it.
    /// </remarks>
    internal static Row RowOf(ITokenizer tokenizer, ChoiceItem item, int choice, int window)
    {
        string text = item.Choices[choice];
        bool joins = item.Context.Length == 0 || char.IsWhiteSpace(item.Context[^1]) || char.IsWhiteSpace(text[0]);
        ReadOnlySpan<ushort> whole = Encode(tokenizer, $"{item.Context}{(joins ? "" : " ")}{text}");
        int common = whole.CommonPrefixLength(Encode(tokenizer, item.Context.TrimEnd()));
        int scored = whole.Length - Math.Min(common, whole.Length - 1);
        if (scored > window)
        {
            throw new UserException(
                $"{(item.File is string file ? $"{file}, line" : "Line")} {item.Line}: choice {choice}, counted from 0, "
                    + $"has {scored} tokens, but the model's window is {window}. Leave this question out."
            );
        }
        int length = Math.Min(whole.Length + 1, window + 1);
        int[] tokens = new int[length];
        tokens[0] = tokenizer.Separator;
        ReadOnlySpan<ushort> kept = whole[^Math.Min(length, whole.Length)..];
        for (int i = 0; i < kept.Length; i++)
        {
            tokens[length - kept.Length + i] = kept[i];
        }
        return new Row(tokens, scored, whole.Length + 1 > length);
    }

    // Rows of about one length go together, so that little is computed for nothing: causal attention lets the rest of a sequence be
    // anything.
    private double[] ByLength(TrainedModel trained, List<Row> rows)
    {
        double[] scores = new double[rows.Count];
        Tally tally = new(this, rows);
        foreach (
            IGrouping<int, int> alike in Enumerable
                .Range(0, rows.Count)
                .GroupBy(i => SequenceOf(rows[i], trained.Context))
                .OrderBy(g => g.Key)
        )
        {
            int sequence = alike.Key;
            int most = Math.Min(alike.Count(), Math.Max(1, TextEvaluation.RowsAtOnce / sequence));
            using Transformer model = trained.Load(most, sequence, Threads);
            foreach (int[] chunk in alike.Chunk(most))
            {
                Score(model, rows, chunk, chunk.Length, scores);
                tally.Add(chunk);
            }
        }
        return scores;
    }

    // Who shares a group must not depend on lengths, so all sequences are as long as the longest.
    private double[] ByGroups(TrainedModel trained, List<Row> rows, List<(int Question, int Choice)> places, int group)
    {
        double[] scores = new double[rows.Count];
        Tally tally = new(this, rows);
        using Transformer model = trained.Load(group, rows.Max(row => SequenceOf(row, trained.Context)), Threads);
        foreach (IGrouping<int, int> alike in Enumerable.Range(0, rows.Count).GroupBy(i => places[i].Choice).OrderBy(g => g.Key))
        {
            foreach (int[] chunk in alike.Chunk(group))
            {
                IEnumerable<int> others = Enumerable
                    .Range(0, rows.Count)
                    .Where(i => places[i].Choice == 0 && !chunk.Any(c => places[c].Question == places[i].Question));
                Score(model, rows, [.. chunk, .. others.Take(group - chunk.Length)], chunk.Length, scores);
                tally.Add(chunk);
            }
        }
        return scores;
    }

    /// <summary>Tells the share of the tokens that are read.</summary>
    private sealed class Tally(ChoiceEvaluation owner, List<Row> rows)
    {
        private readonly double _all = rows.Sum(row => (double)row.Tokens.Length);
        private double _done;

        public void Add(int[] chunk)
        {
            _done += chunk.Sum(i => (double)rows[i].Tokens.Length);
            owner.Progress?.Invoke(_done / _all);
        }
    }

    private static int SequenceOf(Row row, int context) =>
        Math.Min(context, Math.Max(ShortestSequence, (int)BitOperations.RoundUpToPowerOf2((uint)row.Tokens.Length - 1)));

    private static void Score(Transformer model, List<Row> rows, ReadOnlySpan<int> chosen, int counted, double[] scores)
    {
        int[] tokens = new int[chosen.Length * model.Sequence];
        int[] targets = new int[tokens.Length];
        Array.Fill(targets, CrossEntropy.Ignored);
        for (int r = 0; r < chosen.Length; r++)
        {
            Row row = rows[chosen[r]];
            int read = row.Tokens.Length - 1;
            for (int i = 0; i < model.Sequence; i++)
            {
                tokens[(r * model.Sequence) + i] = row.Tokens[i % read];
            }
            row.Tokens.AsSpan(read + 1 - row.Scored).CopyTo(targets.AsSpan((r * model.Sequence) + read - row.Scored));
        }
        model.SumOfLosses(tokens, targets);
        for (int r = 0; r < counted; r++)
        {
            double nats = 0;
            // Where there is no target the loss is 0.
            foreach (float loss in model.Losses(tokens.Length).Slice(r * model.Sequence, model.Sequence))
            {
                nats += loss;
            }
            TextScorer.RequireNumber(nats);
            scores[chosen[r]] = -nats;
        }
    }

    private static ReadOnlySpan<ushort> Encode(ITokenizer tokenizer, string text)
    {
        ArrayBufferWriter<ushort> tokens = new();
        tokenizer.Encode(Encoding.UTF8.GetBytes(text), tokens);
        return tokens.WrittenSpan;
    }
}
