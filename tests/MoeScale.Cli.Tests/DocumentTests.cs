using System.Text;
using System.Text.RegularExpressions;

namespace MoeScale.Cli.Tests;

/// <summary>
/// Every code block of the README and of docs/ is run: <c>console</c> blocks must print what they show, <c>sh</c> blocks
/// must succeed, <c>yaml</c> blocks with a file name become files that the commands find, and <c>csharp</c> blocks must
/// stand in <see cref="LibraryExample"/>. With MOESCALE_UPDATE_DOCS=1 the console blocks are rewritten instead.
/// </summary>
public partial class DocumentTests
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("MOESCALE_UPDATE_DOCS") == "1";

    public static TheoryData<string> Documents() =>
        [
            .. Directory
                .EnumerateFiles(Repository.Root, "*.md")
                .Concat(Directory.EnumerateFiles(Repository.In("docs"), "*.md", SearchOption.AllDirectories))
                .Select(f => Path.GetRelativePath(Repository.Root, f))
                .Order(),
        ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void CodeBlocks_OfADocument_DoWhatTheyShow(string document)
    {
        string path = Repository.In(document);
        string text = File.ReadAllText(path);
        using TemporaryFolder folder = new();
        File.CreateSymbolicLink(folder.In("moescale"), Repository.In("moescale"));
        File.CreateSymbolicLink(folder.In("studies"), Repository.In("studies"));
        StringBuilder updated = new();
        int end = 0;
        foreach (Match block in Block().Matches(text))
        {
            string code = block.Groups["code"].Value;
            string shown = Check(block.Groups["kind"].Value, block.Groups["name"].Value, code, folder.Path);
            updated.Append(text, end, block.Groups["code"].Index - end).Append(shown);
            end = block.Groups["code"].Index + code.Length;
            if (!Update)
            {
                Assert.Equal(shown, code);
            }
        }
        if (Update)
        {
            File.WriteAllText(path, updated.Append(text, end, text.Length - end).ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_OfADocument_LeadToFiles(string document)
    {
        string path = Repository.In(document);
        foreach (Match link in Link().Matches(File.ReadAllText(path)))
        {
            string target = Path.Combine(Path.GetDirectoryName(path)!, link.Groups["target"].Value);
            Assert.True(Path.Exists(target), $"{document} links to {link.Groups["target"].Value}, which does not exist.");
        }
    }

    [Fact]
    public void Readme_IsAPageThatIsRead() => Assert.True(File.ReadAllLines(Repository.In("README.md")).Length <= 250);

    private static string Check(string kind, string name, string code, string folder)
    {
        switch (kind)
        {
            case "console":
                string command = code.Split('\n')[0];
                Assert.StartsWith("$ ", command);
                Finished run = Shell.Line(command[2..], folder);
                Assert.True(run.ExitCode == 0, run.Error);
                return $"{command}\n{run.Output}";
            case "sh":
                // This suite is what 'dotnet test' runs.
                foreach (string line in code.Split('\n').Where(l => l.Length > 0 && l != "dotnet test"))
                {
                    Finished finished = Shell.Line(line, folder);
                    Assert.True(finished.ExitCode == 0, $"{line}: {finished.Error}");
                }
                return code;
            case "yaml":
                File.WriteAllText(Path.Combine(folder, name), code);
                return code;
            case "csharp":
                Assert.Contains(LibraryExample.Indented(code), LibraryExample.Source());
                return code;
            default:
                throw new InvalidOperationException($"Nobody checks blocks of the kind '{kind}'.");
        }
    }

    [GeneratedRegex(@"^```(?<kind>\w+)(?: (?<name>\S+))?\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\((?!http)(?<target>[^)#]+)\)")]
    private static partial Regex Link();
}
