using MoeScale.Exchange.Import;
using MoeScale.Exchange.Logs;

namespace MoeScale.Exchange.Tests.Logs;

public class TableLogTests
{
    [Fact]
    public void RunTable_Gigaflops_AreFlopsAndTold()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "export.csv",
            """
            "Name","State","throughput/total_tokens","throughput/total_gflops","eval/paloma/macro_loss","trainer.train_batch_size","tags"
            "a","finished","7787380736","30000190274.06881","3.506753444671631","32","ladder"
            "a","crashed","","","","64",""
            """
        );
        IReadOnlyList<ImportedRun> runs = Imports.All(new ImportRequest([path]) { SequenceTokens = 4096 });
        Assert.Equal(["a", "a (2)"], runs.Select(r => r.Log.Name));
        Assert.Equal([RunEnd.Finished, RunEnd.Unfinished], runs.Select(r => r.End));
        Assert.Equal(
            (7787380736, 30000190274.06881 * 1e9, 32 * 4096),
            (runs[0].Numbers["tokens"], runs[0].Numbers["train_flops"], runs[0].Numbers["batch_tokens"])
        );
        Assert.Equal(3.506753444671631, runs[0].Numbers["validation_loss"]);
        Assert.False(runs[1].Numbers.ContainsKey("tokens"));
        Assert.Equal("ladder", runs[0].Log.Texts["tags"]);
        Assert.Contains(new ImportNote.Unit("throughput/total_gflops", "train_flops", 1e9), runs[0].Notes);
    }

    [Fact]
    public void RunTable_TwoNamesOfOneColumn_KeepBoth()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("export.csv", "\"Name\",\"train/loss\",\"train_loss\",\"throughput\"\n\"a\",\"2.5\",\"2.75\",\"400\"\n");
        IReadOnlyDictionary<string, double> numbers = Imports.One(new ImportRequest([path]) { BatchTokens = 1 }).Numbers;
        // Nobody knows what unit a bare "throughput" has.
        Assert.Equal((2.5, 2.75, 400), (numbers["loss"], numbers["train_loss"], numbers["throughput"]));
    }

    [Fact]
    public void History_Gaps_KeepTheLastNumberThatThereWas()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "history.csv",
            """
            _step,train/CrossEntropyLoss,throughput/total_tokens,eval/pile/CrossEntropyLoss,eval/c4/CrossEntropyLoss
            100,5.5,1000,,
            200,,2000,4.5,4.25
            300,4,3000,,
            """
        );
        ImportedRun run = Imports.One(new ImportRequest([path]) { WithPoints = true });
        Assert.Equal([(5.5, 1000), (4, 3000)], run.Points.Select(p => (p["loss"], p["tokens"])));
        Assert.Equal(4.5, run.Numbers["eval_pile_CrossEntropyLoss"]);
    }

    [Fact]
    public void Chart_ThreeColumnsARun_AreACurveEach()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "chart.csv",
            """
            "Step","a - b - train/loss","a - b - train/loss__MIN","a - b - train/loss__MAX","c - train/loss","c - train/loss__MIN","c - train/loss__MAX"
            "1","5","5","5","","",""
            "2","4","4","4","6","6","6"
            """
        );
        IReadOnlyList<ImportedRun> runs = Imports.All(new ImportRequest([path]) { BatchTokens = 1000 });
        Assert.Equal([("a - b", 4, 2000), ("c", 6, 2000)], runs.Select(r => (r.Log.Name, r.Numbers["loss"], r.Numbers["tokens"])));
        Assert.Contains(new ImportNote.Thinned(2), runs[0].Notes);
    }

    [Fact]
    public void TrainerState_TrainAndEvalRows_AreOfOneRun()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "my-run/checkpoint-20/trainer_state.json",
            """
            {"global_step": 20, "max_steps": 20, "log_history": [
              {"epoch": 0.5, "loss": NaN, "step": 5}, {"epoch": 1.0, "loss": 3.5, "learning_rate": 1e-4, "num_input_tokens_seen": 40960, "step": 20},
              {"epoch": 1.0, "eval_loss": 3.625, "step": 20}, {"epoch": 1.0, "train_loss": 4.0, "total_flos": 1e15, "step": 20}]}
            """
        );
        ImportedRun run = Imports.One(new ImportRequest([path]));
        Assert.Equal(("my-run", RunEnd.Finished), (run.Log.Name, run.End));
        Assert.Equal(
            (3.5, 3.625, 40960, 1e15),
            (run.Numbers["loss"], run.Numbers["validation_loss"], run.Numbers["tokens"], run.Numbers["train_flops"])
        );
        Assert.Contains(new ImportNote.AllExpertsCounted("train_flops"), run.Notes);
    }

    [Fact]
    public void LmEval_FilterAfterAComma_IsNoPartOfTheName()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "results_2026.json",
            """{"model_name": "tiny", "results": {"piqa": {"alias": "piqa", "acc,none": 0.6627, "acc_stderr,none": "N/A", "acc_norm,none": 0.6681}, "old": {"acc": 0.5}}}"""
        );
        ImportedRun run = Imports.One(new ImportRequest([path]));
        Assert.Equal((0.6627, 0.6681, 0.5), (run.Numbers["piqa_acc"], run.Numbers["piqa_acc_norm"], run.Numbers["old_acc"]));
        Assert.Equal("tiny", run.Log.Name);
    }

    [Fact]
    public void Csv_OfRuns_HasACellForEachNumber()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write("export.csv", "\"Name\",\"tokens\",\"loss\"\n\"a, b\",\"1e9\",\"2.5\"\n\"c\",\"2e9\",\"NaN\"\n");
        string csv = ImportTable.Csv(Imports.All(new ImportRequest([path])), withPoints: false);
        Assert.Equal("run,format,end,loss,tokens\n\"a, b\",wandb-table,unknown,2.5,1000000000\nc,wandb-table,diverged,,2000000000\n", csv);
    }
}
