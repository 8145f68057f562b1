using System.Text.Json;

namespace MoeScale.Cli.Tests;

/// <summary>Tables of runs as users have them: several files, and names with any signs.</summary>
public sealed class FitTablesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FitTablesTests()
    {
        string[] lines = File.ReadAllLines(Repository.SampleRuns);
        string header = lines[0].Replace("loss", "val/loss", StringComparison.Ordinal);
        _folder.Write("a.csv", string.Join('\n', [header, .. lines[1..21]]) + "\n");
        _folder.Write("sub/b.csv", string.Join('\n', [header, .. lines[21..]]) + "\n");
        _folder.Write("sub/readme.txt", "no table");
    }

    public void Dispose() => _folder.Dispose();

    private Finished Fit(params string[] arguments) =>
        Shell.MoeScaleIn(_folder.Path, ["fit", .. arguments, "--starts", "4", "--no-profile"]);

    [Fact]
    public void Fit_SeveralFiles_IsThatOfOneTable()
    {
        string[] law =
        [
            "--law",
            "chinchilla-2024",
            "--map",
            "L=`val/loss`",
            "--where",
            "experts = 1 and D > 1e9 and `val/loss` < 6",
            "--json",
        ];
        JsonElement two = JsonDocument.Parse(Fit([_folder.In("a.csv"), "sub", .. law]).Output).RootElement;
        Assert.Equal("`val/loss`", two.GetProperty("predicts").GetString());
        Assert.Equal("`val/loss`", two.GetProperty("columns").GetProperty("L").GetString());
        Assert.Contains("files_passed_over", two.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("kind").GetString()));
        JsonElement pattern = JsonDocument.Parse(Fit(["**/*.csv", .. law]).Output).RootElement;
        JsonElement whole = JsonDocument
            .Parse(
                Fit([Repository.SampleRuns, "--law", "chinchilla-2024", "--where", "experts = 1 and D > 1e9 and L < 6", "--json"]).Output
            )
            .RootElement;
        string? digest = whole.GetProperty("digest").GetString();
        Assert.Equal(digest, two.GetProperty("digest").GetString());
        Assert.Equal(digest, pattern.GetProperty("digest").GetString());
    }

    [Fact]
    public void Out_OfColumnsWithSigns_IsReadAgain()
    {
        Finished fit = Fit(
            "a.csv",
            "sub/b.csv",
            "--formula",
            "c + a*`active_params`^-α + b*tokens^-β",
            "--map",
            "L=`val/loss`",
            "--out",
            "x.yaml"
        );
        Assert.True(fit.ExitCode == 0, fit.Error);
        Assert.Contains("fitted to a.csv and b.csv (40 rows)", File.ReadAllText(_folder.In("x.yaml")), StringComparison.Ordinal);
        Assert.Equal(0, Fit("a.csv", "--law", "x.yaml", "--map", "L=`val/loss`").ExitCode);
    }

    [Fact]
    public void Cure_OfAColumnWithSigns_IsSafeInAShell()
    {
        Finished fit = Fit("a.csv", "--law", "chinchilla-2024");
        Assert.Equal(2, fit.ExitCode);
        Assert.Contains("Map them: --map 'L=`val/loss`'.", fit.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_FileGivenTwice_IsRefused() =>
        Assert.Contains("a.csv is given twice", Fit("a.csv", "./a.csv", "--law", "chinchilla-2024").Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("--law|chinchilla-2024")]
    [InlineData("--law|chinchilla-2024|--map|L=loss")]
    [InlineData("--compare|chinchilla-2024,kaplan-2020")]
    public void Fit_ChartOfWandb_SaysWhatMakesRunsOfIt(string options)
    {
        _folder.Write(
            "chart.csv",
            "\"Step\",\"r - train/loss\",\"r - train/loss__MIN\",\"r - train/loss__MAX\"\n\"1\",\"3\",\"3\",\"3\"\n"
        );
        Finished fit = Fit(["chart.csv", .. options.Split('|')]);
        Assert.Equal(2, fit.ExitCode);
        Assert.Contains("'moescale import chart.csv --batch-tokens 1M --out runs.csv'", fit.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Map_FlopsThatNothingReads_IsRefused() =>
        Assert.Contains(
            "Add --approach isoflop, or leave it out.",
            Fit("a.csv", "--law", "chinchilla-2024", "--map", "L=`val/loss`,train_flops=tokens").Error,
            StringComparison.Ordinal
        );
}
