using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Training.Tests.Runs;

/// <summary>
/// Folders of runs in which a disk, a script or a stranger has changed something: said with the file and a cure, and nothing is removed.
/// </summary>
public sealed class DamagedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string In(string name) => Path.Combine(_folder.Path, "run", name);

    [Theory]
    [InlineData("\"step\": \\d+", "\"step\": 21")]
    [InlineData("\"step\": \\d+", "\"step\": 9223372036854775807")]
    [InlineData("\"sequences\": \\d+", "\"sequences\": 161")]
    [InlineData("\"sequences\": \\d+", "\"sequences\": -8")]
    [InlineData("\"sequences\": \\d+", "\"sequences\": 9223372036854775807")]
    [InlineData("\"smoothed_loss\": [^,]+", "\"smoothed_loss\": 1e400")]
    [InlineData("\"smoothed_loss\": [^,]+", "\"smoothed_loss\": \"low\"")]
    [InlineData("\"seconds\": [^,]+", "\"seconds\": -1")]
    [InlineData("\"vectors\": [^,\n]+", "\"vectors\": null")]
    [InlineData("\"vectors\": [^,\n]+", "\"vectors\": \"\\ud800\"")]
    [InlineData("(?s).*", "null")]
    [InlineData("(?s).*", "")]
    public void State_ThatNoRunLeaves_IsRefused(string what, string instead)
    {
        Begin(20);
        Change("checkpoint/state.json", what, instead);
        string[] before = Files();
        string message = Assert.Throws<UserException>(() => Begin(30)).Message;
        Assert.Contains("state.json is", message);
        Assert.EndsWith($"remove {Path.GetDirectoryName(In("run.json"))} to begin the run anew.", message);
        Assert.Equal(before, Files());
    }

    [Theory]
    [InlineData("\"loss\":[^,]+", "\"loss\":null", "'loss' is no number")]
    [InlineData("\"loss\":[^,]+,", "", "'loss' is missing")]
    [InlineData("\"training_loss\":[^,]+", "\"training_loss\":1e400", "1e400 is beyond all numbers")]
    [InlineData("\"seconds\":[^,]+", "\"seconds\":1e300", "'seconds' are more than any run takes")]
    [InlineData("\"held_out\":[^,]+", "\"held_out\":1", "'held_out' is neither true nor false")]
    [InlineData("\"schedule\":[^,]+", "\"schedule\":\"\\ud800\"", "A text in it holds half of a character")]
    [InlineData("\"schedule\"", "\"\\ud800\"", "A text in it holds half of a character")]
    [InlineData("(?s).*", "[]", "An object is needed")]
    public void Result_ThatNoRunWrites_IsRefused(string what, string instead, string expected)
    {
        TinyRun.Finish(In(""), TinyRun.Configuration);
        Change("result.json", what, instead);
        using RunFolder folder = RunFolder.Open(In(""));
        Assert.StartsWith(
            $"{In("result.json")} is damaged: {expected}. Put it in order",
            Assert.Throws<UserException>(() => folder.Result).Message
        );
    }

    [Theory]
    [InlineData("\"learning_rate\": [^,]+", "\"learning_rate\": 1e400")]
    [InlineData("\"learning_rate\": [^,]+", "\"learning_rate\": 0")]
    [InlineData("(?s)\"text\": \\[.*?\\]", "\"text\": null")]
    [InlineData("\"tokenizer\": [^,]+", "\"tokenizer\": \"\\ud800\"")]
    public void Configuration_ThatNoRunWrites_IsRefused(string what, string instead)
    {
        Begin(3);
        Change("run.json", what, instead);
        Assert.Contains("run.json is no configuration of a run", Assert.Throws<UserException>(() => Begin(4)).Message);
    }

    /// <summary>What follows a damaged line is not cut off with it.</summary>
    [Theory]
    [InlineData("{\"step\":5,", "{\"step\":x,")]
    [InlineData("{\"step\":5,", "{\"step\":50,")]
    public void Metrics_WithADamagedLine_AreKept(string what, string instead)
    {
        Begin(20);
        Change("metrics.jsonl", Regex.Escape(what), instead);
        string[] before = Files();
        Assert.StartsWith(
            $"{In("metrics.jsonl")} is damaged: its line 5 is not what a run writes there.",
            Assert.Throws<UserException>(() => Begin(30)).Message
        );
        Assert.Equal(before, Files());
    }

    /// <summary>Nothing is asked of memory for sizes that the weights' file does not bear out.</summary>
    [Theory]
    [InlineData("d_model: \\d+", "d_model: 1048576")]
    [InlineData("n_blocks: \\d+", "n_blocks: 1000000000")]
    [InlineData("vocab_size: \\d+", "vocab_size: 2000000000")]
    public void Model_LargerThanItsWeights_IsRefused(string what, string instead)
    {
        TinyRun.Finish(In(""), TinyRun.Configuration);
        Change("model.yaml", what, instead);
        Assert.Contains("They do not belong together", Assert.Throws<UserException>(() => TrainedModel.Open(In(""))).Message);
    }

    [Fact]
    public void Open_AfterAKill_RemovesWhatWasBeingWritten()
    {
        Begin(3);
        File.WriteAllText(In("model.safetensors.123.tmp"), "part");
        using RunFolder folder = RunFolder.Open(In(""));
        Assert.False(File.Exists(In("model.safetensors.123.tmp")));
    }

    // As a run that is stopped after so many steps leaves it.
    private void Begin(int steps)
    {
        using RunFolder place = RunFolder.Open(In(""));
        using TrainingData data = TinyRun.Data(TinyRun.Configuration);
        place.Begin(TinyRun.Model, TinyRun.Configuration);
        using TrainingRun run = new(place, TinyRun.Model, TinyRun.Configuration, data, 1, new CheckpointRule(0));
        run.RunUntil(128 * steps, null, TestContext.Current.CancellationToken);
        run.Save();
    }

    private void Change(string file, string what, string instead)
    {
        string text = File.ReadAllText(In(file));
        string changed = new Regex(what).Replace(text, instead.Replace("$", "$$", StringComparison.Ordinal), 1);
        Assert.NotEqual(text, changed);
        File.WriteAllText(In(file), changed);
    }

    private string[] Files() =>
        [
            .. Directory
                .GetFiles(In(""), "*", SearchOption.AllDirectories)
                .Where(f => Path.GetFileName(f) != "lock")
                .Order()
                .Select(f => $"{f} {Convert.ToHexString(File.ReadAllBytes(f))}"),
        ];
}
