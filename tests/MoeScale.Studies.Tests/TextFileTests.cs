using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Tests;

/// <summary>Texts and trainers that are not there are found on reading.</summary>
public sealed class TextFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TextFileTests()
    {
        _folder.Write("texts/a.txt", new string('a', 3000));
        _folder.Write("empty/readme.pdf", "x");
        File.WriteAllBytes(_folder.In("tokens.bin"), new byte[6000]);
    }

    public void Dispose() => _folder.Dispose();

    private Study Read(string text, string rest = "", bool isTrained = true)
    {
        string path = TinyStudy.Write(
            _folder,
            TinyStudy
                .Text.Replace("text: synthetic", text, StringComparison.Ordinal)
                .Replace("{ context: 16,", "{ context: 16, vocab_size: 512,", StringComparison.Ordinal)
                .Replace("[4k, 8k]", "[1k, 2k]", StringComparison.Ordinal)
                + "\n"
                + rest
        );
        return StudyFile.Read(path, isTrained);
    }

    [Theory]
    [InlineData(
        "text: missing.txt",
        "",
        ":2:",
        "missing.txt; correct 'text', whose paths start from the study's folder, or put the file there"
    )]
    [InlineData("text: [texts, missing]", "", ":2:", "missing; correct 'text'")]
    [InlineData("text: texts\nheld_out: held", "", ":3:", "held; correct 'held_out'")]
    [InlineData("text: texts\nheld_out: 1.5", "", ":3:", "'held_out' '1.5' is no share; it takes 0 or more and less than 1, such as 0.05")]
    [InlineData("text: texts\nheld_out: [0.1, 0.2]", "", ":3:", "'held_out' '0.1' is no share")]
    [InlineData("text: synthetic\nheld_out: 0.1", "", ":3:", "'held_out' makes no sense for 'text: synthetic', which draws as much as")]
    [InlineData("text: [texts, synthetic]", "", ":2:", "synthetic: synthetic is trained on alone. Give it alone, or other files.")]
    [InlineData("text: [tokens.bin, texts]", "", ":2:", "a file of tokens is trained on alone")]
    [InlineData(
        "text: texts\ntokenizer: byte",
        "",
        ":3:",
        "'tokenizer' is 'byte' (did you mean 'bytes'?); it needs bytes, or gpt2 with its two files:"
    )]
    [InlineData("text: texts\ntokenizer: gpt2", "", ":3:", "gpt2 with its two files: { kind: gpt2, vocab_file: vocab.json, merges_file:")]
    [InlineData("text: texts\ntokenizer: { kind: gpt }", "", ":3:", "'tokenizer.kind' is 'gpt' (did you mean 'gpt2'?); it needs gpt2.")]
    [InlineData("text: []", "", ":2:", "nothing says what to train on. Give 'text' with files or folders, or 'text: synthetic'")]
    [InlineData("text: empty", "", ":2:", "holds no text: none of its 1 files ends in")]
    [InlineData(
        "text: texts\ntokenizer: { kind: gpt2, vocab_file: v.json, merges_file: m.txt }",
        "",
        ":3:",
        "v.json; correct 'vocab_file'"
    )]
    [InlineData("text: synthetic", "trainer: { command: \"python train.py {config} {out}\" }", ":7:", "there is no 'train.py' in ")]
    [InlineData("text: synthetic", "trainer: { command: \"bin/mine {config} {out}\" }", ":7:", "there is no 'bin/mine' in ")]
    public void Text_ThatIsNotThere_IsFoundOnReading(string text, string rest, string line, string expected)
    {
        UserException e = Assert.Throws<UserException>(() => Read(text, rest));
        Assert.Contains($"tiny.yaml{line}", e.Message);
        Assert.Contains(expected, e.Message);
    }

    [Theory]
    [InlineData(
        "tokens.bin",
        "4k",
        "the text has 3,000 tokens at most, and cell 'd16' is trained on 4,000; give more text or fewer tokens, or allow 2 'epochs' "
            + "under 'train'"
    )]
    [InlineData(
        "texts",
        "40k",
        "the text has 6,000 tokens at most, and cell 'd16' is trained on 40,000; give more text or fewer tokens, or allow 7 'epochs'"
    )]
    public void Text_ThatIsTooShort_IsFoundOnReading(string text, string tokens, string expected)
    {
        string study =
            $"id: s\ntext: {text}\nheld_out: 0\nfamily: joint-2025\nmodel: {{ context: 16, vocab_size: 512, n_blocks: 1, n_heads: 2 "
            + $"}}\ngrid: {{ d_model: 16 }}\ntrain: {{ tokens: {tokens}, epochs: 1 }}";
        UserException e = Assert.Throws<UserException>(() => TinyStudy.Read(_folder, study));
        Assert.Contains("tiny.yaml:2:", e.Message);
        Assert.Contains(expected, e.Message);
        Assert.NotEmpty(TinyStudy.Read(_folder, study.Replace("epochs: 1", "epochs: 10", StringComparison.Ordinal)).Cells);
    }

    [Fact]
    public void Text_ThatIsThere_IsRead()
    {
        Assert.NotEmpty(Read("text: texts").Cells);
        Assert.NotEmpty(Read("text: texts/a.txt\nheld_out: 0.1").Cells);
        Assert.NotEmpty(Read("text: tokens.bin\nheld_out: 0").Cells);
        _folder.Write("train.py", "");
        Assert.NotEmpty(Read("text: texts", "trainer: { command: \"python train.py {config} {out}\" }").Cells);
        Assert.NotEmpty(Read("text: texts", "trainer: { command: \"my-trainer {config} {out}\" }").Cells);
    }

    /// <summary>What train would find in a file of tokens, and the keys that put it right.</summary>
    [Fact]
    public void Tokens_ThatTrainWouldRefuse_AreFoundOnReading()
    {
        File.WriteAllBytes(_folder.In("wide.bin"), [.. Enumerable.Range(0, 4000).SelectMany(i => BitConverter.GetBytes(i * 31 % 512))]);
        Assert.Contains("token_type: int32'", Refused("text: wide.bin"));
        Assert.Contains("id 511, the last of the vocabulary, may be a separator", Refused("text: wide.bin\ntoken_type: int32"));
        Assert.Contains("it is one document", Refused("text: wide.bin\ntoken_type: int32\nseparator: none"));
        Assert.Contains("token 2 is 62, but", Refused("text: wide.bin\ntoken_type: int32\nseparator: 0", "vocab_size: 62"));
        Assert.Contains("'uint61' is no type of ids", Refused("text: wide.bin\ntoken_type: uint61"));
        Assert.Contains("'separator' belongs to a file of tokens", Refused("text: texts\nseparator: 1"));
        Study study = Read("text: wide.bin\ntoken_type: int32\nseparator: 0\nheld_out: 0.3");
        string told = CellConfiguration.Of(study.Cells[0], study.Text).ToJson();
        Assert.Contains("\"token_type\": \"int32\"", told);
        Assert.Contains("\"separator\": \"0\"", told);

        string Refused(string text, string vocabulary = "vocab_size: 512") =>
            Assert
                .Throws<UserException>(() =>
                    StudyFile.Read(
                        TinyStudy.Write(
                            _folder,
                            TinyStudy
                                .Text.Replace("text: synthetic", text, StringComparison.Ordinal)
                                .Replace("{ context: 16,", $"{{ context: 16, {vocabulary},", StringComparison.Ordinal)
                                .Replace("[4k, 8k]", "[1k, 2k]", StringComparison.Ordinal)
                        )
                    )
                )
                .Message;
    }

    /// <summary>Who only looks at results may have the text no more.</summary>
    [Fact]
    public void Text_ThatHasGone_IsNotNeededForAReport() => Assert.NotEmpty(Read("text: missing.txt", isTrained: false).Cells);
}
