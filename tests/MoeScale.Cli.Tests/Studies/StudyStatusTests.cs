using System.Text.Json;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Tests;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>What <c>study status</c> says of folders as studies leave them; what the folders mean, the tests of Studies hold.</summary>
public sealed class StudyStatusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Status_OfACellThatFailed_TellsHowOftenAndWhy()
    {
        Study study = TinyStudy.Read(_folder, $"{TinyStudy.Text}\nretries: 1");
        MadeUpRuns.Write(_folder, study, (cell, tokens) => 2.5);
        File.Delete(StudyFolder.At(study.DefaultFolder).Of(study.Cells[1]).ResultsPath);
        const string attempt = """{"Ended":"2026-01-01T00:00:00Z","ExitCode":1,"Reason":"step 7: the loss is no number"}""";
        _folder.Write(Path.Combine("tiny", "work", "d24", "attempts.jsonl"), $"{attempt}\n{attempt}\n");

        (int code, string output, string error) = StudyCommand.Run("study", "status", study.File);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("1 done, 1 failed", output);
        Assert.Contains(
            "d24 (failed 2 times: step 7: the loss is no number)",
            string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        );
        JsonElement cell = JsonDocument
            .Parse(StudyCommand.Run("study", "status", study.File, "--json").Output)
            .RootElement.GetProperty("cells")
            .EnumerateArray()
            .Single(c => c.GetProperty("cell").GetString() == "d24");
        Assert.Equal(
            ("failed", 2, "step 7: the loss is no number"),
            (cell.GetProperty("state").GetString(), cell.GetProperty("failed_attempts").GetInt32(), cell.GetProperty("reason").GetString())
        );
    }

    [Fact]
    public void Status_OfAThousandFinishedRuns_CountsThemAll()
    {
        string seeds = string.Join(", ", Enumerable.Range(0, 1000));
        Study study = TinyStudy.Read(
            _folder,
            TinyStudy
                .Text.Replace("d_model: [16, 24]", $"d_model: 16, seed: [{seeds}]", StringComparison.Ordinal)
                .Replace("branches: [4k, 8k]", "tokens: 4k", StringComparison.Ordinal)
        );
        MadeUpRuns.Write(_folder, study, (cell, tokens) => 2 + (cell.Seed / 1e4));
        (int code, string output, string error) = StudyCommand.Run("study", "status", study.File);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("1000 done", output);
        Assert.Equal(1000, output.Split('\n').Count(l => l.StartsWith("done ", StringComparison.Ordinal)));
        (code, string runs, error) = StudyCommand.Run("study", "runs", study.File, "--csv");
        Assert.Equal((0, ""), (code, error));
        string[] rows = runs.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1001, rows.Length);
        Assert.StartsWith("d16-s999,d16-s999,2.0999,", rows[^1]);
    }

    /// <summary>The dense model has no granularity: nothing is compared with a value that is not there.</summary>
    [Fact]
    public void Report_OfSettingsThatSomeModelsLack_ComparesWithNothingThatIsNotThere()
    {
        Study study = TinyStudy.Read(
            _folder,
            TinyStudy.Text.Replace("[16, 24]", "[16, 32], experts: [1, 4], granularity: [1, 2]", StringComparison.Ordinal)
                + "\nfit: { bootstrap: 0 }"
        );
        MadeUpRuns.Write(_folder, study, (c, t) => 2 + (1000.0 / t) - (c.Model.IsDense ? 0 : 0.05 + (0.01 * c.Model.Granularity)));
        string output = StudyCommand.Run("study", "report", study.File).Output;
        Assert.Contains("granularity 2 against 1: -0.010 nats", output);
        Assert.DoesNotContain("against :", output);
    }
}
