namespace MoeScale.Basics.Tests;

public class TextFileTests
{
    [Fact]
    public void WriteWhole_ExistingFile_IsReplacedAndNothingElseIsLeft()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string path = Path.Combine(folder, "f.txt");
        File.WriteAllText(path, "old");
        TextFile.WriteWhole(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void WriteWhole_NoSuchFolder_IsAUserError() =>
        Assert.StartsWith("/no/such/f.txt cannot be written: there is no such folder.", Assert.Throws<UserException>(() => TextFile.WriteWhole("/no/such/f.txt", "x")).Message);

    [Fact]
    public void Read_NotUtf8_IsAUserError()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, [0x69, 0x64, 0x3a, 0x20, 0xff, 0xfe, 0xfd]);
        Assert.Equal($"{path} is not UTF-8 text. Save it as UTF-8.", Assert.Throws<UserException>(() => TextFile.Read(path)).Message);
        File.Delete(path);
    }

    [Fact]
    public void Read_WithoutEnd_IsRefused()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "This system has no /dev/zero.");
        Assert.Contains("larger than", Assert.Throws<UserException>(() => TextFile.Read("/dev/zero")).Message);
    }

    [Fact]
    public void Read_ByteOrderMark_IsNoText()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, [0xef, 0xbb, 0xbf, 0x61]);
        Assert.Equal("a", TextFile.Read(path));
        File.Delete(path);
    }
}
