using System.Globalization;
using MoeScale.Basics;
using MoeScale.Exchange.Import;
using MoeScale.Exchange.Logs;
using MoeScale.Models;

namespace MoeScale.Exchange.Tests.Logs;

public class MegatronTests
{
    private const string Arguments = """
        ------------------------ arguments ------------------------
          add_bias_linear ................................. False
          ffn_hidden_size ................................. 5632
          group_query_attention ........................... True
          hidden_size ..................................... 1024
          kv_channels ..................................... 128
          max_position_embeddings ......................... 4096
          moe_aux_loss_coeff .............................. 0.01
          moe_ffn_hidden_size ............................. 512
          moe_layer_freq .................................. [0, 1, 1, 1]
          moe_router_load_balancing_type .................. aux_loss
          moe_router_topk ................................. 4
          normalization ................................... RMSNorm
          num_attention_heads ............................. 8
          num_experts ..................................... 64
          num_layers ...................................... 4
          num_query_groups ................................ 2
          position_embedding_type ......................... rope
          seq_length ...................................... 4096
          swiglu .......................................... True
          untie_embeddings_and_output_weights ............. True
          world_size ...................................... 64
        -------------------- end of arguments ---------------------
         > padded vocab (size: 50257) with 47 dummy tokens (new size: 50304)

        """;

    private readonly ImportRequest _sequences = new([]) { SequenceTokens = 1000 };

    [Fact]
    public void Read_FieldsThatComeAndGo_AreNamedByThemselves()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "run.log",
            """
            [default7]: [2025-02-28 16:25:34] iteration        1/     100 | consumed samples:         2048 | elapsed time per iteration (ms): 2000.0 | throughput per GPU (TFLOP/s/GPU): 219.0 | learning rate: 3.000000E-06 | global batch size:  2048 | lm loss: 1.233673E+01 | load_balancing_loss: 1.25E+00 | loss scale: 1.0 | grad norm: 0.493 | number of skipped iterations:   0 | number of nan iterations:   0 |
            [Rank 0] (after 20 iterations) memory (MB) | allocated: 13243.47998046875 | max allocated: 33279.59375
            iteration      100/     100 | consumed samples:       204800 | elapsed time per iteration (ms): 1000.0 | learning rate: 6.000000E-05 | global batch size:  2048 | lm loss: 7.5E+00 | mtp_1 loss: 7.925096E+00 |
             validation loss at iteration 100 | lm loss value: 7.625000E+00 | lm loss PPL: 2.04E+03 |
            """
        );
        ImportedRun run = Imports.One(_sequences with { Paths = [path] });
        Assert.Equal(("megatron", RunEnd.Finished), (run.Log.Format, run.End));
        Assert.Equal(7.5, run.Numbers["loss"]);
        Assert.Equal(7.625, run.Numbers["validation_loss"]);
        Assert.Equal(204_800_000, run.Numbers["tokens"]);
        Assert.Equal(2_048_000, run.Numbers["batch_tokens"]);
        Assert.Equal(6e-5, run.Numbers["learning_rate"]);
        Assert.Equal(219e12, run.Numbers["device_flops_per_second"]);
        Assert.Equal(7.925096, run.Numbers["mtp_1_loss"]);
        Assert.Equal(1.25, run.Numbers["load_balancing_loss"]);
        // Two seconds for the first step, one for each of 99.
        Assert.Equal(101, run.Numbers["seconds"]);
        Assert.Equal(2_048_000, run.Numbers["tokens_per_second"]);
    }

    [Fact]
    public void Import_LogWithoutItsArguments_AsksForTheTokensOfASequence()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", Line(10, 100, 5));
        UserException e = Assert.Throws<UserException>(() => Imports.All(new ImportRequest([path])));
        Assert.Contains("'sequence: 4096'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ArgumentsInTheLog_GiveTokensAndTheModelsColumns()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", Arguments + Line(10, 10, 5));
        ImportedRun run = Imports.One(new ImportRequest([path]));
        Model model = run.Model!;
        Assert.Equal((64, 4, 512, 1), (model.ExpertCount, model.TopK, model.ExpertWidth, model.LeadingDenseBlocks));
        Assert.Equal(
            (50304, RouterWeights.SelectedSoftmax, 0.01, 0),
            (model.VocabularySize, model.Routing.Weights, model.Routing.BalanceLoss, model.Routing.ZLoss)
        );
        Census census = Census.Of(model);
        Assert.Contains(new ImportNote.ModelFrom("the arguments in the log"), run.Notes);
        Assert.Equal(census.TotalParams, run.Numbers["total_params"]);
        Assert.Equal(10 * 32 * 4096, run.Numbers["tokens"]);
        Assert.Equal(3 * census.MatrixFlopsPerToken * 10 * 32 * 4096, run.Numbers["train_flops"]);
        Assert.Equal(64, run.Numbers["devices"]);
    }

    [Fact]
    public void Import_SequenceOtherThanTheLogPrints_CountsAndIsTold()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", Arguments + Line(10, 10, 5));
        ImportedRun run = Imports.One(_sequences with { Paths = [path] });
        Assert.Equal(10 * 32 * 1000, run.Numbers["tokens"]);
        Assert.Contains(new ImportNote.GivenInstead("seq_length", 1000, 4096), run.Notes);
    }

    [Fact]
    public void Import_DenseLayersBetweenExperts_AreRead()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", Arguments.Replace("[0, 1, 1, 1]", "[0, 1, 0, 1]", StringComparison.Ordinal) + Line(10, 10, 5));
        Model model = Imports.One(_sequences with { Paths = [path] }).Model!;
        Assert.Equal((0, 2, 0), (model.LeadingDenseBlocks, model.MoeEvery, model.TrailingDenseBlocks));
    }

    [Theory]
    [InlineData("(127, 0)", "None", 128, 0)]
    [InlineData("(127, 0)", "2", 128, 2)]
    [InlineData("(127, 0)", "[1, 1, 1, 0]", 128, 1)]
    [InlineData("(-1, 0)", "None", 0, 0)]
    [InlineData("None", "None", 0, 0)]
    public void Import_WindowOfAttention_IsRead(string window, string skipped, double tokens, double full)
    {
        using TemporaryFolder logs = new();
        string lines =
            $"  window_attn_skip_freq ........................... {skipped}\n"
            + $"  window_size ..................................... {window}\n";
        string told = Arguments.Replace("  world_size ", $"{lines}  world_size ", StringComparison.Ordinal);
        Model model = Imports.One(_sequences with { Paths = [logs.Write("run.log", told + Line(10, 10, 5))] }).Model!;
        Assert.Equal((tokens, full), (model.SlidingWindow, model.FullAttentionBlocks));
    }

    [Fact]
    public void Import_DenseLayersInNoOrder_AreRefused()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", Arguments.Replace("[0, 1, 1, 1]", "[1, 0, 1, 1]", StringComparison.Ordinal) + Line(10, 10, 5));
        Assert.Contains(
            "moe_layer_freq",
            Assert.Throws<UserException>(() => Imports.All(new ImportRequest([path]))).Message,
            StringComparison.Ordinal
        );
    }

    /// <summary>Reports come every ten steps, and 45 were planned: the last has none, but the log says that training is done.</summary>
    [Fact]
    public void Import_LastStepsWithoutAReport_IsFinishedWhereTheLogSaysSo()
    {
        using TemporaryFolder logs = new();
        string reports = Line(10, 45, 6) + Line(40, 45, 4);
        string done = logs.Write("done.log", reports + "[after training is done] datetime: 2026-08-22 15:22:22\n");
        string cut = logs.Write("cut.log", reports);
        Assert.Equal(RunEnd.Finished, Imports.One(_sequences with { Paths = [done] }).End);
        Assert.Equal(RunEnd.Unfinished, Imports.One(_sequences with { Paths = [cut] }).End);
    }

    [Fact]
    public void Import_FolderAndAFileOfIt_ReadsTheFileOnce()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", Line(10, 10, 5));
        Assert.Single(Imports.All(_sequences with { Paths = [logs.Path, path] }));
    }

    [Fact]
    public void Import_RestartInOneLog_CountsTheLaterOfEachStep()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "run.log",
            Line(10, 40, 6) + Line(20, 40, 5) + Line(30, 40, 4) + "a crash\n" + Line(20, 40, 5.5) + Line(30, 40, 4.5)
        );
        ImportedRun run = Imports.One(_sequences with { Paths = [path], WithPoints = true });
        Assert.Equal([6, 5.5, 4.5], run.Points.Select(p => p["loss"]));
        Assert.Equal([10, 20, 30], run.Points.Select(p => p["steps"]));
        Assert.Equal(RunEnd.Unfinished, run.End);
    }

    [Fact]
    public void Import_RestartsInSeveralFiles_AreOneRunWithoutWhatWasLost()
    {
        using TemporaryFolder logs = new();
        logs.Write("slurm-1.out", Line(10, 60, 6) + Line(20, 60, 5) + Line(30, 60, 9));
        logs.Write("slurm-2.out", Line(30, 60, 4.5) + Line(40, 60, 4));
        logs.Write("slurm-3.out", Line(50, 60, 3.5) + Line(60, 60, 3));
        // Of another run: it was to have other steps.
        logs.Write("slurm-4.out", Line(10, 30, 7) + Line(20, 30, 6) + Line(30, 30, 6));
        IReadOnlyList<ImportedRun> runs = Imports.All(_sequences with { Paths = [logs.Path], WithPoints = true });
        Assert.Equal(2, runs.Count);
        ImportedRun run = runs.Single(r => r.Log.Name == "slurm-1");
        Assert.Equal([6, 5, 4.5, 4, 3.5, 3], run.Points.Select(p => p["loss"]));
        Assert.Equal(RunEnd.Finished, run.End);
        Assert.Equal([30, 50], run.Notes.OfType<ImportNote.Joined>().Select(n => n.Step));
    }

    [Fact]
    public void Import_RunsOfOtherLengthsInOneFile_AreRunsOfTheirOwn()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("all.log", Line(10, 20, 6) + Line(20, 20, 5) + Line(10, 30, 6) + Line(30, 30, 4));
        IReadOnlyList<ImportedRun> runs = Imports.All(_sequences with { Paths = [path] });
        Assert.Equal([("all", 5), ("all (2)", 4)], runs.Select(r => (r.Log.Name, r.Numbers["loss"])));
        Assert.All(runs, r => Assert.Equal(RunEnd.Finished, r.End));
    }

    [Fact]
    public void Import_LogThatBeginsLate_SaysSo()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("slurm-2.out", Line(530, 600, 4.5) + Line(540, 600, 4));
        Assert.Contains(new ImportNote.BeginsLate(530), Imports.One(_sequences with { Paths = [path] }).Notes);
    }

    [Theory]
    [InlineData("6 5 4 nan", RunEnd.Diverged)]
    [InlineData("6 4 3.9 7", RunEnd.Diverged)]
    [InlineData("6 4 3.9 4", RunEnd.Finished)]
    public void Import_LossAtTheEnd_TellsWhetherItDiverged(string losses, RunEnd end)
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", string.Concat(losses.Split(' ').Index().Select(l => Line(l.Index + 1, 4, l.Item))));
        Assert.Equal(end, Imports.One(_sequences with { Paths = [path] }).End);
    }

    [Fact]
    public void Import_FilesOfNoKnownKindInAFolder_ArePassedOverAndTold()
    {
        using TemporaryFolder logs = new();
        logs.Write("run.log", Line(1, 4, 6));
        string notes = logs.Write("notes.txt", "a crash before the first report\n");
        Assert.Equal([notes], LogImport.Run(_sequences with { Paths = [logs.Path] }).PassedOver);
    }

    [Fact]
    public void Import_FilesOfOneNameInManyFolders_AreToldApart()
    {
        using TemporaryFolder logs = new();
        logs.Write("a/x/slurm-1.out", Line(1, 4, 6));
        logs.Write("b/x/slurm-1.out", Line(1, 4, 6));
        logs.Write("b/slurm-2.out", Line(1, 4, 6));
        Assert.Equal(
            ["a/x/slurm-1", "b/x/slurm-1", "slurm-2"],
            Imports.All(_sequences with { Paths = [logs.Path] }).Select(r => r.Name).Order()
        );
    }

    [Fact]
    public void Import_SmoothOverALossThatIsNoNumber_EndsWithTheFiniteMean()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", Line(1, 4, "nan") + Line(2, 4, 4) + Line(3, 4, 3.5) + Line(4, 4, 3));
        ImportedRun run = Imports.One(_sequences with { Paths = [path], Smooth = 2 });
        Assert.Equal((3.25, RunEnd.Finished), (run.Numbers["loss"], run.End));
    }

    [Fact]
    public void Import_Smooth_IsTheMeanOfTheLastReports()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("run.log", Line(1, 4, 6) + Line(2, 4, 4) + Line(3, 4, 3.5) + Line(4, 4, 3));
        Assert.Equal(3.5, Imports.One(_sequences with { Paths = [path], Smooth = 3 }).Numbers["loss"]);
    }

    private static string Line(long step, long of, object loss) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $" [2024-10-16 04:23:{step % 60:00}] iteration {step, 8}/{of, 8} | consumed samples: {32 * step, 12} | elapsed time per "
                + $"iteration (ms): 500.0 | learning rate: 1.0E-04 | global batch size:    32 | lm loss: {loss} | number of skipped "
                + $"iterations:   0 |\n"
        );
}
