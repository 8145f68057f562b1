using MoeScale.Laws;
using MoeScale.Laws.Runs;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>What a whole study leaves.</summary>
public sealed class SmokeTests(SmokeStudy smoke) : IClassFixture<SmokeStudy>
{
    [Fact]
    public void Study_RunToItsEnd_LeavesTableLawPlanAndReport()
    {
        Assert.Equal("", InProcess.Words(smoke.Outcome));
        RunTable table = RunTable.Read(smoke.Folder.RunsPath);
        Assert.Equal(smoke.Study.Cells.Sum(c => c.Lengths.Count), table.RowCount);
        Assert.Equal(
            smoke.Study.Cells.SelectMany(c => c.Lengths.Select(_ => c.Name)),
            Enumerable.Range(0, table.RowCount).Select(r => table.Column("trunk", "").Text(r))
        );
        Assert.Equal("smoke-law", LawCatalog.Open(smoke.Folder.LawPath).Id);
        string report = File.ReadAllText(smoke.Folder.ReportPath);
        foreach (string chart in (string[])["loss-flops", "loss-seconds", "loss-size", "predicted"])
        {
            Assert.Contains($"({chart}.svg)", report);
            Assert.True(File.Exists(Path.Combine(smoke.Folder.Location, $"{chart}.svg")));
        }
        Assert.True(File.Exists(smoke.Folder.PlanPath));
    }

    [Fact]
    public void Laws_OfADenseGrid_AreThoseThatItCanIdentify()
    {
        StudyAnswer answer = StudyAnswer.Read(smoke.Folder.AnswerPath);
        Assert.NotNull(answer.Compared.Single(c => c.Law == "chinchilla-2024").Rmse);
        Assert.Equal("experts is 1 in all runs", answer.Compared.Single(c => c.Law == "joint-2025").Reason);
        Assert.Contains("of which it does not speak", answer.Compared.Single(c => c.Law == "kaplan-2020-n").Reason);
        // The three with one form are one family.
        Assert.Equal(
            2,
            answer.Compared.Count(c =>
                c.Law is "chinchilla-2024" or "chinchilla-2022" or "sardana-2024"
                && c.Reason.StartsWith("the form of ", StringComparison.Ordinal)
            )
        );
        Assert.NotNull(answer.Floor);
    }

    [Fact]
    public void Report_MadeAgain_IsTheSame()
    {
        string[] files =
        [
            smoke.Folder.ReportPath,
            smoke.Folder.LawPath,
            smoke.Folder.AnswerPath,
            smoke.Folder.PlanPath,
            .. Directory.GetFiles(smoke.Folder.Location, "*.svg"),
        ];
        string[] before = [.. files.Select(File.ReadAllText)];
        Assert.True(StudyRun.Answer(smoke.Study, smoke.Folder).IsWhole);
        Assert.Equal(before, files.Select(File.ReadAllText));
    }

    [Fact]
    public void Study_RunAgain_TrainsNothing()
    {
        DateTime[] Written() =>
            [
                .. Directory
                    .GetFiles(Path.Combine(smoke.Folder.Location, "runs"), "*", SearchOption.AllDirectories)
                    .Order()
                    .Select(File.GetLastWriteTimeUtc),
            ];
        DateTime[] before = Written();
        Assert.Empty(StudyRun.Begin(smoke.Study, StudyFolder.At(smoke.Folder.Location)));
        Assert.Equal(before, Written());
    }
}
