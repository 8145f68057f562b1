using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>A file that was changed over results says what changed.</summary>
public sealed class StudyChangeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void File_ThatIsAsItWas_ChangedNothing() => Assert.Empty(Changes(TinyStudy.Text));

    [Fact]
    public void Value_OfAllCells_IsToldOnce()
    {
        StudyChange.OtherValue change = Assert.IsType<StudyChange.OtherValue>(
            Assert.Single(Changes(TinyStudy.Text.Replace("eval_tokens: 512", "eval_tokens: 1024", StringComparison.Ordinal)))
        );
        Assert.Equal(new SettingDifference("eval_tokens", "512", "1024"), change.Setting);
        Assert.Equal(["d16", "d24"], change.Cells);
        Assert.Equal(
            "eval_tokens is 512 in the results and 1024 in the file now (d16, d24): the old value is what was trained with",
            StudyWords.Of(change)
        );
    }

    [Fact]
    public void Values_OfTwoKeys_AreBothTold() =>
        Assert.Equal(
            ["model.n_heads", "model.n_kv_heads", "model.head_dim", "eval_tokens"],
            Changes(
                    TinyStudy
                        .Text.Replace("n_heads: 2", "n_heads: 1", StringComparison.Ordinal)
                        .Replace("eval_tokens: 512", "eval_tokens: 1024", StringComparison.Ordinal)
                )
                .OfType<StudyChange.OtherValue>()
                .Select(c => c.Setting.Key)
                .Distinct()
        );

    [Fact]
    public void Cell_ThatTheFileHasNoMore_IsTold()
    {
        StudyChange change = Assert.Single(Changes(TinyStudy.Text.Replace("[16, 24]", "[16, 32]", StringComparison.Ordinal)));
        Assert.Equal(["d24"], Assert.IsType<StudyChange.Gone>(change).Cells);
        Assert.Equal("1 cell in the folder is no longer in the file (d24)", StudyWords.Of(change));
    }

    /// <summary>What an answer is made of, it says: the notes stand in fit.json and in the report.</summary>
    [Fact]
    public void Answer_OfAFileThatChanged_TellsIt()
    {
        InProcess.Run(TinyStudy.Write(_folder));
        TinyStudy.Write(_folder, TinyStudy.Text.Replace("eval_tokens: 512", "eval_tokens: 1024", StringComparison.Ordinal));
        StudyOutcome outcome = InProcess.Report(_folder);
        string words = StudyWords.Of(Assert.Single(outcome.Changes));
        Assert.StartsWith("eval_tokens is 512 in the results and 1024 in the file now", words);
        Assert.Contains(words, outcome.Answer!.Notes);
    }

    private IReadOnlyList<StudyChange> Changes(string text)
    {
        Study begun = TinyStudy.Read(_folder);
        StudyFolder folder = StudyFolder.At(begun.DefaultFolder);
        foreach (Cell cell in begun.Cells)
        {
            folder.Of(cell).Begin(begun.Text);
        }
        Study now = TinyStudy.Read(_folder, text);
        return StudyChange.Of(now, StudyFolder.At(now.DefaultFolder));
    }
}
