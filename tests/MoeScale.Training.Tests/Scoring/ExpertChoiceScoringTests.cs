using System.Text;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Layers;
using MoeScale.Training.Runs;
using MoeScale.Training.Sampling;
using MoeScale.Training.Scoring;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Scoring;

/// <summary>Scores of a model whose experts choose among 4 sequences: what fills the last group, and what is refused.</summary>
public sealed class ExpertChoiceScoringTests : IDisposable
{
    private const int Group = 4,
        Window = SentenceRun.Context;

    // The same losses in batches of other sizes: a few last bits of single precision.
    private const double Near = 1e-5;

    private static readonly Model Shape = SentenceRun.Shape with
    {
        Name = "chosen",
        ExpertCount = 8,
        ExpertWidth = 32,
        TopK = 2,
        Routing = Routing.ExpertChoice,
        RoutingGroup = Group,
        NormAfterExperts = true,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly TrainedModel _trained;

    public ExpertChoiceScoringTests()
    {
        Transformer model = new(Shape, Group, Window, threads: 2);
        model.Initialize(new Initialization(1), seed: 3);
        SentenceRun.Write(_folder.Path, "bytes", model);
        _trained = TrainedModel.Open(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Of 7 windows, the last one short: the first one follows as the eighth, and its end stands behind the short one.</summary>
    [Theory]
    [InlineData(6 * Window)]
    [InlineData((6 * Window) + 9)]
    [InlineData((8 * Window) - 1)]
    public void Score_OfAText_FillsTheLastGroupFromTheBeginning(int length)
    {
        string text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i * i % 23))));
        TextScore score = new TextEvaluation { Threads = 2 }.Score(
            _trained,
            new CorpusRequest { Paths = [_folder.Write("a.txt", text)], HeldOutShare = 0 }
        );
        int[] all = [SentenceRun.Separator, .. Encoding.UTF8.GetBytes(text), SentenceRun.Separator];
        Assert.Equal(length + 1, score.Tokens);
        Assert.Equal(ByHand(all), score.Nats, Near * score.Nats);
    }

    [Fact]
    public void Score_OfLessThanAGroup_SaysHowMuchIsNeeded()
    {
        CorpusRequest request = new() { Paths = [_folder.Write("a.txt", new string('a', 2 * Window))], HeldOutShare = 0 };
        Assert.StartsWith(
            "The experts of 'chosen' choose among 4 sequences at once, and there are 3 of 64 tokens to score. Give 256 tokens or more.",
            Assert.Throws<UserException>(() => new TextEvaluation().Score(_trained, request)).Message
        );
    }

    /// <summary>
    /// Six questions of two choices: groups are first choices of 0 to 3, of 4 and 5 and again 0 and 1, then second
    /// choices of 0 to 3, of 4 and 5 with first ones of 0 and 1.
    /// </summary>
    [Fact]
    public void Score_OfQuestions_GroupsChoicesOfDifferentOnes()
    {
        ChoiceItem[] items =
        [
            .. Enumerable.Range(0, 6).Select(i => new ChoiceItem(i + 1, new string('x', 3 * i), ["one", "a longer choice"], 0)),
        ];
        ChoiceScore score = new ChoiceEvaluation { Threads = 2 }.Score(_trained, items);
        using Transformer model = _trained.Load(Group, 32, 1);
        foreach (
            ((int Question, int Choice)[] rows, int counted) in ((ValueTuple<int, int>[], int)[])
                [
                    ([(0, 0), (1, 0), (2, 0), (3, 0)], 4),
                    ([(4, 0), (5, 0), (0, 0), (1, 0)], 2),
                    ([(0, 1), (1, 1), (2, 1), (3, 1)], 4),
                    ([(4, 1), (5, 1), (0, 0), (1, 0)], 2),
                ]
        )
        {
            int[] tokens = new int[Group * 32],
                targets = new int[Group * 32];
            Array.Fill(targets, Transformer.NoTarget);
            for (int r = 0; r < Group; r++)
            {
                ChoiceEvaluation.Row row = ChoiceEvaluation.RowOf(_trained.Tokenizer!, items[rows[r].Question], rows[r].Choice, Window);
                int read = row.Tokens.Length - 1;
                for (int i = 0; i < 32; i++)
                {
                    tokens[(32 * r) + i] = row.Tokens[i % read];
                }
                row.Tokens[^row.Scored..].CopyTo(targets, (32 * r) + read - row.Scored);
            }
            model.SumOfLosses(tokens, targets);
            for (int r = 0; r < counted; r++)
            {
                double nats = model.Losses(tokens.Length).Slice(32 * r, 32).ToArray().Sum(x => (double)x);
                Assert.Equal(-nats, score.Results[rows[r].Question].Scores[rows[r].Choice], Near * nats);
            }
        }
    }

    [Fact]
    public void Score_OfFewerQuestionsThanAGroup_IsRefused()
    {
        ChoiceItem[] items = [.. Enumerable.Range(0, 3).Select(i => new ChoiceItem(i + 1, "x", ["one", "two"], 0))];
        Assert.StartsWith(
            "The experts of 'chosen' choose among 4 sequences at once, of different questions, and there are 3 questions.",
            Assert.Throws<UserException>(() => new ChoiceEvaluation().Score(_trained, items)).Message
        );
    }

    [Fact]
    public void Sampler_OfExpertsThatChoose_SaysWhyNot()
    {
        using Transformer model = _trained.Load(Group, Window, 1);
        Assert.StartsWith(
            "'chosen' cannot be sampled: its experts choose among the tokens of 4 sequences at once",
            Assert.Throws<UserException>(() => new Sampler(model, new SamplingSettings(), 256)).Message
        );
    }

    private double ByHand(int[] all)
    {
        using Transformer model = _trained.Load(Group, Window, 1);
        int[][] windows = [.. all[..^1].Chunk(Window)];
        double nats = 0;
        for (int first = 0; first < windows.Length; first += Group)
        {
            int[] tokens = new int[Group * Window],
                targets = new int[Group * Window];
            Array.Fill(targets, Transformer.NoTarget);
            for (int r = 0; r < Group; r++)
            {
                windows[0].CopyTo(tokens, r * Window);
                if (first + r < windows.Length)
                {
                    windows[first + r].CopyTo(tokens, r * Window);
                    all.AsSpan(((first + r) * Window) + 1, windows[first + r].Length).CopyTo(targets.AsSpan(r * Window));
                }
            }
            nats += model.SumOfLosses(tokens, targets);
        }
        return nats;
    }
}
