namespace MoeScale.Basics.Tests;

public sealed class GivenFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GivenFilesTests()
    {
        foreach (
            string name in (string[])["a.csv", "b.csv", "c[1].csv", ".hidden.csv", "sub/a.csv", "sub/deep/d.csv", "sub/.git/e.csv", "x.txt"]
        )
        {
            _folder.Write(name, name);
        }
    }

    public void Dispose() => _folder.Dispose();

    private string[] Matching(string pattern) =>
        [.. GivenFiles.Matching(Path.Combine(_folder.Path, pattern)).Select(f => Path.GetRelativePath(_folder.Path, f).Replace('\\', '/'))];

    [Theory]
    [InlineData("*.csv", new[] { "a.csv", "b.csv", "c[1].csv" })]
    [InlineData("?.csv", new[] { "a.csv", "b.csv" })]
    [InlineData("[ac].csv", new[] { "a.csv" })]
    [InlineData("[!a].csv", new[] { "b.csv" })]
    [InlineData("[a-b].*", new[] { "a.csv", "b.csv" })]
    [InlineData(".h*", new[] { ".hidden.csv" })]
    [InlineData("*/a.csv", new[] { "sub/a.csv" })]
    [InlineData("**/*.csv", new[] { "a.csv", "b.csv", "c[1].csv", "sub/a.csv", "sub/deep/d.csv" })]
    [InlineData("s*/deep/*", new[] { "sub/deep/d.csv" })]
    [InlineData("s*", new[] { "sub" })]
    public void Matching_Pattern_FindsByName(string pattern, string[] expected) => Assert.Equal(expected, Matching(pattern));

    [Theory]
    [InlineData("*.tsv")]
    [InlineData("none/*.csv")]
    [InlineData("[")]
    public void Matching_NoFile_IsSaid(string pattern) =>
        Assert.Contains("no file matches", Assert.Throws<UserException>(() => Matching(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void IsPattern_NameOfAFile_IsNone()
    {
        Assert.False(GivenFiles.IsPattern(Path.Combine(_folder.Path, "c[1].csv")));
        Assert.True(GivenFiles.IsPattern(Path.Combine(_folder.Path, "c[2].csv")));
        Assert.False(GivenFiles.IsPattern("plain.csv"));
    }

    [Fact]
    public void In_Folder_HoldsFilesOfItsFolders() =>
        Assert.Contains(Path.Combine(_folder.Path, "sub", "deep", "d.csv"), GivenFiles.In(_folder.Path));
}
