using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Runs;

namespace MoeScale.Training.Tests.Data;

public class GivenTextTests
{
    private static GivenText Given(string text, string heldOut = "", string rest = "") =>
        GivenText.Of(YamlMap.Parse($"text: [{text}]\n{(heldOut.Length > 0 ? $"held_out: [{heldOut}]\n" : "")}{rest}", "a.yaml"));

    [Theory]
    [InlineData("", "", "", "text")]
    [InlineData("a.txt, synthetic", "", "", "text")]
    [InlineData("a.bin, b.bin", "", "", "text")]
    [InlineData("dotnet-docs, a", "", "", "text")]
    [InlineData("synthetic", "0.1", "", "held_out")]
    [InlineData("a", "1", "", "held_out")]
    [InlineData("a", "-0.1", "", "held_out")]
    [InlineData("a", "0.1, 0.2", "", "held_out")]
    [InlineData("a.bin", "b.bin, c.bin", "", "held_out")]
    [InlineData("a", "", "token_type: int32", "token_type")]
    [InlineData("a.bin", "", "token_type: int31", "token_type")]
    [InlineData("a.bin", "", "separator: end", "separator")]
    [InlineData("synthetic", "", "tokenizer: bytes", "tokenizer")]
    [InlineData("a", "", "tokenizer: gpt2", "tokenizer")]
    [InlineData("a", "", "tokenizer: gpt3", "tokenizer")]
    [InlineData("a", "", "merges_file: m", "merges_file")]
    public void Fault_OfWhatMakesNoText_IsOfItsSetting(string text, string heldOut, string rest, string setting)
    {
        GivenText given = Given(text, heldOut, rest);
        Assert.Equal(new Setting("train", setting), given.Fault()?.Setting);
        Assert.Throws<UserException>(() => RunText.Of(given));
    }

    [Theory]
    [InlineData("a, b", "", "", TokenizerKinds.Bytes)]
    [InlineData("a", "0", "field: body", TokenizerKinds.Bytes)]
    [InlineData("a", "c, d", "tokenizer: bytes", TokenizerKinds.Bytes)]
    [InlineData("a", "", "tokenizer: gpt2\nvocab_file: v\nmerges_file: m", TokenizerKinds.Gpt2)]
    [InlineData("a.BIN", "b.bin", "separator: none", TokenizerKinds.None)]
    [InlineData("synthetic", "", "tokenizer: synthetic", TokenizerKinds.Synthetic)]
    public void Kind_OfWhatMakesAText_GoesWithIt(string text, string heldOut, string rest, string kind)
    {
        GivenText given = Given(text, heldOut, rest);
        Assert.Null(given.Fault());
        Assert.Equal(kind, given.Kind);
    }

    /// <summary>A number is a share, but for a file of that name; what is held out whole leaves no share.</summary>
    [Fact]
    public void HeldOut_IsAShareOrPaths()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.In("0.25"), "a text");
        Assert.Equal((0.05, 0), Of(Given("a")));
        Assert.Equal((0.0, 0), Of(Given("synthetic")));
        Assert.Equal((0.25, 0), Of(Given("a", "0.25")));
        Assert.Equal((0.0, 1), Of(Given("a", "0.25") with { Place = folder.Path }));
        Assert.Equal((0.0, 2), Of(Given("a", "b, c")));

        static (double, int) Of(GivenText given) => (given.HeldOutShare, given.HeldOutPaths.Count);
    }
}
