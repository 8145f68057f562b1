using System.Text.Json;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;

namespace MoeScale.Cli.Tests.Exports;

public sealed class LawExportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Languages_OfTheHelp_AreThoseThatThereAre() =>
        Assert.Equal(ExportArguments.LawLanguages.Order(), LawFormats.All.Select(f => f.Name).Order());

    [Fact]
    public void Export_ToJson_IsWhatShowPrints()
    {
        Finished exported = Shell.MoeScale("export", "joint-2025", "--to", "json");
        Finished shown = Shell.MoeScale("laws", "show", "joint-2025", "--json");
        Assert.Equal((0, "", shown.Output), (exported.ExitCode, exported.Error, exported.Output));
        Finished both = Shell.MoeScale("export", "joint-2025", "step-2025-lr", "--to", "json");
        Assert.Equal(
            ["joint-2025", "step-2025-lr"],
            JsonDocument.Parse(both.Output).RootElement.EnumerateArray().Select(l => l.GetProperty("id").GetString())
        );
    }

    [Fact]
    public void Export_ToAFile_WritesItOnce()
    {
        string path = _folder.In("laws.bib");
        string[] words = ["export", "clark-2022-hash", "clark-2022-rlr", "--to", "bibtex", "--out", path];
        Assert.Equal(0, Shell.MoeScale(words).ExitCode);
        Assert.StartsWith("% clark-2022-hash, clark-2022-rlr\n@misc{clark2022unified,\n", File.ReadAllText(path));
        Finished again = Shell.MoeScale(words);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("exists already", again.Error);
    }

    [Theory]
    [InlineData("export joint-2025 --to pyton", "Known are megatron")]
    [InlineData("export joint-2025 --to python --tp 2", "--tensor-parallel has no effect on an export to python")]
    [InlineData("export gpt-2 llama-2-7b --to megatron", "One model is exported at a time")]
    [InlineData("export no-such-law --to latex", "no-such-law")]
    [InlineData("plan --flops 1e20 --export python", "'python' is not known")]
    public void Export_WrongUse_SaysSo(string line, string complaint)
    {
        Finished run = Shell.MoeScale(line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(complaint, run.Error.ReplaceLineEndings(" "));
    }
}
