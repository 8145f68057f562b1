using MoeScale.Basics;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>Limits of cost: what was chosen with, stays.</summary>
public sealed class LimitTests : IDisposable
{
    private static readonly CostLimits Limits = new(1e9, null);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (Study Study, StudyFolder Folder) Chosen(CostLimits? limits)
    {
        Study study = TinyStudy.Read(_folder);
        StudyFolder folder = StudyFolder.At(_folder.In("tiny"));
        folder.Make();
        Selection
            .Of(
                [study.Cells[0] with { Lengths = [4000] }],
                [new LeftOutRun("d16/8.00K", 0.5, 0.1), new LeftOutRun("d24/4.00K", 0.2, 0.1), new LeftOutRun("d24/8.00K", 0.2, 0.1)],
                limits
            )
            .Write(folder);
        return (study, folder);
    }

    [Fact]
    public void Choice_WithTheSameLimitsOrNone_Stays()
    {
        (Study study, StudyFolder folder) = Chosen(Limits);
        Assert.Equal([4000], Selection.Begun(folder, study, new CostLimits(1e9, null))!.Cells["d16"]);
        Assert.NotNull(Selection.Begun(folder, study, null));
    }

    [Fact]
    public void Choice_WithOtherLimits_IsRefusedWithBoth()
    {
        (Study study, StudyFolder folder) = Chosen(Limits);
        string message = Assert.Throws<UserException>(() => Selection.Begun(folder, study, CostLimits.OfHours(2e9, 1.5))).Message;
        Assert.Contains(
            "selection.json has the runs that were chosen for --max-flops 1e9, and now --max-flops 2e9 and --max-hours 1.5 is given. Remove that file to choose anew",
            message
        );
        folder.Of(study.Cells[0]).Begin(study.Text);
        message = Assert.Throws<UserException>(() => Selection.Begun(folder, study, new CostLimits(null, 3600))).Message;
        Assert.Contains("now --max-hours 1 is given. 1 cell is begun", message);
        Assert.EndsWith("or another --out to choose anew.", message);
    }

    /// <summary>What was added since is trained in full where no limit is given; with the limit it would be exceeded unseen.</summary>
    [Fact]
    public void Cells_AddedSinceTheChoice_NeedTheirOwn()
    {
        (Study study, StudyFolder folder) = Chosen(Limits);
        Study more = study with { Cells = [.. study.Cells, study.Cells[0] with { Name = "d32" }] };
        Assert.Equal(2, Selection.Begun(folder, more, null)!.Apply(more).Cells.Count);
        Assert.Contains(
            "before the study had the cell d32. Leave the limit out",
            Assert.Throws<UserException>(() => Selection.Begun(folder, more, Limits)).Message
        );
        Study longer = study with { Cells = [study.Cells[0] with { Lengths = [4000, 8000, 16000] }, study.Cells[1]] };
        Assert.Contains("had no run of 16.0K tokens", Assert.Throws<UserException>(() => Selection.Read(folder)!.Apply(longer)).Message);
    }

    /// <summary>A file of an earlier version does not say what it was made for.</summary>
    [Fact]
    public void Choice_OfUnknownLimits_Stays()
    {
        (Study study, StudyFolder folder) = Chosen(null);
        Assert.NotNull(Selection.Begun(folder, study, Limits));
    }

    [Fact]
    public void Limit_WhereCellsWereBegunWithout_IsRefused()
    {
        Study study = TinyStudy.Read(_folder);
        StudyFolder folder = StudyFolder.At(_folder.In("tiny"));
        Assert.Null(Selection.Begun(folder, study, Limits));
        folder.Of(study.Cells[1]).Begin(study.Text);
        Assert.Null(Selection.Begun(folder, study, null));
        Assert.StartsWith("1 cell is begun in ", Assert.Throws<UserException>(() => Selection.Begun(folder, study, Limits)).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{ \"Cells\": ")]
    public void Choice_ThatIsDamaged_SaysSo(string text)
    {
        StudyFolder folder = StudyFolder.At(_folder.In("tiny"));
        _folder.Write("tiny/selection.json", text);
        Assert.Contains("selection.json is damaged. Remove it", Assert.Throws<UserException>(() => Selection.Read(folder)).Message);
    }

    /// <summary>On the command line: run writes what it chose and for what, plan and run refuse another limit.</summary>
    [Fact]
    public void Run_WithALimitThatChanges_IsRefused()
    {
        string study = TinyStudy.Write(_folder);
        (int code, string output, string error) = Command.Run("study", "plan", study, "--max-flops", "6e8", "--no-measure");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Left out, because they tell least", output);
        Assert.Equal(0, Command.Run("study", "run", study, "--max-flops", "6e8").Code);
        Assert.Contains("\"Flops\": 600000000", File.ReadAllText(_folder.In("tiny", "selection.json")));
        foreach (string verb in (string[])["plan", "run"])
        {
            (code, _, error) = Command.Run("study", verb, study, "--max-flops", "7e8");
            Assert.Equal(2, code);
            Assert.Contains("chosen for --max-flops 6e8, and now --max-flops 7e8 is given", error);
        }
        Assert.Equal(0, Command.Run("study", "run", study).Code);
    }

    [Theory]
    [InlineData("plan", "--executor slurm", "Time           not known: Slurm decides")]
    [InlineData("plan", "--threads 4 --side-by-side 1", "1 cell at once with 4 threads each")]
    [InlineData("plan", "--no-measure", "Time           not measured, because of --no-measure")]
    public void Plan_SaysWhatItKnowsOfTime(string verb, string options, string expected)
    {
        (int code, string output, string error) = Command.Run(["study", verb, TinyStudy.Write(_folder), .. options.Split(' ')]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(expected, output);
    }

    [Fact]
    public void Plan_OfATrainerWithoutSpeed_SaysHowToGiveIt()
    {
        string study = TinyStudy.Write(_folder, TinyStudy.Text + "\ntrainer: { command: \"mine {config} {out}\" }");
        (_, string output, _) = Command.Run("study", "plan", study);
        Assert.Contains("not known: nobody said how fast the trainer is", output);
        (int code, _, string error) = Command.Run("study", "plan", study, "--max-hours", "1");
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
        (int code, string output, string error) = Command.Run("study", "plan", study, "--no-measure");
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
        (int code, _, string error) = Command.Run(
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
        (int code, _, string error) = Command.Run("study", "plan", _folder.Path);
        Assert.Equal(2, code);
        Assert.Contains("is a folder; a file is needed", error);
        (code, _, error) = Command.Run("study", "plan", _folder.Write("mine", TinyStudy.Text));
        Assert.Equal(2, code);
        Assert.Contains("Give --out FOLDER, or the study a name that ends in .yaml.", error);
    }
}
