using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Runs;

public sealed class TrainedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model.safetensors", true)]
    [InlineData("checkpoint/weights.safetensors", false)]
    [InlineData("checkpoint.old/weights.safetensors", false)]
    public void Open_ARunThatIsFinishedOrOnItsWay_LoadsTheSameBits(string weights, bool isFinished)
    {
        using Transformer written = SentenceRun.Untrained(SentenceRun.Shape);
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape), weights);
        TrainedModel trained = TrainedModel.Open(_folder.Path);
        using Transformer read = trained.Load(2, 32, threads: 1);
        Assert.Equal(isFinished, trained.IsFinished);
        Assert.IsType<ByteTokenizer>(trained.Tokenizer);
        Assert.Equal(SentenceRun.Context, trained.Context);
        Assert.All(
            written.Parameters.Zip(read.Parameters),
            pair => Assert.True(pair.First.Weights.SequenceEqual(pair.Second.Weights), pair.First.Name)
        );
    }

    [Fact]
    public void Open_AFinishedRunWithItsCheckpoint_TakesTheEnd()
    {
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape), "checkpoint/weights.safetensors");
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape));
        Assert.True(TrainedModel.Open(_folder.Path).IsFinished);
    }

    [Fact]
    public void Open_ARunOfShorterSequences_KnowsWhatItWasTrainedOn()
    {
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape, sequence: 24));
        Assert.Equal(24, TrainedModel.Open(_folder.Path).Context);
    }

    [Fact]
    public void Load_WeightsOfAnotherShape_SaysTheTensorAndBothShapes()
    {
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape));
        _folder.Write("model.yaml", ModelFile.Write(SentenceRun.Shape with { FeedForwardWidth = 96 }));
        Complains("'blocks.0.feed_forward.input.weight' is (128, 32) there and (192, 32) in that");
    }

    [Fact]
    public void Load_WeightsOfAShallowerModel_SaysWhatIsMissing()
    {
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape));
        _folder.Write("model.yaml", ModelFile.Write(SentenceRun.Shape with { Blocks = 3 }));
        Complains("it has no 'blocks.2.");
    }

    [Fact]
    public void Load_WeightsOfADeeperModel_SaysWhatIsTooMuch()
    {
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape));
        _folder.Write("model.yaml", ModelFile.Write(SentenceRun.Shape with { Blocks = 1 }));
        Complains("is no parameter of that");
    }

    [Theory]
    [InlineData("model.yaml", null, "it has no model.yaml")]
    [InlineData("run.json", null, "it has no run.json")]
    [InlineData("run.json", "[]", "names no tokenizer")]
    [InlineData("run.json", "{", "names no tokenizer")]
    [InlineData("run.json", "{\"tokenizer\": \"words\"}", "the tokenizer 'words'; known are bytes, gpt2, synthetic and none")]
    [InlineData("run.json", "{\"tokenizer\": \"bytes\", \"context\": 0}", "the context '0' is no whole number above zero")]
    [InlineData("run.json", "{\"tokenizer\": \"gpt2\"}", "vocab.json cannot be read: there is no such file")]
    [InlineData("model.safetensors", null, "has no weights yet")]
    [InlineData("model.safetensors", "short", "safetensors")]
    public void Open_AFolderThatIsNotWhole_SaysWhatIsWrong(string name, string? content, string expected)
    {
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape));
        File.Delete(Path.Combine(_folder.Path, name));
        if (content is not null)
        {
            _folder.Write(name, content);
        }
        Complains(expected);
    }

    [Fact]
    public void Open_AVocabularyThatIsTooSmallForItsTokenizer_IsRefused()
    {
        SentenceRun.Write(_folder.Path, "bytes", SentenceRun.Untrained(SentenceRun.Shape with { VocabularySize = 64 }));
        Complains("a vocabulary of 64, but its tokenizer 'bytes' has 256 tokens");
    }

    [Fact]
    public void Open_NoFolder_SaysSo()
    {
        Assert.Contains(
            "there is no such folder",
            Assert.Throws<UserException>(() => TrainedModel.Open(Path.Combine(_folder.Path, "none"))).Message
        );
        Assert.Contains(
            "is a file; the folder of a run is needed",
            Assert.Throws<UserException>(() => TrainedModel.Open(_folder.Write("file", "x"))).Message
        );
    }

    private void Complains(string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<UserException>(() => TrainedModel.Open(_folder.Path).Load(1, SentenceRun.Context, 1)).Message
        );
}
