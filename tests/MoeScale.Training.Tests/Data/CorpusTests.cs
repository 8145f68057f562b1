using System.IO.Compression;
using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Data.Corpora;

namespace MoeScale.Training.Tests.Data;

public sealed class CorpusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_Folder_GivesTextsSortedAndCountsOthers()
    {
        foreach (string name in new[] { "b.txt", "B.md", "a/z.jsonl.gz", "a-b.txt", "picture.png", ".hidden.txt", ".git/c.txt", "a/x.TXT" })
        {
            _folder.Write(name, "x");
        }
        CorpusFiles files = CorpusFiles.Find([_folder.Path]);
        Assert.Equal(
            ["B.md", "a-b.txt", "a/x.TXT", "a/z.jsonl.gz", "b.txt"],
            files.Paths.Select(path => Path.GetRelativePath(_folder.Path, path).Replace('\\', '/'))
        );
        Assert.Equal(1, files.LeftOut);
    }

    [Fact]
    public void Find_LinkToAFolderAbove_EndsAll()
    {
        _folder.Write("a/b.txt", "x");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "a", "above"), _folder.Path);
        Assert.Single(CorpusFiles.Find([_folder.Path]).Paths);
    }

    [Fact]
    public void Read_TextFile_IsOneDocumentOrSeveralBetweenSeparators()
    {
        Assert.Equal(["one\ntwo"], Read(_folder.Write("a.txt", "one\ntwo\n")));
        Assert.Equal(["one", "two", "three"], Read(_folder.Write("b.txt", "one\n<|endoftext|>\r\ntwo<|endoftext|><|endoftext|>three")));
        Assert.Equal(["x"], Read(_folder.Write("c.txt", [0xEF, 0xBB, 0xBF, 0x78])));
    }

    [Fact]
    public void Read_LongText_IsCutAtEmptyLinesAndLosesNothingElse()
    {
        string whole = string.Join(
            "\n\n",
            Enumerable.Range(0, 4000).Select(number => $"Paragraph {number} says é and 世 so often: {new string('x', number % 300)}")
        );
        List<string> documents = Read(_folder.Write("long.txt", whole));
        Assert.InRange(documents.Count, 50, 200);
        Assert.All(documents, document => Assert.InRange(Encoding.UTF8.GetByteCount(document), 1, 3 << 12));
        Assert.Equal(whole, string.Join("\n\n", documents));
    }

    [Fact]
    public void Read_LongTextWithoutAnySpace_IsCutBetweenCharacters()
    {
        string whole = string.Concat(Enumerable.Repeat("世🙂é", 20_000));
        List<string> documents = Read(_folder.Write("long.txt", whole + "<|endoftext|>short"));
        Assert.Equal(whole, string.Concat(documents.SkipLast(1)));
        Assert.Equal("short", documents[^1]);
    }

    [Theory]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(65536 + 12 * 1024)]
    [InlineData(200_000)]
    public void Read_LengthsAroundTheLimits_LoseNothing(int length)
    {
        string whole = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 26)));
        Assert.Equal(whole, string.Concat(Read(_folder.Write("a.txt", whole))));
        Assert.Equal(whole + "!", string.Concat(Read(_folder.Write("b.txt", whole + "<|endoftext|>!"))));
    }

    [Fact]
    public void Read_JsonLines_GivesTheFieldAsItIs()
    {
        string path = _folder.Write(
            "a.jsonl",
            "{\"id\": 1, \"text\": \"a\\n\\u00e9\\ud83d\\ude42\"}\r\n\n{\"text\": \"\", \"meta\": {\"text\": [1]}}\n{\"meta\": "
                + "{\"text\": \"no\"}, \"text\": \" b \"}"
        );
        Assert.Equal(["a\né🙂", " b "], Read(path));
        Assert.Equal(["c"], Read(_folder.Write("b.ndjson", "{\"content\": \"c\"}"), "content"));
    }

    [Theory]
    [InlineData("{\"a\": 1, \"b\": 2}", "line 1 has no field 'text'; it has a, b")]
    [InlineData("{\"text\": \"x\"}\n{\"text\": 3}", "line 2: 'text' is no text")]
    [InlineData("{\"text\": \"x\", \"text\": \"y\"}", "line 1: 'text' stands there twice")]
    [InlineData("{\"text\": \"x\"}\n[1]", "line 2 is no JSON object")]
    [InlineData("{\"text\": \"x\"", "line 1 is no JSON object")]
    [InlineData("{\"text\": \"x\"} {}", "line 1 is no JSON object")]
    [InlineData("{\"text\": \"\\ud800\"}", "line 1 is no JSON object")]
    public void Read_WrongJsonLines_SaysTheLine(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserException>(() => Read(_folder.Write("a.jsonl", text))).Message);

    [Fact]
    public void Read_Gzip_IsUnpackedAndCutShortRefusedAtEachLength()
    {
        byte[] whole = Encoding.UTF8.GetBytes(string.Join("\n\n", Enumerable.Range(0, 40)));
        foreach (
            CompressionLevel level in new[] { CompressionLevel.Fastest, CompressionLevel.SmallestSize, CompressionLevel.NoCompression }
        )
        {
            byte[] packed = Pack(whole, level);
            Assert.Equal([Encoding.UTF8.GetString(whole)], Read(_folder.Write("a.txt.gz", packed)));
            for (int length = 2; length < packed.Length; length++)
            {
                string path = _folder.Write("cut.txt.gz", packed[..length]);
                Assert.Contains("is damaged gzip", Assert.Throws<UserException>(() => Read(path)).Message);
            }
        }
        Assert.Equal(
            ["ab"],
            Read(
                _folder.Write(
                    "two.txt.gz",
                    [.. Pack("a"u8.ToArray(), CompressionLevel.Fastest), .. Pack("b"u8.ToArray(), CompressionLevel.Fastest)]
                )
            )
        );
    }

    [Fact]
    public void Read_NotUtf8_SaysWhichByte()
    {
        byte[] text = [.. Encoding.UTF8.GetBytes(new string('a', 100_000)), 0xFF];
        Assert.Contains(
            "byte 100000 belongs to no character",
            Assert.Throws<UserException>(() => Read(_folder.Write("a.txt", text))).Message
        );
        Assert.Contains("UTF-16", Assert.Throws<UserException>(() => Read(_folder.Write("b.txt", Encoding.Unicode.GetPreamble()))).Message);
        Assert.Contains(
            "line 2 is not UTF-8",
            Assert.Throws<UserException>(() => Read(_folder.Write("c.jsonl", [.. "{\"text\":\"a\"}\n"u8, 0xC3]))).Message
        );
    }

    [Fact]
    public void Read_NothingThere_SaysWhat()
    {
        Assert.Contains("there is no such file", Assert.Throws<UserException>(() => Read(Path.Combine(_folder.Path, "none.txt"))).Message);
        Assert.Contains("holds no text", Assert.Throws<UserException>(() => Read(_folder.Write("empty.txt", ""))).Message);
        Assert.Contains("holds no text", Assert.Throws<UserException>(() => Read(_folder.Write("blank.jsonl", "\n\n"))).Message);
        string other = Path.GetDirectoryName(_folder.Write("other/a.png", "x"))!;
        Assert.Contains("none of its 1 files ends in .txt", Assert.Throws<UserException>(() => CorpusFiles.Find([other])).Message);
        Assert.Contains("given alone", Assert.Throws<UserException>(() => CorpusFiles.Find([_folder.Write("a.bin", "xx")])).Message);
    }

    [Fact]
    public void Read_DamagedJsonLines_AreRefusedOrReadAndNothingElse()
    {
        byte[] whole = Encoding.UTF8.GetBytes(
            string.Join("\n", Enumerable.Range(0, 5).Select(i => $"{{\"text\": \"line {i} \\u00e9\", \"meta\": [1, {{\"a\": null}}]}}"))
        );
        Random random = new(3);
        for (int round = 0; round < 500; round++)
        {
            string path = _folder.Write(
                round % 2 == 0 ? "a.jsonl" : "a.jsonl.gz",
                Damage.Of(round % 2 == 0 ? whole : Pack(whole, CompressionLevel.Fastest), random)
            );
            Damage.IsRefusedOrRead(() => Read(path), 4 << 20);
        }
    }

    [Fact]
    public void DotnetDocs_ThisSdk_AreEnglishWithoutRepeats()
    {
        DotnetDocs docs;
        try
        {
            docs = DotnetDocs.Find();
        }
        catch (UserException e)
        {
            Assert.Skip(e.Message);
            throw;
        }
        List<string> documents = [];
        docs.Read(To(documents));
        string[] lines = [.. documents.SelectMany(document => document.TrimEnd('\n').Split('\n'))];
        Assert.Equal(lines.Length, lines.Distinct().Count());
        Assert.InRange(documents.Sum(document => (double)document.Length), 3e6, 20e6);
        Assert.Contains(
            documents,
            document =>
                document.StartsWith(
                    "Manages a compact array of bit values, which are represented as Booleans, where true indicates",
                    StringComparison.Ordinal
                )
        );
        Assert.DoesNotContain(lines, line => line.Contains('<') && line.Contains("cref"));
        List<string> again = [];
        docs.Read(To(again));
        Assert.Equal(documents, again);
    }

    [Fact]
    public void DotnetDocs_NoSdk_SaysWhatToInstall() =>
        Assert.Contains("Install the SDK", Assert.Throws<UserException>(() => DotnetDocs.Find(_folder.Path)).Message);

    [Fact]
    public void DotnetDocs_SeveralVersions_TakesTheNewest()
    {
        foreach (string version in new[] { "9.0.10", "10.0.2", "10.0.12-rc.1" })
        {
            _folder.Write(
                $"packs/Microsoft.NETCore.App.Ref/{version}/ref/net/A.xml",
                $"<doc><members><member name=\"T:A\"><summary>Version\n  {version} of <see "
                    + $"cref=\"M:A.B`1.Go(System.Int32)\"/>.</summary></member></members></doc>"
            );
        }
        DotnetDocs docs = DotnetDocs.Find(_folder.Path);
        Assert.Equal("10.0.12-rc.1", docs.Version);
        List<string> only = [];
        docs.Read(To(only));
        Assert.All(only, document => Assert.Equal("Version 10.0.12-rc.1 of Go.\n", document));
    }

    private static DocumentSink To(List<string> documents) =>
        document =>
        {
            documents.Add(Encoding.UTF8.GetString(document));
            return true;
        };

    private static List<string> Read(string path, string field = "text")
    {
        List<string> documents = [];
        CorpusFiles.Find([path]).Read(field, To(documents));
        return documents;
    }

    private static byte[] Pack(byte[] bytes, CompressionLevel level)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, level))
        {
            gzip.Write(bytes);
        }
        return packed.ToArray();
    }
}
