using MoeScale.Exchange.Logs;

namespace MoeScale.Exchange.Tests.Logs;

/// <summary>A folder of logs that goes when the test ends.</summary>
internal sealed class TemporaryLogs : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("moescale-logs-");

    public string Folder => _folder.FullName;

    public string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The one run of some logs.</summary>
    public static ImportedRun One(ImportRequest request) => Assert.Single(LogImport.Run(request));

    public void Dispose() => _folder.Delete(recursive: true);
}
