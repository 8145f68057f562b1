using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;

namespace MoeScale.Studies.Tests;

/// <summary>studies/smoke.yaml, run once in this process for all tests that look at what it leaves.</summary>
public sealed class SmokeStudy : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public SmokeStudy()
    {
        Study = StudyFile.Read(Repository.Smoke);
        Folder = StudyFolder.At(_temporary.In("smoke"));
        Outcome = StudyRun.Run(Study, Folder, new LocalExecutor(Study, Folder)).GetAwaiter().GetResult();
    }

    public Study Study { get; }

    public StudyFolder Folder { get; }

    public StudyOutcome Outcome { get; }

    public void Dispose() => _temporary.Dispose();
}
