using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Studies;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale study report</c>, which is also the end of <c>run</c>.</summary>
internal static class StudyReportVerb
{
    public static int Report(ParseResult parsed)
    {
        PictureFiles.Require(parsed);
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed);
        return Answer(study, folder, parsed.GetValue(StudyArguments.AsJson), (answer, outcome) => Keep(parsed, folder, answer, outcome));
    }

    /// <summary>
    /// Fits, plans and reports what is there; the answer is no where a cell is missing, or something that the study asks for.
    /// </summary>
    public static int Answer(Study study, StudyFolder folder, bool asJson, Action<StudyAnswer, StudyOutcome>? keep = null)
    {
        StudyOutcome outcome = StudyRun.Answer(study, folder);
        foreach (UntoldRouters routers in outcome.UntoldRouters)
        {
            Console.Error.WriteLine($"moescale: {StudyWords.Of(routers)}");
        }
        if (outcome.Answer is StudyAnswer answer && asJson)
        {
            Json.Write(StudyReportJson.Of(folder, answer, outcome));
        }
        else if (outcome.Answer is not null)
        {
            StudyPage.WriteAnswer(folder, outcome.Answer, outcome.Plans);
        }
        if (outcome.Answer is not null)
        {
            keep?.Invoke(outcome.Answer, outcome);
        }
        return outcome.IsWhole ? 0 : outcome.Gaps.Max(g => NoAnswer.Because(StudyWords.Of(g)));
    }

    // The report's own words and charts, read from where they were written just now.
    private static void Keep(ParseResult parsed, StudyFolder folder, StudyAnswer answer, StudyOutcome outcome)
    {
        if (parsed.GetValue(StudyArguments.Png))
        {
            foreach (string svg in ReportBlocks.Charts(folder.ReportPath))
            {
                PngFile.Write(Path.ChangeExtension(svg, ".png"), TextFile.Read(svg), StudyArguments.Png.Name);
            }
        }
        if (parsed.GetValue(PictureFiles.Html) is string path)
        {
            (string title, IReadOnlyList<PageBlock> blocks) = ReportBlocks.Read(folder.ReportPath);
            string json = Json.Text(StudyReportJson.Of(folder, answer, outcome));
            TextFile.WriteWhole(path, HtmlPage.Write(title, CallText.Of(parsed), blocks, json));
        }
    }
}
