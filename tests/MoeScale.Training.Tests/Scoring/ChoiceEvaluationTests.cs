using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Kernels;
using MoeScale.Training.Scoring;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Scoring;

public sealed class ChoiceEvaluationTests(SentenceRun run) : IClassFixture<SentenceRun>
{
    /// <summary>Contexts of all lengths, in groups of several sequences, against one choice at a time.</summary>
    [Fact]
    public void Score_OfManyQuestions_IsThatOfEachChoiceAlone()
    {
        ChoiceItem[] items =
        [
            .. Enumerable.Range(0, 40).Select(i => new ChoiceItem(i + 1, new string('x', i * 2), ["one", "a longer choice", "é"], i % 3)),
        ];
        ChoiceScore score = new ChoiceEvaluation { Threads = 2 }.Score(run.Model, items);
        using Transformer model = run.Model.Load(1, SentenceRun.Context, 1);
        foreach (ChoiceResult result in score.Results)
        {
            for (int c = 0; c < 3; c++)
            {
                byte[] choice = Encoding.UTF8.GetBytes(
                    result.Item.Context.Length == 0 ? result.Item.Choices[c] : $" {result.Item.Choices[c]}"
                );
                int[] all = [SentenceRun.Separator, .. Encoding.UTF8.GetBytes(result.Item.Context), .. choice];
                all = all[^Math.Min(all.Length, SentenceRun.Context + 1)..];
                int[] tokens = new int[SentenceRun.Context];
                int[] targets = new int[SentenceRun.Context];
                Array.Fill(targets, CrossEntropy.Ignored);
                all[..^1].CopyTo(tokens, 0);
                all[^choice.Length..].CopyTo(targets, all.Length - 1 - choice.Length);
                double expected = -model.SumOfLosses(tokens, targets);
                // The same losses in sequences of another length: a few last bits of single precision.
                Assert.Equal(expected, result.Scores[c], 1e-5 * -expected);
                Assert.Equal(result.Scores[c] / Encoding.UTF8.GetByteCount(result.Item.Choices[c]), result.ScoresPerByte[c], 1e-12);
            }
        }
        Assert.Equal(
            score.Results.Count(r => 1 + r.Item.Context.Length + 1 + "a longer choice".Length > SentenceRun.Context + 1),
            score.Cut
        );
        Assert.InRange(score.Cut, 1, 39);
    }

    [Fact]
    public void Score_OfWhatWasMemorised_IsRight()
    {
        ChoiceItem[] items =
        [
            new(1, "The quick brown", ["cat naps.", "fox jumps"], 1),
            new(2, "", ["The quick", "A slow"], 0),
            new(3, "The quick brown ", ["fox", "cat"], 0),
            new(4, "The quick brown fox", ["jumps over", "naps over"], 1),
        ];
        ChoiceScore score = new ChoiceEvaluation().Score(run.Model, items);
        Assert.Equal([1, 0, 0, 0], score.Results.Select(r => r.Choice));
        Assert.Equal((0.75, 0.5, 0), (score.Accuracy, score.Chance, score.Cut));
        Assert.Equal(0.25, score.StandardError!.Value, 1e-12); // √(0.75·0.25/3)
    }

    [Fact]
    public void Rows_OfGpt2_JoinTheSpaceToTheWord()
    {
        ITokenizer gpt2 = Data.Gpt2.Tokenizer;
        ChoiceEvaluation.Row plain = ChoiceEvaluation.RowOf(gpt2, new(1, "The sky is", ["blue and wide"], 0), 0, 64);
        ChoiceEvaluation.Row spaced = ChoiceEvaluation.RowOf(gpt2, new(1, "The sky is ", ["blue and wide"], 0), 0, 64);
        ChoiceEvaluation.Row led = ChoiceEvaluation.RowOf(gpt2, new(1, "The sky is", [" blue and wide"], 0), 0, 64);
        Assert.Equal([50256, 464, 6766, 318, 4171, 290, 3094], plain.Tokens);
        Assert.Equal(plain.Tokens, spaced.Tokens);
        Assert.Equal(plain.Tokens, led.Tokens);
        Assert.Equal((3, 3, 3), (plain.Scored, spaced.Scored, led.Scored));
    }

    [Fact]
    public void Rows_OfAContextThatEndsInASpace_GiveItToTheChoice()
    {
        ChoiceEvaluation.Row row = ChoiceEvaluation.RowOf(new ByteTokenizer(), new(1, "ab ", ["c"], 0), 0, 64);
        Assert.Equal([0xFF, 'a', 'b', ' ', 'c'], row.Tokens);
        Assert.Equal(2, row.Scored);
    }

    [Theory]
    [InlineData(63, false)]
    [InlineData(64, false)]
    [InlineData(65, true)]
    public void Rows_AtTheBorderOfTheWindow_LoseTheFirstTokens(int length, bool isCut)
    {
        ChoiceEvaluation.Row row = ChoiceEvaluation.RowOf(new ByteTokenizer(), new(1, new string('x', length - 2), [" y"], 0), 0, 64);
        Assert.Equal((Math.Min(length + 1, 65), 2, isCut), (row.Tokens.Length, row.Scored, row.IsCut));
        Assert.Equal(isCut ? 'x' : 0xFF, row.Tokens[0]);
    }

    [Fact]
    public void Score_OfAChoiceLongerThanTheWindow_SaysFileAndLine()
    {
        ChoiceItem item = new(7, "", ["a", new string('b', 65)], 0);
        Assert.StartsWith("Line 7: choice 1, counted from 0, has 65 tokens, but the model's window is 64.", Message(item));
        Assert.StartsWith("q.jsonl, line 7: choice 1, counted from 0, has 65 tokens", Message(item with { File = "q.jsonl" }));

        string Message(ChoiceItem tooLong) =>
            Assert.Throws<UserException>(() => new ChoiceEvaluation().Score(run.Model, [tooLong])).Message;
    }
}
