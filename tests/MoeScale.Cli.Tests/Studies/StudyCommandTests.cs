using System.Text.Json;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Tests;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>What the verbs of <c>study</c> print and refuse; what a study itself does, the tests of Studies hold.</summary>
public sealed class StudyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The end of run and report: what is missing goes to standard error, and decides the exit code.</summary>
    [Fact]
    public void Report_OfAStudyWithoutALaw_IsNoAndSaysWhy()
    {
        Study study = TinyStudy.Read(_folder, $"{TinyStudy.Text}\nfit: {{ compare: [joint-2025], bootstrap: 0 }}");
        StudyFolder folder = MadeUpRuns.Write(_folder, study, (cell, tokens) => 2 + (1000.0 / tokens));
        (int code, string output, string error) = StudyCommand.Run("study", "report", study.File);
        Assert.Equal(1, code);
        Assert.Equal(
            "moescale: all cells are done, and there is no law of them: no law that is known can be fitted to these runs; the table of "
                + "laws has a reason for each, and 'where' under 'fit' can narrow the runs.\n",
            error
        );
        Assert.Contains("2 of 2 are done", output);
        (code, output, _) = StudyCommand.Run("study", "report", study.File, "--json");
        Assert.Equal(1, code);
        JsonElement answer = JsonDocument.Parse(output).RootElement.GetProperty("answer");
        Assert.Equal("none_identifiable", answer.GetProperty("status_kind").GetString());
        Assert.Equal(
            "none_identifiable",
            JsonDocument.Parse(File.ReadAllText(folder.AnswerPath)).RootElement.GetProperty("status_kind").GetString()
        );
        (code, output, error) = StudyCommand.Run("study", "status", study.File);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("2 done", output);
        (code, output, error) = StudyCommand.Run("study", "runs", study.File, "--csv");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(File.ReadAllText(folder.RunsPath), output);
    }

    [Fact]
    public void Runs_AsJson_AreThoseOfTheTable()
    {
        Study study = TinyStudy.Read(_folder);
        MadeUpRuns.Write(_folder, study, (cell, tokens) => 2.5);
        (int code, string output, _) = StudyCommand.Run("study", "runs", _folder.In("tiny.yaml"), "--json");
        Assert.Equal(0, code);
        JsonElement[] rows = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.Equal(["d16/4.00K", "d16/8.00K", "d24/4.00K", "d24/8.00K"], rows.Select(r => r.GetProperty("run").GetString()));
        Assert.All(rows, r => Assert.Equal(2.5, r.GetProperty("loss").GetDouble()));
        Assert.Equal("dense", rows[0].GetProperty("routing").GetString());
    }

    /// <summary>On the command line: run writes what it chose and for what, plan and run refuse another limit.</summary>
    [Fact]
    public void Run_WithALimitThatChanges_IsRefused()
    {
        string study = TinyStudy.Write(_folder);
        (int code, string output, string error) = StudyCommand.Run("study", "plan", study, "--max-flops", "6e8", "--no-measure");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Left out, because they tell least", output);
        Assert.Equal(0, StudyCommand.Run("study", "run", study, "--max-flops", "6e8").Code);
        Assert.Contains("\"Flops\": 600000000", File.ReadAllText(_folder.In("tiny", "selection.json")));
        foreach (string verb in (string[])["plan", "run"])
        {
            (code, _, error) = StudyCommand.Run("study", verb, study, "--max-flops", "7e8");
            Assert.Equal(2, code);
            Assert.Contains("chosen for --max-flops 6e8, and now --max-flops 7e8 is given", error);
        }
        Assert.Equal(0, StudyCommand.Run("study", "run", study).Code);
    }

    [Theory]
    [InlineData("plan", "--executor slurm", "Time           not known: Slurm decides")]
    [InlineData("plan", "--threads 4 --side-by-side 1", "1 cell at once with 4 threads each")]
    [InlineData("plan", "--no-measure", "Time           not measured, because of --no-measure")]
    public void Plan_SaysWhatItKnowsOfTime(string verb, string options, string expected)
    {
        (int code, string output, string error) = StudyCommand.Run(["study", verb, TinyStudy.Write(_folder), .. options.Split(' ')]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(expected, output);
    }

    [Fact]
    public void Plan_OfATrainerWithoutSpeed_SaysHowToGiveIt()
    {
        string study = TinyStudy.Write(_folder, TinyStudy.Text + "\ntrainer: { command: \"mine {config} {out}\" }");
        (_, string output, _) = StudyCommand.Run("study", "plan", study);
        Assert.Contains("not known: nobody said how fast the trainer is", output);
        (int code, _, string error) = StudyCommand.Run("study", "plan", study, "--max-hours", "1");
        Assert.Equal(2, code);
        Assert.Contains("Give 'flops_per_second' under 'trainer'", error);
    }

    /// <summary>Thousands of cells: the table ends, and says where the rest is.</summary>
    [Fact]
    public void Plan_OfManyCells_ShowsTheFirst()
    {
        string study = TinyStudy.Write(
            _folder,
            TinyStudy.Text.Replace(
                "[16, 24]",
                $"[16, 24], seed: [{string.Join(", ", Enumerable.Range(0, 1500))}]",
                StringComparison.Ordinal
            )
        );
        (int code, string output, string error) = StudyCommand.Run("study", "plan", study, "--no-measure");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("... and 2960 more; --json lists all.", output);
        Assert.InRange(output.Split('\n').Length, 40, 70);
    }

    [Theory]
    [InlineData("", "'' is no folder for the results. Give --out FOLDER")]
    [InlineData("  ", "is no folder for the results")]
    [InlineData("{file}", "is a file, and the results of a study need a folder")]
    public void Out_ThatIsNoFolder_IsRefused(string given, string expected)
    {
        string study = TinyStudy.Write(_folder);
        (int code, _, string error) = StudyCommand.Run(
            "study",
            "status",
            study,
            "--out",
            given.Replace("{file}", study, StringComparison.Ordinal)
        );
        Assert.Equal(2, code);
        Assert.Contains(expected, error);
    }

    [Fact]
    public void StudyFile_ThatIsAFolderOrHasNoEnding_IsRefused()
    {
        (int code, _, string error) = StudyCommand.Run("study", "plan", _folder.Path);
        Assert.Equal(2, code);
        Assert.Contains("is a folder; a file is needed", error);
        (code, _, error) = StudyCommand.Run("study", "plan", _folder.Write("mine", TinyStudy.Text));
        Assert.Equal(2, code);
        Assert.Contains("Give --out FOLDER, or the study a name that ends in .yaml.", error);
    }

    [Fact]
    public void Plan_TellsTheArrays()
    {
        TinyStudy.Write(_folder, TinyStudy.Text + "\nslurm: { nodes: d_model/16, report: { time: 5 } }\n");
        (int code, string output, string error) = StudyCommand.Run("study", "plan", _folder.In("tiny.yaml"), "--no-measure");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(
            "Slurm          1 cell with --nodes=1: d16\n               1 cell with --nodes=2: d24\n               the job that reports "
                + "with --time=5\n",
            output
        );
        Assert.Contains(
            "\"slurm\": [\n        \"--nodes=2\"\n      ]",
            StudyCommand.Run("study", "plan", _folder.In("tiny.yaml"), "--no-measure", "--json").Output
        );
    }

    [Fact]
    public void Plan_TellsTheNotesOfAStudy()
    {
        string text = TinyStudy.Text.Replace("batch_tokens", "learning_rate: step-2025-lr, batch_tokens", StringComparison.Ordinal);
        (int code, string output, string error) = StudyCommand.Run("study", "plan", TinyStudy.Write(_folder, text), "--no-measure");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Note           ", output);
        Assert.Contains("step-2025-lr gives the learning rate", output);
    }
}
