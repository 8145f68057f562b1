using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;

namespace MoeScale.Studies.Tests;

/// <summary>Studies that are run and answered by the library, without the command.</summary>
internal static class InProcess
{
    /// <summary>Trains what is missing and answers, beside the study's file.</summary>
    public static StudyOutcome Run(string path, int threads = 2)
    {
        Study study = StudyFile.Read(path);
        StudyFolder folder = StudyFolder.At(study.DefaultFolder);
        return StudyRun.Run(study, folder, new LocalExecutor(study, folder, threads)).GetAwaiter().GetResult();
    }

    /// <summary>Answers what is there for the tiny study of a folder.</summary>
    public static StudyOutcome Report(TemporaryFolder folder)
    {
        Study study = StudyFile.Read(folder.In("tiny.yaml"), isTrained: false);
        return StudyRun.Answer(study, StudyFolder.At(study.DefaultFolder));
    }

    /// <summary>What an outcome lacks, in words; empty where nothing is missing.</summary>
    public static string Words(StudyOutcome outcome) => outcome.IsWhole ? "" : StudyWords.Of(outcome.Gaps[0]);
}
