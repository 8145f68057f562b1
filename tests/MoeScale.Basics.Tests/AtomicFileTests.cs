namespace MoeScale.Basics.Tests;

public class AtomicFileTests
{
    [Fact]
    public void Write_ExistingFile_IsReplacedAndNothingElseIsLeft()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string path = Path.Combine(folder, "f.txt");
        File.WriteAllText(path, "old");
        AtomicFile.Write(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Write_NoSuchFolder_IsAUserError() =>
        Assert.StartsWith("/no/such/f.txt cannot be written", Assert.Throws<UserException>(() => AtomicFile.Write("/no/such/f.txt", "x")).Message);
}
