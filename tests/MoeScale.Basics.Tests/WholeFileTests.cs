using System.IO.Compression;

namespace MoeScale.Basics.Tests;

public sealed class WholeFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ThatFails_KeepsTheOldFileAndLeavesNothing()
    {
        string path = _folder.In("f");
        File.WriteAllText(path, "old");
        UserException full = Assert.Throws<UserException>(() =>
            WholeFile.Write(
                path,
                stream =>
                {
                    stream.Write(new byte[1 << 20]);
                    throw new IOException("No space left on device.");
                }
            )
        );
        Assert.Equal($"{path} cannot be written: No space left on device.", full.Message);
        // As the runtime throws it: the system's number, and the path of the temporary file, which is not the user's.
        full = Assert.Throws<UserException>(() =>
            WholeFile.Write(path, _ => throw new IOException("No space left on device : '/f.1.tmp'", 28))
        );
        Assert.Equal($"{path} cannot be written: no space is left on the disk.", full.Message);
        UserException broken = Assert.Throws<UserException>(() =>
            WholeFile.Write(path, _ => throw new IOException("Input/output error : '/f.1.tmp'", 5))
        );
        Assert.Equal($"{path} cannot be written: Input/output error.", broken.Message);
        Assert.Throws<InvalidOperationException>(() => WholeFile.Write(path, _ => throw new InvalidOperationException()));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_WhileItIsWritten_ShowsTheOldFile()
    {
        string path = _folder.In("f");
        File.WriteAllText(path, "old");
        WholeFile.Write(
            path,
            stream =>
            {
                stream.Write("new"u8);
                stream.Flush();
                Assert.Equal("old", File.ReadAllText(path));
            }
        );
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void Write_AfterAKill_RemovesWhatWasLeftAndNoProgramWrites()
    {
        string path = _folder.In("f");
        string[] kept = [path, $"{path}.124.tmp", $"{path}.mine.tmp", $"{path}2.123.tmp"];
        foreach (string file in (string[])[.. kept, $"{path}.123.tmp"])
        {
            File.WriteAllText(file, "part");
        }
        // As a program that lives holds what it writes.
        using FileStream written = new($"{path}.124.tmp", FileMode.Open, FileAccess.Write, FileShare.None);
        WholeFile.Write(path, stream => stream.Write("new"u8));
        Assert.Equal(kept.Order(), Directory.GetFiles(_folder.Path).Order());
        WholeFile.RemoveLeftOversIn(_folder.Path);
        Assert.Equal([path, $"{path}.mine.tmp"], Directory.GetFiles(_folder.Path).Order());
    }

    /// <summary>
    /// As two studies at once in one folder: a file that is written and has not its name yet is nobody's left-over, and no two writers
    /// share one. Locks belong to open files, so threads meet as processes do.
    /// </summary>
    [Fact]
    public async Task Write_BySeveralAtOnce_IsAlwaysAWholeFileOfOne()
    {
        const int writers = 6;
        string path = _folder.In("f");
        string[] texts = [.. Enumerable.Range(0, writers).Select(w => new string((char)('a' + w), 5000 * (w + 1)))];
        File.WriteAllText(path, texts[0]);
        await Task.WhenAll(
            texts.Select(text =>
                Task.Factory.StartNew(
                    () =>
                    {
                        for (int i = 0; i < 60; i++)
                        {
                            TextFile.WriteWhole(path, text);
                            Assert.Contains(TextFile.Read(path), texts);
                        }
                    },
                    TaskCreationOptions.LongRunning
                )
            )
        );
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_OntoADevice_IsRefused()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "This system has no /dev/null.");
        string link = _folder.In("link");
        File.CreateSymbolicLink(link, "/dev/null");
        Assert.Contains(
            "is a pipe or a device",
            Assert.Throws<UserException>(() => WholeFile.Write(link, stream => stream.Write("new"u8))).Message
        );
        Assert.Equal([link], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65536)]
    [InlineData(300_000)]
    public void WholeGzip_AnyLength_GivesTheBytesAndNoMore(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        using WholeGzip stream = new(new MemoryStream(Pack(bytes)));
        using MemoryStream read = new();
        stream.CopyTo(read);
        Assert.Equal(bytes, read.ToArray());
    }

    [Theory]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.NoCompression)]
    public void WholeGzip_CutShortAnywhere_IsRefused(CompressionLevel level)
    {
        byte[] packed = Pack([.. Enumerable.Range(0, 300).Select(i => (byte)(i * i))], level);
        for (int length = 1; length < packed.Length; length++)
        {
            using WholeGzip stream = new(new MemoryStream(packed[..length]));
            Assert.Throws<InvalidDataException>(() => stream.CopyTo(Stream.Null));
        }
    }

    private static byte[] Pack(byte[] bytes, CompressionLevel level = CompressionLevel.Fastest)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, level))
        {
            gzip.Write(bytes);
        }
        return packed.ToArray();
    }
}
