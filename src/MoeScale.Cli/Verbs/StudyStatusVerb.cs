using System.CommandLine;
using System.Text;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Laws.Runs;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale study status</c> and <c>runs</c>: what the folders say.</summary>
internal static class StudyStatusVerb
{
    public static int Status(ParseResult parsed)
    {
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed);
        CellStatus[] cells = [.. study.Cells.Select(c => CellStatus.Of(folder.Of(c), study.Retries))];
        IReadOnlyList<StudyChange> changes = StudyChange.Of(study, folder);
        if (parsed.GetValue(StudyArguments.AsJson))
        {
            Json.Write(StudyStatusJson.Of(study, folder, cells, changes));
            return 0;
        }
        StudyPage.WriteStatus(study, folder, cells, changes);
        return 0;
    }

    public static int Runs(ParseResult parsed)
    {
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed);
        bool isCopy = RunsCsv.IsCopy(study, folder);
        string text = isCopy ? TextFile.Read(folder.RunsPath) : RunsCsv.Of(study, folder);
        if (text.Length == 0)
        {
            Console.Error.WriteLine(
                $"moescale: no run of {study.File} is finished yet. 'moescale study status {study.File}' tells where they stand."
            );
            return 1;
        }
        if (parsed.GetValue(StudyArguments.AsJson))
        {
            Json.Write(RunsJson.Of(RunTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), folder.RunsPath)));
            return 0;
        }
        if (parsed.GetValue(StudyArguments.Csv))
        {
            Console.Out.Write(text);
            return 0;
        }
        if (!isCopy)
        {
            RunsCsv.Write(text, study, folder);
        }
        Page.Field("Runs", $"{text.Count(c => c == '\n') - 1} in {folder.RunsPath}");
        return 0;
    }
}
