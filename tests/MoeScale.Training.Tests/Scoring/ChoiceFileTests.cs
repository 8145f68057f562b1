using System.IO.Compression;
using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Scoring;

namespace MoeScale.Training.Tests.Scoring;

public sealed class ChoiceFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"context": "a", "choices": ["b", "c"], "answer": 1}""")]
    [InlineData("""{"ctx": "a", "endings": ["b", "c"], "label": "1", "ind": 3}""")]
    [InlineData("""{"query": "a", "choices": ["b", "c"], "gold": 1}""")]
    [InlineData("""{"question": "a", "choices": ["b", "c"], "answer": "B"}""")]
    public void Read_OfCommonForms_IsTheSame(string line)
    {
        ChoiceItem item = Assert.Single(ChoiceFile.Read(_folder.Write("q.jsonl", $"\n{line}\n")));
        Assert.Equal((2L, "a", 1), (item.Line, item.Context, item.Answer));
        Assert.Equal(["b", "c"], item.Choices);
    }

    [Fact]
    public void Read_OfGzip_UnpacksIt()
    {
        using MemoryStream packed = new();
        using (GZipStream zip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(Encoding.UTF8.GetBytes("""{"context": "ä", "choices": ["b", "c"], "answer": 0}"""));
        }
        Assert.Equal("ä", ChoiceFile.Read(_folder.Write("q.jsonl.gz", packed.ToArray()))[0].Context);
        Assert.Contains(
            "damaged gzip",
            Assert.Throws<UserException>(() => ChoiceFile.Read(_folder.Write("q.gz", packed.ToArray()[..^9]))).Message
        );
    }

    [Theory]
    [InlineData("[]", "is no JSON object")]
    [InlineData("{", "is no JSON object")]
    [InlineData("""{"choices": ["b", "c"], "answer": 0}""", "has no field 'context' (or ctx, query, question)")]
    [InlineData(
        """{"context": "a", "ctx": "a", "choices": ["b", "c"], "answer": 0}""",
        "has both 'context' and 'ctx', which mean the same"
    )]
    [InlineData("""{"context": 1, "choices": ["b", "c"], "answer": 0}""", "has a context that is no text")]
    [InlineData("""{"context": "a", "choices": "b", "answer": 0}""", "has choices that are no list of texts")]
    [InlineData("""{"context": "a", "choices": ["b", 1], "answer": 0}""", "has choices that are no list of texts")]
    [InlineData("""{"context": "a", "choices": ["b"], "answer": 0}""", "has 1 choice, of which none can be chosen")]
    [InlineData("""{"context": "a", "choices": ["b", " "], "answer": 0}""", "has an empty choice, number 1")]
    [InlineData("""{"context": "a", "choices": ["b", "c"], "answer": 2}""", "has the answer 2; with 2 choices it is 0 to 1, or A to B")]
    [InlineData("""{"context": "a", "choices": ["b", "c"], "answer": "C"}""", "has the answer \"C\"; with 2 choices")]
    [InlineData("""{"context": "a", "choices": ["b", "c"], "answer": -1}""", "has the answer -1")]
    [InlineData("""{"context": "a", "choices": ["b", "c"], "answer": null}""", "has the answer null")]
    [InlineData("""{"context": "\ud800", "choices": ["b", "c"], "answer": 0}""", "is no JSON object")]
    public void Read_OfALineThatIsNoQuestion_SaysTheLineAndWhy(string line, string expected)
    {
        string path = _folder.Write("q.jsonl", $$"""{"context": "a", "choices": ["b", "c"], "answer": 0}{{"\n"}}{{line}}""");
        Assert.StartsWith($"{path}, line 2 {expected}", Assert.Throws<UserException>(() => ChoiceFile.Read(path)).Message);
    }

    [Fact]
    public void Read_OfNoQuestions_SaysWhatIsNeeded()
    {
        Assert.Contains("holds no question", Assert.Throws<UserException>(() => ChoiceFile.Read(_folder.Write("q", "\n\n"))).Message);
        Assert.Contains("is a folder", Assert.Throws<UserException>(() => ChoiceFile.Read(_folder.Path)).Message);
        Assert.Contains(
            "there is no such file",
            Assert.Throws<UserException>(() => ChoiceFile.Read(Path.Combine(_folder.Path, "none"))).Message
        );
        Assert.Contains(
            "is not UTF-8",
            Assert.Throws<UserException>(() => ChoiceFile.Read(_folder.Write("u", [0xFF, 0xFE, 0xC3]))).Message
        );
    }

    /// <summary>A packed file of some kilobytes that unfolds to more than a machine has.</summary>
    [Fact]
    public void Read_OfABomb_StopsAtItsLimits()
    {
        byte[] line = Encoding.UTF8.GetBytes(
            $$"""{"context": "{{new string('a', 100_000)}}", "choices": ["b", "c"], "answer": 0}{{"\n"}}"""
        );
        Assert.Contains("more than 134 MB of questions. Answer them in parts.", Refusal(Packed(line, 1400)));
        Assert.Contains("line 1 is longer than 16.8 MB", Refusal(Packed(new byte[1 << 20], 20)));

        string Refusal(byte[] packed) => Assert.Throws<UserException>(() => ChoiceFile.Read(_folder.Write("q.gz", packed))).Message;

        static byte[] Packed(byte[] part, int times)
        {
            using MemoryStream packed = new();
            using (GZipStream zip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                for (int i = 0; i < times; i++)
                {
                    zip.Write(part);
                }
            }
            return packed.ToArray();
        }
    }
}
