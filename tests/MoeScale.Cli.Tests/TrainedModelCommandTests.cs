using System.Text.Json;

namespace MoeScale.Cli.Tests;

/// <summary><c>eval</c> and <c>sample</c>, as their users call them.</summary>
public sealed class TrainedModelCommandTests(SentenceRun run) : IClassFixture<SentenceRun>
{
    private static IEnumerable<string> Names(JsonElement e) => e.EnumerateObject().Select(p => p.Name);

    [Fact]
    public void Sample_OfAKnownSentence_PrintsItToItsEnd()
    {
        Finished finished = Shell.MoeScale("sample", run.Folder, "--prompt", "The quick", "--temperature", "0");
        Assert.Equal((0, "", SentenceRun.Sentence + "\n"), (finished.ExitCode, finished.Error, finished.Output));
        string file = run.Add("prompt.txt", "The quick");
        Assert.Equal(finished.Output, Shell.MoeScale("sample", run.Folder, "--prompt-file", file, "--top-k", "1").Output);
    }

    [Fact]
    public void Sample_AsJson_HasTextAndTokens()
    {
        JsonElement sample = Shell.Json("sample", run.Folder, "--prompt", "The quick", "--temperature", "0", "--tokens", "6");
        Assert.Equal(
            [
                "model",
                "finished",
                "prompt",
                "text",
                "prompt_tokens",
                "tokens",
                "ended",
                "window",
                "temperature",
                "top_k",
                "top_p",
                "seed",
                "seconds",
            ],
            Names(sample)
        );
        Assert.Equal(
            ("The quick", " brown", false),
            (sample.GetProperty("prompt").GetString(), sample.GetProperty("text").GetString(), sample.GetProperty("ended").GetBoolean())
        );
        Assert.Equal(
            (10, 6, 64),
            (
                sample.GetProperty("prompt_tokens").GetArrayLength(),
                sample.GetProperty("tokens").GetArrayLength(),
                sample.GetProperty("window").GetInt32()
            )
        );
    }

    [Fact]
    public void Sample_WithASeed_IsTheSameAgain()
    {
        string[] line = ["sample", run.Folder, "--temperature", "3", "--tokens", "30", "--seed", "4", "--threads"];
        Assert.Equal(Shell.MoeScale([.. line, "1"]).Output, Shell.MoeScale([.. line, "2"]).Output);
    }

    [Fact]
    public void Sample_OfASyntheticModel_ShowsNumbersAndSaysWhy()
    {
        Finished finished = Shell.MoeScale("sample", run.Synthetic, "--prompt", "3 40", "--tokens", "5");
        Assert.Equal((0, "moescale: this model's tokens are no text; their numbers are shown.\n"), (finished.ExitCode, finished.Error));
        string[] words = finished.Output.TrimEnd().Split(' ');
        Assert.Equal((7, "3", "40"), (words.Length, words[0], words[1]));
        Assert.All(words, word => Assert.InRange(int.Parse(word), 0, 255));
    }

    [Fact]
    public void Eval_OfAText_TellsLossAndBitsPerByte()
    {
        string file = run.Add("text.txt", SentenceRun.Sentence);
        JsonElement score = Shell.Json("eval", run.Folder, "--text", file);
        Assert.Equal(
            ["model", "finished", "text", "tokens", "bytes", "loss", "perplexity", "bits_per_byte", "floor", "window", "stride", "seconds"],
            Names(score)
        );
        Assert.Equal((63, 62), (score.GetProperty("tokens").GetInt32(), score.GetProperty("bytes").GetInt32()));
        double loss = score.GetProperty("loss").GetDouble();
        Assert.InRange(loss, 0, 0.1);
        Assert.Equal(loss * 63 / 62 / Math.Log(2), score.GetProperty("bits_per_byte").GetDouble(), 1e-12);
        Assert.Contains("nats per token", Shell.MoeScale("eval", run.Folder, "--text", file, "--stride", "32").Output);
    }

    [Fact]
    public void Eval_OfTheSyntheticLanguage_TellsItsFloor()
    {
        JsonElement score = Shell.Json("eval", run.Synthetic, "--text", "synthetic", "--tokens", "6400");
        Assert.Equal(6400, score.GetProperty("tokens").GetInt32());
        Assert.True(score.GetProperty("loss").GetDouble() > score.GetProperty("floor").GetDouble());
        Assert.Equal(JsonValueKind.Null, score.GetProperty("bits_per_byte").ValueKind);
    }

    [Fact]
    public void Eval_OfQuestions_TellsAccuracyAndEachAnswer()
    {
        string file = run.Add(
            "questions.jsonl",
            """
            {"context": "The quick brown", "choices": ["cat naps.", "fox jumps"], "answer": 1}
            {"query": "The quick brown fox", "choices": ["jumps over", "naps over"], "gold": "B"}
            """
        );
        JsonElement score = Shell.Json("eval", run.Folder, "--choices", file);
        Assert.Equal(
            [
                "model",
                "finished",
                "choices",
                "questions",
                "accuracy",
                "accuracy_se",
                "accuracy_per_byte",
                "accuracy_per_byte_se",
                "chance",
                "cut",
                "window",
                "seconds",
                "answers",
            ],
            Names(score)
        );
        Assert.Equal(
            (2, 0.5, 0.5),
            (score.GetProperty("questions").GetInt32(), score.GetProperty("accuracy").GetDouble(), score.GetProperty("chance").GetDouble())
        );
        Assert.Equal(
            ["line", "answer", "choice", "choice_per_byte", "scores", "scores_per_byte", "cut"],
            Names(score.GetProperty("answers")[0])
        );
        Assert.Contains("Accuracy       0.5000 ± 0.5000 (standard error)", Shell.MoeScale("eval", run.Folder, "--choices", file).Output);
    }

    [Fact]
    public void Eval_OfAChoiceLongerThanTheWindow_NamesFileAndLine()
    {
        string file = run.Add("long.jsonl", $$"""{"context": "", "choices": ["a", "{{new string('b', 70)}}"], "answer": 0}""");
        Finished finished = Shell.MoeScale("eval", run.Folder, "--choices", file);
        Assert.Equal((2, ""), (finished.ExitCode, finished.Output));
        Assert.StartsWith(
            $"moescale: {file}, line 1: choice 1, counted from 0, has 70 tokens, but the model's window is 64.",
            finished.Error
        );
    }

    [Fact]
    public void Sample_OfARunOnItsWay_SaysSo()
    {
        string folder = Path.Combine(run.Folder, "on-its-way");
        Directory.CreateDirectory(Path.Combine(folder, "checkpoint"));
        File.Copy(Path.Combine(run.Folder, "model.yaml"), Path.Combine(folder, "model.yaml"));
        File.Copy(Path.Combine(run.Folder, "run.json"), Path.Combine(folder, "run.json"));
        File.Copy(Path.Combine(run.Folder, "model.safetensors"), Path.Combine(folder, "checkpoint", "weights.safetensors"));
        Finished finished = Shell.MoeScale("sample", folder, "--prompt", "The quick", "--temperature", "0");
        Assert.Equal((0, SentenceRun.Sentence + "\n"), (finished.ExitCode, finished.Output));
        Assert.Equal("moescale: this run is on its way; its last checkpoint is used.\n", finished.Error);
    }

    [Theory]
    [InlineData("sample /no/such/run", "/no/such/run cannot be read: there is no such folder.")]
    [InlineData("sample RUN --prompt a --prompt-file b", "--prompt and --prompt-file are two prompts.")]
    [InlineData("sample RUN --temperature -1", "--temperature '-1' must not be below zero.")]
    [InlineData("sample RUN --top-p 2", "No token can be drawn with a top-p of 2; it takes more than 0 and at most 1.")]
    [InlineData("sample RUN --tokens 1.5", "--tokens '1.5' must be a whole number")]
    [InlineData("sample RUN --seed x", "--seed 'x' is no whole number from 0")]
    [InlineData("sample RUN --prompt-file /no/file", "/no/file cannot be read: there is no such folder.")]
    [InlineData("sample SYNTHETIC", "This model's tokens are no text, and it needs one to begin with.")]
    [InlineData(
        "sample SYNTHETIC --prompt Once",
        "--prompt: 'Once' is no token of this model, which are no text but numbers from 0 to 255."
    )]
    [InlineData("sample SYNTHETIC --prompt 256", "--prompt: '256' is no token of this model")]
    [InlineData("eval RUN", "nothing says what to score. Give --text")]
    [InlineData("eval RUN --text a --choices b", "--text and --choices are two measures.")]
    [InlineData("eval RUN --text a synthetic", "--text a synthetic: a file of tokens, dotnet-docs and synthetic are scored alone.")]
    [InlineData("eval RUN --text synthetic", "A model of 'bytes' tokens knows nothing of the synthetic language.")]
    [InlineData("eval RUN --text /no/text", "/no/text cannot be read: there is no such folder.")]
    [InlineData(
        "eval RUN --text dotnet-docs --stride 65",
        "A stride of 65 would leave tokens out: it takes at most the model's window of 64."
    )]
    [InlineData("eval RUN --text a --held-out 2", "--held-out '2' is no share;")]
    [InlineData("eval RUN --choices /no/file", "/no/file cannot be read: there is no such folder.")]
    [InlineData("eval RUN --choices a --stride 8", "--stride belongs to --text.")]
    [InlineData(
        "eval SYNTHETIC --text dotnet-docs",
        "SYNTHETIC holds a model of a synthetic language, whose tokens are no text; scoring a text needs a model that was trained on text."
    )]
    [InlineData("eval SYNTHETIC --text synthetic --stride 8", "--stride makes no sense for --text synthetic")]
    [InlineData(
        "eval SYNTHETIC --text synthetic --held-out 0.1",
        "--held-out chooses documents of texts; --text synthetic is scored as it stands."
    )]
    public void Command_WrongUse_SaysWhatWhyAndCure(string line, string expected)
    {
        Finished finished = Shell.MoeScale([.. line.Split(' ').Select(Real)]);
        Assert.Equal((2, ""), (finished.ExitCode, finished.Output));
        Assert.StartsWith("moescale: " + expected.Replace("SYNTHETIC", run.Synthetic), finished.Error);

        string Real(string word) =>
            word == "RUN" ? run.Folder
            : word == "SYNTHETIC" ? run.Synthetic
            : word;
    }

    [Fact]
    public void Eval_WithoutAStride_SaysTheModelsWindow() =>
        Assert.Contains("windows of 64", Shell.MoeScale("eval", run.Folder, "--text", run.Add("short.txt", "The")).Output);
}
