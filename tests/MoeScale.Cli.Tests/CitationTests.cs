using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Laws;

namespace MoeScale.Cli.Tests;

/// <summary>CITATION.cff says what the build and the laws say.</summary>
public class CitationTests
{
    private static readonly YamlMap Citation = YamlMap.Read(Repository.In("CITATION.cff"));

    [Fact]
    public void Citation_OfTheProgram_IsThatOfTheBuild()
    {
        string build = File.ReadAllText(Repository.In("Directory.Build.props"));
        Assert.Equal("1.2.0", Citation.Text("cff-version"));
        Assert.Equal("software", Citation.Text("type"));
        Assert.Equal(Property(build, "Version"), Citation.Text("version"));
        Assert.Equal(Property(build, "PackageLicenseExpression"), Citation.Text("license"));
        Assert.Equal([Property(build, "Authors")], Citation.Maps("authors").Select(a => a.Text("name")));
        Assert.True(Citation.Has("message") && Citation.Has("title"));
    }

    [Fact]
    public void References_AreThePapersOfTheLaws()
    {
        Reference[] papers = [.. LawCatalog.Ids.Select(id => LawCatalog.Open(id).Reference!).Distinct()];
        IReadOnlyList<YamlMap> references = Citation.Maps("references");
        Assert.Equal(
            papers.Select(p => (p.Title, $"{p.Year}", $"https://arxiv.org/abs/{p.Arxiv}", p.Authors.Count)).Order(),
            references.Select(r => (r.Text("title"), r.Text("year"), r.Text("url"), r.Maps("authors").Count)).Order()
        );
        Assert.All(
            references.SelectMany(r => r.Maps("authors")),
            a => Assert.True(a.Has("name") || (a.Has("family-names") && a.Has("given-names")))
        );
    }

    private static string Property(string build, string name) => Regex.Match(build, $"<{name}>([^<]+)</{name}>").Groups[1].Value;
}
