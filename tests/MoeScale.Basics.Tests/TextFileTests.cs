using System.Diagnostics;

namespace MoeScale.Basics.Tests;

public class TextFileTests
{
    [Fact]
    public void WriteWhole_ExistingFile_IsReplacedAndNothingElseIsLeft()
    {
        using TemporaryFolder folder = new();
        string path = folder.In("f.txt");
        File.WriteAllText(path, "old");
        TextFile.WriteWhole(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void WriteWhole_NoSuchFolder_IsAUserError() =>
        Assert.StartsWith(
            "/no/such/f.txt cannot be written: there is no such folder.",
            Assert.Throws<UserException>(() => TextFile.WriteWhole("/no/such/f.txt", "x")).Message
        );

    [Fact]
    public void Read_NotUtf8_IsAUserError()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, [0x69, 0x64, 0x3a, 0x20, 0xff, 0xfe, 0xfd]);
        Assert.Equal($"{path} is not UTF-8 text. Save it as UTF-8.", Assert.Throws<UserException>(() => TextFile.Read(path)).Message);
        File.Delete(path);
    }

    /// <summary>A pipe that nobody writes to would be waited for without end.</summary>
    [Theory]
    [InlineData("ln -s /dev/zero f")]
    [InlineData("mkfifo f")]
    [InlineData("mkfifo g; ln -s g f")]
    public void Read_NoPlainFile_IsRefusedBeforeItIsOpened(string make)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Other systems have no such files.");
        using TemporaryFolder folder = new();
        using (Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", make]) { WorkingDirectory = folder.Path })!)
        {
            shell.WaitForExit();
        }
        string path = folder.In("f");
        Assert.Equal(
            $"{path} is a pipe or a device; a file is needed. Save it first.",
            Assert.Throws<UserException>(() => TextFile.Read(path)).Message
        );
        Assert.Null(TextFile.Tail(path, 10));
        Assert.False(FileLock.IsHeld(path));
    }

    [Fact]
    public void Read_FileOfTheSystem_WhichHasNoLength_IsRead()
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "This system has no /proc.");
        Assert.StartsWith("Name:", TextFile.Read("/proc/self/status"));
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
