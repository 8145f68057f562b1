namespace MoeScale.House.Tests;

/// <summary>The sources keep the rules.</summary>
public class HouseTests(Sources sources, ITestOutputHelper output) : IClassFixture<Sources>
{
    [Fact]
    public void Rooms_KnowOnlyThoseBelow() => None(HouseRules.BrokenWalls(sources));

    [Fact]
    public void Folders_OfARoom_HaveNoCircle()
    {
        Folders folders = new(sources);
        output.WriteLine(folders.Picture);
        None(HouseRules.Circles(folders));
    }

    // MOESCALE_UPDATE_DOCS=1 draws it again, as for all that docs show of the program.
    [Fact]
    public void Picture_OfFolders_IsThatOfTheDocs()
    {
        const string begin = "<!-- folders -->\n\n";
        const string end = "\n<!-- /folders -->";
        string page = Repository.In("docs", "architecture.md");
        string text = File.ReadAllText(page);
        int start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        int stop = text.IndexOf(end, start, StringComparison.Ordinal);
        Assert.True(start >= begin.Length && stop >= start, $"{page} has no part that begins with {begin}");
        string picture = new Folders(sources).Picture;
        if (Environment.GetEnvironmentVariable("MOESCALE_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(page, text[..start] + picture + text[stop..]);
            return;
        }
        Assert.Equal(text[start..stop], picture);
    }

    // A package that one kind of file needs is loaded by its reader alone: no other command waits for it.
    [Fact]
    public void Parquet_IsNamedByItsReaderAlone() =>
        None(
            sources
                .Files.Where(f =>
                    f.Text.Contains("using Parquet", StringComparison.Ordinal)
                    && !f.Path.EndsWith("ParquetRuns.cs", StringComparison.Ordinal)
                )
                .Select(f => $"{f.Path} names the package Parquet.Net")
        );

    [Fact]
    public void Namespaces_EqualFolders() => None(HouseRules.OtherNamespaces(sources));

    [Fact]
    public void Lines_AreShort() =>
        None(
            ((string[])["src", "tests", "bench"])
                .SelectMany(d => Directory.EnumerateFiles(Repository.In(d), "*.cs", SearchOption.AllDirectories))
                .SelectMany(f =>
                    HouseRules.LongLines(File.ReadAllText(f)).Select(l => $"{Path.GetRelativePath(Repository.Root, f)}:{l + 1}")
                )
        );

    [Fact]
    public void Methods_FitOnAScreenOrTwo()
    {
        foreach ((string name, int lines) in HouseRules.Methods(sources).Take(25))
        {
            output.WriteLine($"{lines} {name}");
        }
        None(HouseRules.LongMethods(sources));
    }

    [Fact]
    public void Texts_BelowTheCommand_NameNoneOfItsOptions() => None(HouseRules.NamedOptions(sources));

    // An interpolated string becomes a phrase only where one is asked for: in a condition or a switch of strings it is a string, and
    // what the setting is called would be said in nobody's terms.
    [Fact]
    public void Settings_InTexts_StayOpen() => None(sources.LostSettings);

    [Fact]
    public void Sentences_AreNeverCutReplacedOrCompared() => None(HouseRules.CutSentences(sources));

    private static void None(IEnumerable<string> found)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, $"{all.Length} places:\n{string.Join('\n', all)}");
    }
}
