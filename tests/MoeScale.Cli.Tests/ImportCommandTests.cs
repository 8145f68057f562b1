using System.Text.Json;

namespace MoeScale.Cli.Tests;

public sealed class ImportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>From a folder of logs to a fitted law, without a line of glue.</summary>
    [Fact]
    public void Import_LogsOfAStudy_BecomeATableThatFitReads()
    {
        double[] widths = [64, 128, 256, 512];
        long[] steps = [500, 1000, 2000, 4000];
        foreach (double width in widths)
        {
            foreach (long last in steps)
            {
                _folder.Write($"logs/d{width}-s{last}/slurm-1.out", Log(width, last));
            }
        }
        Finished import = Shell.MoeScaleIn(_folder.Path, "import", "logs", "--out", "runs.csv");
        Assert.Equal(("", 0), (import.Error, import.ExitCode));
        Assert.StartsWith("16 runs from 16 files: Megatron-LM console log", import.Output);
        Assert.Contains("Next: moescale fit runs.csv", import.Output.ReplaceLineEndings(" "));
        Finished fit = Shell.MoeScaleIn(
            _folder.Path,
            "fit",
            "runs.csv",
            "--law",
            "chinchilla-2024",
            "--map",
            "N=active_params,D=tokens",
            "--where",
            "end = 'finished'",
            "--json"
        );
        Assert.Equal(0, fit.ExitCode);
        JsonElement json = JsonDocument.Parse(fit.Output).RootElement;
        Assert.Equal(16, json.GetProperty("rows").GetInt32());
    }

    [Fact]
    public void Import_NeitherLogNorTable_SaysWhatIsKnown()
    {
        Finished run = Shell.MoeScale("import", _folder.Write("notes.txt", "nothing of interest\n"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Megatron-LM console log", run.Error);
        Assert.Contains("name its kind with --as", run.Error);
    }

    [Fact]
    public void Import_SequencesOfUnknownLength_AsksForTheOption()
    {
        string log = _folder.Write("run.log", " iteration        1/     1 | consumed samples:         32 | lm loss: 5.0 |\n");
        Assert.Contains("Give --sequence 4096 with the tokens of one.", Shell.MoeScale("import", log).Error);
    }

    [Fact]
    public void Import_Json_HasNotesWithKinds()
    {
        string table = _folder.Write(
            "export.csv",
            "\"Name\",\"throughput/total_gflops\",\"tokens\",\"loss\"\n\"a\",\"2\",\"1e9\",\"2.5\"\n"
        );
        JsonElement run = Shell.Json("import", table).GetProperty("runs")[0];
        Assert.Equal(("a", "wandb-table"), (run.GetProperty("run").GetString(), run.GetProperty("format").GetString()));
        Assert.Equal(2e9, run.GetProperty("numbers").GetProperty("train_flops").GetDouble());
        Assert.Equal("unit", Assert.Single(run.GetProperty("notes").EnumerateArray()).GetProperty("kind").GetString());
    }

    public void Dispose() => _folder.Dispose();

    // A loss that falls with size and data as a power.
    private static string Log(double width, long steps)
    {
        string arguments = string.Concat(
            new (string Name, object Value)[]
            {
                ("num_layers", 2),
                ("hidden_size", width),
                ("ffn_hidden_size", 3 * width),
                ("num_attention_heads", 4),
                ("kv_channels", width / 4),
                ("max_position_embeddings", 128),
                ("seq_length", 128),
                ("swiglu", "True"),
                ("add_bias_linear", "False"),
                ("normalization", "RMSNorm"),
                ("position_embedding_type", "rope"),
                ("world_size", 8),
            }.Select(a => FormattableString.Invariant($"  {a.Name} ........................ {a.Value}\n"))
        );
        double loss = 1.7 + (20 / Math.Sqrt(width)) + (30 / Math.Sqrt(steps));
        return arguments
            + " > padded vocab (size: 256) with 0 dummy tokens (new size: 256)\n"
            + FormattableString.Invariant(
                $" iteration {steps / 2, 8}/{steps, 8} | consumed samples: {16 * steps, 12} | lm loss: {loss + 0.2:E6} |\n"
            )
            + FormattableString.Invariant(
                $" iteration {steps, 8}/{steps, 8} | consumed samples: {32 * steps, 12} | lm loss: {loss:E6} |\n"
            );
    }
}
