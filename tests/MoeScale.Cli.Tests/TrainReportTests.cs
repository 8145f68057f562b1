using System.Text.Json;
using System.Xml.Linq;

namespace MoeScale.Cli.Tests;

/// <summary>Runs of a second with experts, one as it should be and one that nothing balances, and what is reported of them.</summary>
public sealed class TrainReportTests : IDisposable
{
    private const string Shape =
        "id: tiny\nd_model: 64\nn_blocks: 2\nn_heads: 2\nd_ff: 64\nexpert_count: 8\nd_expert: 32\ntop_k: 2\nvocab_size: 256\ncontext: "
        + "32\nactivation: relu\nnorm: rmsnorm\npositions: rope\n";
    private const string Train = "train --text synthetic --tokens 20k --batch 4 --eval-tokens 4096";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Finished Run(string line) => Shell.MoeScaleIn(_folder.Path, line.Split(' '));

    private void Model(string name, string more) => File.WriteAllText(_folder.In(name), Shape + more);

    [Fact]
    public void Report_OfAFinishedRun_IsATableJsonAndDrawings()
    {
        Model("m.yaml", "");
        Assert.Equal(0, Run($"{Train} --model m.yaml --out a").ExitCode);
        Finished report = Run("train --report a");
        Assert.Equal((0, ""), (report.ExitCode, report.Error));
        string[] lines = report.Output.Split('\n');
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        Assert.Equal("Model          tiny: 2 of 2 blocks with 8 experts, top-2", lines[0]);
        Assert.Equal("block  max load  entropy  idle  dropped  unserved  wavers  early  kind  place", lines[3]);
        Assert.StartsWith("    0 ", lines[4]);
        Assert.StartsWith("    1 ", lines[5]);

        JsonElement json = JsonDocument.Parse(Run("train --report a --json").Output).RootElement;
        Assert.Equal(
            (157, 20000, 100),
            (json.GetProperty("steps").GetInt32(), json.GetProperty("tokens").GetInt32(), json.GetProperty("window").GetInt32())
        );
        foreach (JsonElement layer in json.GetProperty("layers").EnumerateArray())
        {
            Assert.Equal(8, layer.GetProperty("load").EnumerateArray().Sum(l => l.GetDouble()), 1e-9);
            Assert.Equal(1, layer.GetProperty("saturation").EnumerateArray().Last().GetProperty("saturation").GetDouble());
            JsonElement[] together = [.. layer.GetProperty("co_activation").EnumerateArray()];
            Assert.Equal(JsonValueKind.Null, together[3][3].ValueKind);
            // With two experts a token, each token of an expert goes to one other.
            Assert.All(
                together.Index(),
                row =>
                    Assert.True(
                        row.Item.EnumerateArray().Index().Where(v => v.Index != row.Index).All(v => v.Item.ValueKind == JsonValueKind.Null)
                            || Math.Abs(
                                row.Item.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.Number).Sum(v => v.GetDouble()) - 1
                            ) < 1e-9
                    )
            );
        }
        string[] files = [.. json.GetProperty("files").EnumerateArray().Select(f => f.GetString()!)];
        Assert.Equal(
            Directory.EnumerateFiles(_folder.In("a", "report")).Select(f => $"report/{Path.GetFileName(f)}").Order(),
            files.Order()
        );
        Assert.Equal(14, files.Length);
        Assert.All(files, f => Assert.Equal("svg", XElement.Load(_folder.In("a", f)).Name.LocalName));
    }

    [Fact]
    public void Train_OfRoutersThatFail_SaysSoAndWhatHelps()
    {
        // The first experts of equal ones: without a loss that balances, a router that hardly moves overloads two and leaves the others
        // idle.
        Model("m.yaml", "balance_loss: 0\nrouter_z_loss: 0\n");
        Finished run = Run($"{Train} --model m.yaml --lr 1e-9 --init-scale 1e-9 --out a");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("the router cannot tell its experts apart", run.Output.ReplaceLineEndings(" ").Replace("                ", " "));
        Finished again = Run($"{Train} --model m.yaml --lr 1e-9 --init-scale 1e-9 --out a");
        Assert.Contains("Warning        Block 0: ", again.Output);
        JsonElement result = JsonDocument.Parse(File.ReadAllText(_folder.In("a", "result.json"))).RootElement;
        JsonElement[] findings =
        [
            .. JsonDocument.Parse(Run("train --report a --json").Output).RootElement.GetProperty("findings").EnumerateArray(),
        ];
        Assert.Equal(findings.Length, result.GetProperty("router_warnings").GetInt32());
        Assert.Contains("undecided", findings.Select(f => f.GetProperty("fault").GetString()));
    }

    [Fact]
    public void Report_OfADenseRun_IsRefused()
    {
        File.WriteAllText(_folder.In("d.yaml"), Shape.Replace("expert_count: 8\nd_expert: 32\ntop_k: 2\n", ""));
        Assert.Equal(0, Run($"{Train} --model d.yaml --out d").ExitCode);
        Finished report = Run("train --report --out d");
        Assert.Equal(
            (2, "moescale: d holds a dense model, which has no routers to report of. Its losses are in metrics.jsonl.\n"),
            (report.ExitCode, report.Error.ReplaceLineEndings("\n"))
        );
        Assert.False(File.Exists(_folder.In("d", "routing.jsonl")));
    }

    [Theory]
    [InlineData("train --report", "nothing says which run to report of. Give --report FOLDER.")]
    [InlineData("train --report a --out b", "--report and --out name two folders. Give the folder of the run once.")]
    [InlineData("train --report nowhere", "nowhere cannot be read: there is no such folder.")]
    public void Report_OfNoRun_SaysWhatIsMissing(string line, string error)
    {
        Finished report = Run(line);
        Assert.Equal((2, $"moescale: {error}"), (report.ExitCode, report.Error.TrimEnd()));
    }
}
