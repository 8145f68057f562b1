using System.Runtime.InteropServices;
using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Kernels;
using MoeScale.Training.Runs;
using MoeScale.Training.Scoring;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Scoring;

public sealed class TextEvaluationTests(SentenceRun run) : IClassFixture<SentenceRun>, IDisposable
{
    // Sums of the same losses, in double, of rows that were computed in other batches: a few last bits of single precision each.
    private const double Near = 1e-5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Borders: windows that are exactly full, one token more or less, and texts shorter than one window.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(700)]
    public void Score_OfATextOfAnyLength_IsTheLossOfTheModelByHand(int length)
    {
        string text = Text(length);
        TextScore score = new TextEvaluation { Threads = 2 }.Score(run.Model, Request(_folder.Write("a.txt", text)));
        int[] all = [SentenceRun.Separator, .. Encoding.UTF8.GetBytes(text), SentenceRun.Separator];
        Assert.Equal((length + 1, (long?)length), (score.Tokens, score.Bytes));
        Assert.Equal(ByHand(all, SentenceRun.Context), score.Nats, Near * score.Nats);
        Assert.Equal(score.Nats / score.Tokens, score.Loss, 1e-12);
        Assert.Equal(score.Loss * score.Tokens / score.Bytes!.Value / Math.Log(2), score.BitsPerByte!.Value, 1e-12);
        Assert.Equal(Math.Exp(score.Loss), score.Perplexity, 1e-9);
    }

    [Theory]
    [InlineData(16, 300)]
    [InlineData(63, 300)]
    [InlineData(1, 80)]
    [InlineData(16, 40)]
    public void Score_WithAStride_GivesEachTokenTheLongestContextOnOffer(int stride, int length)
    {
        string text = Text(length);
        TextScore score = new TextEvaluation { Threads = 2, Stride = stride }.Score(run.Model, Request(_folder.Write("a.txt", text)));
        int[] all = [SentenceRun.Separator, .. Encoding.UTF8.GetBytes(text), SentenceRun.Separator];
        Assert.Equal(length + 1, score.Tokens);
        Assert.Equal(ByHand(all, stride), score.Nats, Near * score.Nats);
    }

    [Fact]
    public void Score_OfWhatWasMemorised_IsNearZero()
    {
        TextScore score = new TextEvaluation().Score(run.Model, Request(_folder.Write("a.txt", SentenceRun.Sentence)));
        Assert.InRange(score.Loss, 0, 0.1);
    }

    [Fact]
    public void Score_OfSeveralDocuments_CountsTheEndOfEach()
    {
        TextScore score = new TextEvaluation().Score(
            run.Model,
            Request(_folder.Write("a.txt", "one"), _folder.Write("b.txt", "two<|endoftext|>three"))
        );
        Assert.Equal((14L, (long?)11), (score.Tokens, score.Bytes));
    }

    [Fact]
    public void Score_OfAsManyTokensAsAskedFor_StopsThere()
    {
        string path = _folder.Write("a.txt", Text(1000));
        TextScore score = new TextEvaluation { Tokens = 100 }.Score(run.Model, Request(path));
        int[] all = [SentenceRun.Separator, .. Encoding.UTF8.GetBytes(Text(1000)[..100])];
        Assert.Equal(100, score.Tokens);
        Assert.Equal(ByHand(all, SentenceRun.Context), score.Nats, Near * score.Nats);
    }

    /// <summary>What follows is not read: the second line of the first file is no JSON, and the second file is not there.</summary>
    [Fact]
    public void Score_OfAsManyTokensAsAskedFor_ReadsNoFurther()
    {
        string path = _folder.Write("a.jsonl", $"{{\"text\": \"{new string('a', 200)}\"}}\nnonsense\n");
        Assert.Equal(
            100,
            new TextEvaluation { Tokens = 100 }
                .Score(run.Model, Request(path, Path.Combine(_folder.Path, "none.txt")))
                .Tokens
        );
        Assert.Throws<UserException>(() => new TextEvaluation { Tokens = 1000 }.Score(run.Model, Request(path)));
    }

    [Fact]
    public void Score_OfAShareThatIsHeldOut_ScoresWhatTrainingLeavesOut()
    {
        string[] documents = [.. Enumerable.Range(0, 40).Select(i => $"document {i}")];
        string path = _folder.Write("a.txt", string.Join("<|endoftext|>", documents));
        HeldOutRule rule = HeldOutRule.Of(0.3);
        string[] held = [.. documents.Where(d => rule.Holds(Encoding.UTF8.GetBytes(d)))];
        TextScore score = new TextEvaluation().Score(run.Model, new CorpusRequest { Paths = [path], HeldOutShare = 0.3 });
        Assert.InRange(held.Length, 1, 39);
        Assert.Equal(held.Sum(d => d.Length), score.Bytes);
    }

    [Fact]
    public void Score_OfTokens_IsThatOfTheirText()
    {
        string text = Text(200);
        ushort[] tokens = [.. Encoding.UTF8.GetBytes(text).Select(b => (ushort)b), SentenceRun.Separator];
        using TokenFile file = TokenFile.Open(_folder.Write("a.bin", MemoryMarshal.AsBytes(tokens.AsSpan()).ToArray()));
        TextScore score = new TextEvaluation().Score(run.Model, file);
        Assert.Equal(new TextEvaluation().Score(run.Model, Request(_folder.Write("a.txt", text))), score);
    }

    [Fact]
    public void Score_OfTokensThatTheModelDoesNotHave_SaysWhich()
    {
        using TokenFile file = TokenFile.Open(_folder.Write("a.bin", [1, 0, 0, 1]));
        Assert.Contains(
            "token 1 is 256, but the model has 256 tokens",
            Assert.Throws<UserException>(() => new TextEvaluation().Score(run.Model, file)).Message
        );
    }

    [Fact]
    public void Score_OfTheSyntheticLanguage_IsTheLossOfItsHeldOutSequences()
    {
        SentenceRun.Write(_folder.Path, "synthetic", SentenceRun.Untrained(SentenceRun.Shape));
        TrainedModel trained = TrainedModel.Open(_folder.Path);
        TextScore score = new TextEvaluation { Tokens = 70 * SentenceRun.Context }.ScoreSynthetic(trained);
        using Transformer model = trained.Load(1, SentenceRun.Context, 1);
        Batch batch = new(1, SentenceRun.Context);
        double nats = 0;
        for (int i = 0; i < 70; i++)
        {
            batch.Load(SyntheticSequences.HeldOut(new SyntheticLanguage(), SentenceRun.Context, 70), i, 1);
            nats += model.SumOfLosses(batch.Tokens, batch.Targets);
        }
        Assert.Equal(70 * SentenceRun.Context, score.Tokens);
        Assert.Equal(nats, score.Nats, Near * nats);
        Assert.True(score.Loss > score.Floor);
        Assert.Null(score.BitsPerByte);
        Assert.Contains(
            "tokens are no text",
            Assert.Throws<UserException>(() => new TextEvaluation().Score(trained, Request("a.txt"))).Message
        );
    }

    [Fact]
    public void Score_WithWhatDoesNotFit_SaysWhatIsNeeded()
    {
        string path = _folder.Write("a.txt", "short");
        Assert.Contains(
            "at most the model's window of 64",
            Assert.Throws<UserException>(() => new TextEvaluation { Stride = 65 }.Score(run.Model, Request(path))).Message
        );
        Assert.Contains(
            "holds out no document",
            Assert
                .Throws<UserException>(() =>
                    new TextEvaluation().Score(run.Model, new CorpusRequest { Paths = [path], HeldOutShare = 1e-9 })
                )
                .Message
        );
        Assert.Contains(
            "knows nothing of the synthetic language",
            Assert.Throws<UserException>(() => new TextEvaluation().ScoreSynthetic(run.Model)).Message
        );
    }

    [Fact]
    public void Score_OfAModelThatWentAstray_SaysSo()
    {
        Transformer model = SentenceRun.Untrained(SentenceRun.Shape);
        model.Parameters[0].Weights.Fill(float.NaN);
        SentenceRun.Write(_folder.Path, "bytes", model);
        Assert.Contains(
            "no number",
            Assert
                .Throws<UserException>(() =>
                    new TextEvaluation().Score(TrainedModel.Open(_folder.Path), Request(_folder.Write("a.txt", "x")))
                )
                .Message
        );
    }

    /// <summary>Each target by itself: the tokens from the start of the first window that reaches it.</summary>
    private double ByHand(int[] all, int stride)
    {
        using Transformer model = run.Model.Load(1, SentenceRun.Context, 1);
        double nats = 0;
        for (int target = 1; target < all.Length; target++)
        {
            int window = Math.Max(0, (target - SentenceRun.Context + stride - 1) / stride);
            int start = window * stride;
            int[] tokens = new int[SentenceRun.Context];
            int[] targets = new int[SentenceRun.Context];
            Array.Fill(targets, CrossEntropy.Ignored);
            all[start..target].CopyTo(tokens, 0);
            targets[target - start - 1] = all[target];
            nats += model.Loss(tokens, targets);
        }
        return nats;
    }

    private static string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i * i % 23))));

    private static CorpusRequest Request(params string[] paths) => new() { Paths = paths, HeldOutShare = 0 };
}
