using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Runs;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Reports;

/// <summary>
/// One Markdown file with its charts, made from runs.csv, routers.csv, fit.json, law.yaml and plan.json alone, so that it can be made
/// again.
/// </summary>
public static class StudyReport
{
    /// <summary>Writes report.md and the charts beside it.</summary>
    /// <param name="folder">Of a study with a table of runs and an answer.</param>
    /// <exception cref="UserException">A file is missing or damaged, or cannot be written.</exception>
    public static void Write(StudyFolder folder)
    {
        RunTable table = RunTable.Read(folder.RunsPath);
        StudyAnswer answer = StudyAnswer.Read(folder.AnswerPath);
        HashSet<string> unknown = [.. answer.UnknownRuns];
        table = Without(unknown, table);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {answer.Study}\n\n");
        if (answer.Question.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{answer.Question}\n\n");
        }
        ReportSections.Trained(text, answer, table);
        ContrastSection.Write(text, answer);
        ReportSections.Answer(text, answer);
        PlanSection.Write(text, folder);
        RunTable? routers = File.Exists(folder.RoutersPath) ? Without(unknown, RunTable.Read(folder.RoutersPath)) : null;
        ReportSections.Charts(text, [.. ReportCharts.All(table, routers, folder, answer), .. IsoFlopChart.Of(table, folder)], folder);
        if (routers is not null)
        {
            RouterSection.Write(text, routers);
        }
        ReportSections.Runs(text, table);
        TextFile.WriteWhole(folder.ReportPath, text.ToString());
    }

    private static RunTable Without(HashSet<string> runs, RunTable table)
    {
        RunColumn run = table.Column("run", "report");
        return runs.Count == 0 ? table : table.Take([.. Enumerable.Range(0, table.RowCount).Where(r => !runs.Contains(run.Text(r)))]);
    }
}
