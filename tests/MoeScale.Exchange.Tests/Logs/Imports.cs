using MoeScale.Exchange.Import;

namespace MoeScale.Exchange.Tests.Logs;

/// <summary>Imports as tests ask for them.</summary>
internal static class Imports
{
    public static IReadOnlyList<ImportedRun> All(ImportRequest request) => LogImport.Run(request).Runs;

    /// <summary>The one run of some logs.</summary>
    public static ImportedRun One(ImportRequest request) => Assert.Single(All(request));
}
