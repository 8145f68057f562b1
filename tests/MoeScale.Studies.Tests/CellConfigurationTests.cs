using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Training;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Tests;

/// <summary>What a cell is called, and by what a folder knows that it holds the same.</summary>
public sealed class CellConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study At(string place, string text = "texts/a.txt")
    {
        _folder.Write($"{place}/texts/a.txt", new string('a', 9000));
        string file = _folder.Write(
            $"{place}/tiny.yaml",
            TinyStudy
                .Text.Replace("synthetic", text, StringComparison.Ordinal)
                .Replace("{ context: 16,", "{ context: 16, vocab_size: 256,", StringComparison.Ordinal)
        );
        return StudyFile.Read(file);
    }

    private static string Begun(Study study)
    {
        CellFolder cell = StudyFolder.At(study.DefaultFolder).Of(study.Cells[0]);
        cell.Begin(study.Text);
        return cell.ConfigurationPath;
    }

    /// <summary>A study's folder with its texts may be moved: paths beneath it are written from there.</summary>
    [Fact]
    public void Configuration_OfAStudyThatWasMoved_IsTheSame()
    {
        Study first = At("first");
        string configuration = Begun(first);
        Assert.Contains("\"text\": [\n    \"texts/a.txt\"\n  ]", File.ReadAllText(configuration));
        Directory.Move(_folder.In("first"), _folder.In("second"));
        Begun(At("second"));
    }

    /// <summary>An earlier version wrote whole paths.</summary>
    [Fact]
    public void Configuration_WithWholePaths_IsAcceptedWhereTheyAreTheSame()
    {
        Study study = At("first");
        string configuration = Begun(study);
        string relative = File.ReadAllText(configuration);
        File.WriteAllText(
            configuration,
            relative.Replace("\"texts/a.txt\"", $"\"{_folder.In("first", "texts", "a.txt")}\"", StringComparison.Ordinal)
        );
        Begun(study);
        // Its trainer goes on with the words that it began with.
        Assert.Contains($"\"{_folder.In("first", "texts", "a.txt")}\"", File.ReadAllText(configuration));
        File.WriteAllText(
            configuration,
            relative.Replace("\"texts/a.txt\"", $"\"{_folder.In("other", "texts", "a.txt")}\"", StringComparison.Ordinal)
        );
        Assert.Contains("holds another run than the study has now: text is", Assert.Throws<UserException>(() => Begun(study)).Message);
    }

    /// <summary>
    /// How often a checkpoint is written may change, and an earlier version told neither that nor the field of a text: the cell goes on,
    /// and its trainer reads what the study says now.
    /// </summary>
    [Fact]
    public void Configuration_OfAnEarlierVersion_IsCompleted()
    {
        Study study = At("first");
        string configuration = Begun(study);
        string now = File.ReadAllText(configuration);
        Assert.Contains("\"checkpoint_steps\": 4", now);
        File.WriteAllText(configuration, now.Replace(",\n  \"checkpoint_steps\": 4", "", StringComparison.Ordinal));
        Begun(study);
        Assert.Equal(now, File.ReadAllText(configuration));

        Study ofField = OfField(study, "body");
        Begun(ofField);
        Assert.Contains("\"field\": \"body\"", File.ReadAllText(configuration));
        UserException e = Assert.Throws<UserException>(() => Begun(OfField(study, "title")));
        Assert.Contains("field is \"body\" there and \"title\" now", e.Message);
    }

    private static Study OfField(Study study, string field)
    {
        GivenText given = study.Text.Given;
        GivenText other = new(setting => setting == TrainSettings.Field ? field : given.Value(setting))
        {
            Paths = given.Paths,
            HeldOut = given.HeldOut,
            Place = given.Place,
        };
        return study with { Text = study.Text with { Given = other } };
    }

    /// <summary>A file that is called as a text that is known, or as an option, stays a file.</summary>
    [Theory]
    [InlineData("texts/a.txt", "texts/a.txt")]
    [InlineData("synthetic", "./synthetic")]
    [InlineData("-a.txt", "./-a.txt")]
    [InlineData("0.1", "./0.1")]
    [InlineData("../a.txt", null)]
    public void Path_FromTheFolder_KeepsItsMeaning(string path, string? expected)
    {
        StudyText text = At("first").Text;
        string whole = Path.GetFullPath(path, text.Folder);
        Assert.Equal(expected ?? whole, text.FromFolder(whole));
        Assert.Equal("synthetic", text.FromFolder("synthetic"));
        Assert.Equal("0.1", text.FromFolder("0.1"));
    }

    /// <summary>A name may hold what a number does not: as text it is kept, and the file can be written.</summary>
    [Fact]
    public void Configuration_OfAModelCalledInfinity_CanBeWritten()
    {
        Study study = TinyStudy.Read(_folder);
        Recipe recipe = study.Cells[0].Recipe with { Given = [KeyValuePair.Create("init_cut", "1e400")] };
        Cell cell = study.Cells[0] with { Name = "x", Recipe = recipe };
        Assert.Contains("\"init_cut\": \"1e400\"", CellConfiguration.Of(cell, study.Text).ToJson());
    }

    [Theory]
    [InlineData("d64-e8", "d64-e8")]
    [InlineData("", "cell")]
    [InlineData("con", "cell-con")]
    [InlineData("Aux.v1", "cell-Aux.v1")]
    [InlineData("lpt1", "cell-lpt1")]
    [InlineData("console", "console")]
    [InlineData("d64.", "d64~")]
    [InlineData(".d64", "cell-.d64")]
    public void Name_OfACell_IsAFolderEverywhere(string name, string expected) => Assert.Equal(expected, CellName.Safe(name));

    /// <summary>Two long names stay two, and each the same the next time.</summary>
    [Fact]
    public void Name_ThatIsTooLong_IsCutAndHashed()
    {
        string one = CellName.Safe(new string('a', 300) + "1"),
            other = CellName.Safe(new string('a', 300) + "2");
        Assert.Equal((200, 200), (one.Length, other.Length));
        Assert.NotEqual(one, other);
        Assert.Equal(one, CellName.Safe(new string('a', 300) + "1"));
    }
}
