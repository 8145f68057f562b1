using System.Text.Json.Nodes;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Tests;

/// <summary>The file that a study writes for a cell trains what the options of that cell would.</summary>
public sealed class TrainConfigTests : IDisposable
{
    private const string Trunk = """
        id: s
        text: synthetic
        family: joint-2025
        model: { context: 16, n_blocks: 1, n_heads: 2 }
        grid: { d_model: 16, experts: 4 }
        train: { branches: [2k, 4k], batch_tokens: 128, eval_tokens: 512, warmup: 0.1, decay: 0.3, init_cut: 0.2, seed: 3, beta2: 0.9 }
        """;

    private const string Texts = """
        id: s
        text: [texte/größe 🙂.jsonl]
        held_out: 0.2
        field: body
        family: joint-2025
        model: { context: 16, n_blocks: 1, n_heads: 2 }
        grid: { d_model: 16 }
        train: { tokens: 2k, schedule: cosine, epochs: 3, clip: 0.5, init_scale: 0.05, batch_ramp: 0.5, micro_batch: 2 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("moescale-config").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Cell_TrainedByItsFile_HasTheBitsOfItsOptions()
    {
        Cell cell = Begin(Trunk);
        Succeed("train", "--config", "config.json", "--out", "a");
        // Below 1 a warm-up would be a share; this is the number that the study works out.
        string[] options =
        [
            .. "train --model model.yaml --text synthetic --branches 2k,4k --batch-tokens 128 --eval-tokens 512".Split(' '),
            .. "--decay 0.3 --init-cut 0.2 --seed 3 --beta2 0.9 --eval-every 1e15 --out b --warmup".Split(' '),
            $"{cell.Recipe.Run.WarmupTokens:R}",
            "--lr",
            $"{cell.LearningRate:R}",
        ];
        Succeed(options);
        foreach (string branch in (string[])["2.00K", "4.00K"])
        {
            Assert.Equal(Bytes("b", branch), Bytes("a", branch));
        }
        Assert.Equal(Run("b"), Run("a"));
        // So what an earlier version began by options goes on by the file.
        Succeed("train", "--config", "config.json", "--out", "b");
    }

    [Fact]
    public void Cell_OfTexts_IsTrainedByItsFile()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "texte"));
        File.WriteAllLines(
            Path.Combine(_folder, "texte", "größe 🙂.jsonl"),
            Enumerable.Range(0, 60).Select(i => $$"""{"body": "document {{i}} of a text that is long enough for a run of some tokens"}""")
        );
        Cell cell = Begin(Texts);
        Succeed("train", "--config", "config.json", "--out", "a", "--data", "data", "--threads", "1");
        Succeed([
            .. "train --model model.yaml --text".Split(' '),
            "texte/größe 🙂.jsonl",
            .. "--held-out 0.2 --field body --tokenizer bytes --tokens 2k --schedule cosine --epochs 3 --clip 0.5 --init-scale 0.05".Split(
                ' '
            ),
            .. "--batch-ramp 0.5 --micro-batch 2 --out b --lr".Split(' '),
            $"{cell.LearningRate:R}",
        ]);
        Assert.Equal(Bytes("b"), Bytes("a"));
        Assert.Equal(Run("b"), Run("a"));
    }

    [Theory]
    [InlineData(
        "--warmup 0.1",
        "--warmup cannot stand beside --config, whose file says what is trained. Change 'warmup_tokens' in the file; beside it may stand "
            + "--out, "
    )]
    [InlineData("--context 32", "--context cannot stand beside --config, whose file says what is trained. Change 'model' in the file;")]
    [InlineData("--text synthetic", "--text cannot stand beside --config, whose file says what is trained. Change 'text' in the file;")]
    [InlineData("--sweep-lr", "--sweep-lr cannot stand beside --config, whose file says what is trained. Leave it out;")]
    [InlineData("--checkpoint-steps 0.5", "--checkpoint-steps is '0.5'; it needs a whole number from 1 to 1e12.")]
    public void Option_BesideAFile_IsRefusedOrRead(string options, string expected)
    {
        Begin(Trunk);
        Refused(expected, ["--config", "config.json", .. options.Split(' ')]);
    }

    [Theory]
    [InlineData("seed", "\"x\"", "config.json:", "'seed' 'x' is not a number")]
    [InlineData("warmup", "0.1", "config.json:", "'warmup' is not known here (did you mean 'warmup_tokens'?)")]
    [InlineData(
        "batch_tokens",
        "2",
        "config.json:",
        "'batch_tokens' '2' is less than one sequence of 16 tokens. Raise it, or lower 'model.context'."
    )]
    [InlineData("tokens", "4000", "config.json:", "'branches' has the lengths of all runs, and 'tokens' another one. Leave one out.")]
    [InlineData("schedule", "\"cosine\"", "config.json:", "'branches' share a run at constant rate, which 'schedule: cosine' has not.")]
    [InlineData("text", "[]", "config.json: nothing says what to train on. Give 'text' with files or folders, or 'text: synthetic'")]
    [InlineData("tokenizer", "\"bytes\"", "config.json: 'text: synthetic' is made of tokens; no tokenizer is used.")]
    [InlineData("model", "null", "config.json", "'model' needs a mapping")]
    public void File_ThatCannotBe_SaysWhereAndWhy(string key, string value, params string[] expected)
    {
        Begin(Trunk);
        Change((key, value));
        string error = Refused("config.json", ["--config", "config.json"]);
        Assert.All(expected, e => Assert.Contains(e, error));
    }

    /// <summary>What goes wrong behind the reading of the file is told in its keys too; what it has no key for, by its option.</summary>
    [Theory]
    [InlineData(
        1,
        "Lower 'learning_rate' or 'clip', or raise 'warmup_tokens', in another --out.",
        "learning_rate",
        "1",
        "warmup_tokens",
        "0",
        "branches",
        "[30000, 60000]"
    )]
    [InlineData(
        2,
        "Give another text to hold out: 'held_out: FILE'; or 'held_out: 0' to hold out none.",
        "text",
        "[\"short.txt\"]",
        "tokenizer",
        "\"bytes\""
    )]
    public void Run_ThatFails_IsToldInKeysOfTheFile(int code, string expected, params string[] keysAndValues)
    {
        Begin(Trunk);
        File.WriteAllText(Path.Combine(_folder, "short.txt"), "One document.");
        Change([.. keysAndValues.Chunk(2).Select(p => (p[0], p[1]))]);
        Finished run = Shell.MoeScaleIn(_folder, "train", "--config", "config.json", "--out", "x");
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(expected, run.Error);
    }

    private void Change(params (string Key, string Value)[] changes)
    {
        string path = Path.Combine(_folder, "config.json");
        JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        foreach ((string key, string value) in changes)
        {
            json[key] = JsonNode.Parse(value);
        }
        File.WriteAllText(path, json.ToJsonString());
    }

    private Cell Begin(string text)
    {
        string file = Path.Combine(_folder, "s.yaml");
        File.WriteAllText(file, text);
        Study study = StudyFile.Read(file);
        CellFolder cell = StudyFolder.At(study.DefaultFolder).Of(study.Cells[0]);
        cell.Begin(study.Text);
        File.Copy(cell.ConfigurationPath, Path.Combine(_folder, "config.json"));
        File.Copy(cell.ModelPath, Path.Combine(_folder, "model.yaml"));
        return study.Cells[0];
    }

    private void Succeed(params string[] words)
    {
        Finished run = Shell.MoeScaleIn(_folder, words);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    private string Refused(string expected, string[] words)
    {
        Finished run = Shell.MoeScaleIn(_folder, ["train", "--out", "x", .. words]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"moescale: {expected}", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        return run.Error;
    }

    private byte[] Bytes(string run, string? branch = null) =>
        File.ReadAllBytes(
            Path.Combine(branch is null ? [_folder, run, "model.safetensors"] : [_folder, run, "branches", branch, "model.safetensors"])
        );

    // Where held-out text is scored on the way changes nothing that is trained.
    private string Run(string run)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, run, "run.json")))!.AsObject();
        json.Remove("held_out_every");
        return json.ToJsonString();
    }
}
