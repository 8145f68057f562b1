using System.Text.RegularExpressions;

namespace MoeScale.Cli.Tests;

/// <summary>What a visitor sees first: the index of all pages, and the picture of the README.</summary>
public partial class DocumentIndexTests
{
    [Fact]
    public void Index_LinksEveryPage()
    {
        string docs = Repository.In("docs");
        string index = File.ReadAllText(Path.Combine(docs, "README.md"));
        HashSet<string> linked = [.. Link().Matches(index).Select(l => Path.GetFullPath(Path.Combine(docs, l.Groups["target"].Value)))];
        Assert.Empty(
            Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories).Except(linked).Except([Path.Combine(docs, "README.md")])
        );
    }

    public static TheoryData<string> Pages() =>
        [
            .. Directory
                .EnumerateFiles(Repository.In("docs"), "*.md", SearchOption.AllDirectories)
                .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
                .Select(f => Path.GetRelativePath(Repository.Root, f))
                .Where(f => f != "CHANGELOG.md"),
        ];

    /// <summary>Prose is wrapped by hand; tables and code are not.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Prose_OfAPage_HasLinesOfAtMost140(string page)
    {
        string prose = CodeBlock().Replace(File.ReadAllText(Repository.In(page)), "");
        Assert.DoesNotContain(
            prose.Split('\n'),
            l => l.Length > 140 && !l.StartsWith('|') && !l.StartsWith("    ", StringComparison.Ordinal)
        );
    }

    /// <summary>
    /// The command that the README gives for its picture still makes the same bytes; MOESCALE_UPDATE_DOCS=1 makes it again.
    /// </summary>
    [Fact]
    public void Picture_OfTheReadme_IsMadeByTheCommandBesideIt()
    {
        Match command = PictureCommand().Match(File.ReadAllText(Repository.In("README.md")));
        Assert.True(command.Success, "README.md does not say what made its picture.");
        using TemporaryFolder folder = new();
        string made = folder.In("made.svg");
        Finished run = Shell.MoeScale([.. command.Groups["options"].Value.Split(' '), made]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string kept = Repository.In(command.Groups["file"].Value);
        if (Environment.GetEnvironmentVariable("MOESCALE_UPDATE_DOCS") == "1")
        {
            File.Copy(made, kept, overwrite: true);
        }
        Assert.Equal(File.ReadAllText(made), File.ReadAllText(kept));
    }

    [GeneratedRegex(@"\]\((?!http)(?<target>[^)#]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"`\./moescale (?<options>plan [^`]* --svg) (?<file>docs/[^`]+\.svg)`")]
    private static partial Regex PictureCommand();
}
