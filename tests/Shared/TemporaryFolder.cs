namespace MoeScale.Tests;

/// <summary>A folder that goes when the test ends.</summary>
/// <param name="prefix">What its name begins with.</param>
public sealed class TemporaryFolder(string prefix = "moescale-") : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory(prefix).FullName;

    /// <summary>The path of a name in it.</summary>
    public string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    /// <summary>Writes a file and gives its path; folders in its name are made.</summary>
    public string Write(string name, byte[] bytes)
    {
        string path = In(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
