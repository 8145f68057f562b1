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
            "selection.json has the runs that were chosen for 'max_flops: 1e9', and now 'max_flops: 2e9' and 'max_hours: 1.5' is given. "
                + "Remove that file to choose anew",
            message
        );
        folder.Of(study.Cells[0]).Begin(study.Text);
        message = Assert.Throws<UserException>(() => Selection.Begun(folder, study, new CostLimits(null, 3600))).Message;
        Assert.Contains("now 'max_hours: 1' is given. 1 cell is begun", message);
        Assert.EndsWith("or another 'out' to choose anew.", message);
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
}
