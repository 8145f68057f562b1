using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Training.Tests.Data;

/// <summary>What ids of a file are, and where its documents end: read, given, or asked for; never guessed in silence.</summary>
public sealed class TokenFileKindTests : IDisposable
{
    // Of a vocabulary of 50,257: an id above 4096 in each of 40 documents of 25 ids, none of which is a separator.
    private static readonly int[] Ids = [.. Enumerable.Range(0, 1000).Select(i => (i * 7919) % 50_000)];
    private static readonly int[] Lengths = [.. Enumerable.Repeat(25, 40)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The same ids are read, told apart and held out, whatever their type.</summary>
    [Theory]
    [InlineData(TokenType.UInt16, 8)]
    [InlineData(TokenType.Int32, 4)]
    [InlineData(TokenType.Int64, 5)]
    public void Index_OfMegatron_SaysTypeAndDocuments(TokenType type, byte code)
    {
        string path = Write("a.bin", type);
        _folder.Write("a.idx", Index(code, Lengths, [.. Enumerable.Range(0, 41)]));
        using TrainingData data = Open(path);
        Assert.Equal(
            new TokenSource(1000, 40, type, Path.ChangeExtension(path, ".idx"), null, Path.ChangeExtension(path, ".idx")),
            data.Source
        );
        using TrainingData narrow = Open(
            Write("b.bin", TokenType.UInt16),
            new TokenReading { IsWhole = true, Type = TokenType.UInt16 },
            share: 0
        );
        Assert.Equal(1000, narrow.Source!.Tokens);
        Assert.Equal(HeldOut(TokenType.UInt16, 8), HeldOut(type, code));
    }

    /// <summary>A document may be several sequences.</summary>
    [Fact]
    public void Index_WithDocumentsOfSeveralSequences_IsReadByDocuments()
    {
        string path = Write("a.bin", TokenType.Int32);
        _folder.Write("a.idx", Index(4, Lengths, [0, 1, 3, 40]));
        using TrainingData data = Open(path, share: 0);
        Assert.Equal(3, data.Source!.Documents);
        _folder.Write("a.idx", Index(4, Lengths, [0]));
        using TrainingData unmarked = Open(path, share: 0);
        Assert.Equal(40, unmarked.Source!.Documents);
    }

    [Fact]
    public void Index_ThatIsWrong_IsRefused()
    {
        string path = Write("a.bin", TokenType.Int32);
        byte[] right = Index(4, Lengths, [.. Enumerable.Range(0, 41)]);
        Refused(right[..20], "is cut short");
        Refused(right[..^8], "sequences in 41 documents have not");
        Refused([.. "TNTIDX\0\0"u8, .. right], "an index of an older kind");
        Refused([.. "another file"u8], "no index of Megatron");
        Refused(Index(8, Lengths, [0, 40]), "speaks of 1000 ids of uint16, 2000 bytes, but the file has 4000");
        Refused(Index(7, Lengths, [0, 40]), "has the type 7, which no ids have");
        Refused(Index(4, Lengths, [0, 41]), "no ranges of its sequences");
        Refused(Index(4, [.. Lengths.Skip(1), 26], [0, 40]), "speaks of 1001 ids");
        Refused(Index(4, [-1, .. Lengths.Skip(1)], [0, 40]), "sequence 0 does not follow");
        _folder.Write("a.idx", right);
        Assert.Contains("is said to hold uint16, but", Assert.Throws<UserException>(() => TokenFile.Open(path, TokenType.UInt16)).Message);
        Random random = new(5);
        for (int round = 0; round < 300; round++)
        {
            _folder.Write("a.idx", Damage.Of(right, random));
            Damage.IsRefusedOrRead(() => Open(path, share: 0).Dispose(), 1 << 20);
        }

        void Refused(byte[] index, string expected)
        {
            _folder.Write("a.idx", index);
            Assert.Contains(expected, Assert.Throws<UserException>(() => TokenFile.Open(path)).Message);
        }
    }

    /// <summary>Without an index wide ids are not read as narrow ones.</summary>
    [Theory]
    [InlineData(TokenType.Int32, 50_000, "every second one would be 0, as in a file of 32 bits. Give 'token_type: int32'")]
    [InlineData(TokenType.UInt32, 256, "as in a file of 32 bits")]
    [InlineData(TokenType.UInt32, 200_000, "every second one would be 15 at most, as in a file of 32 bits")]
    [InlineData(TokenType.Int64, 50_000, "as in a file of 64 bits. Give 'token_type: int64'")]
    [InlineData(TokenType.Int64, 200_000, "every second one would be 15 at most, as in a file of 64 bits. Give 'token_type: int64'")]
    public void Ids_ThatAreWide_AreRefusedUnlessGiven(TokenType type, int vocabulary, string expected)
    {
        string path = Write("a.bin", type, [.. Enumerable.Range(0, 1000).Select(i => (int)(i * 7919L % vocabulary))]);
        Assert.Contains(expected, Assert.Throws<UserException>(() => TokenFile.Open(path)).Message);
        using TokenFile file = TokenFile.Open(path, type);
        int[] ids = new int[3];
        file.Read(997, ids);
        Assert.Equal((1000, "given", (int)(997 * 7919L % vocabulary)), (file.Count, file.TypeFrom, ids[0]));
    }

    [Fact]
    public void Ids_OfSmallVocabularies_AreNarrow()
    {
        foreach (int vocabulary in (int[])[2, 16, 65, 256, 65_536])
        {
            using TokenFile file = TokenFile.Open(
                Write("a.bin", TokenType.UInt16, [.. Enumerable.Range(0, 5000).Select(i => (int)(i * 7919L / 3 % vocabulary))])
            );
            Assert.Equal(TokenType.UInt16, file.Type);
        }
    }

    [Fact]
    public void Files_OfOtherKinds_AreRefusedByName()
    {
        Refused([0x93, .. "NUMPY\u0001\0v\0{'descr': '<u2', }\n"u8], "a file of NumPy (.npy)");
        Refused([.. "PK\u0003\u0004 and so on"u8], "a zip or .npz file");
        Refused(Index(4, Lengths, [0, 40]), "an index of Megatron; give the .bin beside it");
        Refused([.. "PAR1 and so on"u8, 0], "a Parquet file");
        Refused([.. "ARROW1\0\0"u8], "an Arrow file");
        Refused([0x89, .. "HDF\r\n\u001A\n"u8], "an HDF5 file");
        Refused([.. "SQLite format 3\0"u8], "a database of SQLite");
        Refused([0x1F, 0x8B, 8, 0, 1, 1], "packed by gzip");
        Refused([0x28, 0xB5, 0x2F, 0xFD, 1, 1], "packed by zstd");
        Refused([0xFD, .. "7zXZ\0"u8], "packed by xz");
        Refused([.. "BZh91AY&SY"u8], "packed by bzip2");
        Refused(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("A text – no ids. ", 8))), "looks like text");
        Refused([1, 2, 3], "no whole number of 16-bit tokens");

        void Refused(byte[] file, string expected) =>
            Assert.Contains(expected, Assert.Throws<UserException>(() => TokenFile.Open(_folder.Write("wrong.bin", file))).Message);
    }

    [Fact]
    public void Separator_IsGivenOrTheTokenizersOrGpt2s_OrAskedFor()
    {
        string path = Write("a.bin", TokenType.UInt16, [.. Enumerable.Range(0, 1000).Select(i => i % 65)]);
        Assert.Equal((64, "given"), Ends(65, new() { Separator = 64 }));
        Assert.Equal((null, "given"), Ends(65, new() { IsWhole = true }));
        Assert.Equal((255, "bytes"), Ends(256, new(), new ByteTokenizer()));
        Assert.Equal((255, "the vocabulary of bytes"), Ends(256, new()));
        Assert.Equal((50256, "GPT-2's vocabulary"), Ends(50_257, new()));
        Assert.Equal((50256, "GPT-2's vocabulary"), Ends(50_304, new()));
        // Characters of which the last is a letter; and a vocabulary whose last id is nowhere.
        Assert.Contains(
            "id 64, the last of the vocabulary, may be a separator or a part of the text. Give 'separator'",
            Assert.Throws<UserException>(() => Ends(65, new())).Message
        );
        Assert.Equal((null, DocumentEnds.Unknown), Ends(128_256, new()));
        Assert.Contains(
            "'separator: 65' is no id of a vocabulary of 65",
            Assert.Throws<UserException>(() => Ends(65, new() { Separator = 65 })).Message
        );
        // A pickle runs what is in it.
        _folder.Write("meta.pkl", [0x80, 4]);
        Assert.Contains("meta.pkl beside it, which is not opened", Assert.Throws<UserException>(() => Ends(50_304, new())).Message);
        Assert.Equal((null, "given"), Ends(65, new() { IsWhole = true }));

        (int?, string) Ends(int vocabulary, TokenReading said, ITokenizer? tokenizer = null)
        {
            using TokenFile file = TokenFile.Open(path);
            DocumentEnds ends = DocumentEnds.Of(file, said, tokenizer, vocabulary);
            return (ends.Separator, ends.From);
        }
    }

    [Fact]
    public void Ids_BeyondTheVocabulary_AreNamed()
    {
        string path = _folder.Write("a.bin", MemoryMarshal.AsBytes<long>([1, 2, 1L << 40, 4]).ToArray());
        Assert.Contains("token 2 is 1099511627776, but the vocabulary has 50257", Error(new() { Type = TokenType.Int64, IsWhole = true }));
        path = _folder.Write("a.bin", MemoryMarshal.AsBytes<int>([1, -1, 3, 4]).ToArray());
        Assert.Contains(
            "token 1 is -1, but the vocabulary has 50257 tokens. Give the vocabulary that the file was written with, or another "
                + "'token_type' than int32",
            Error(new() { Type = TokenType.Int32, IsWhole = true })
        );
        path = Write("a.bin", TokenType.UInt16);
        Assert.Contains(
            "16 bits have no room for a vocabulary of 128256. Give 'token_type'",
            Assert.Throws<UserException>(() => Open(path, vocabulary: 128_256)).Message
        );

        string Error(TokenReading said) => Assert.Throws<UserException>(() => Open(path, said, share: 0)).Message;
    }

    [Fact]
    public void Document_ThatStandsAlone_NeedsATextToHoldOut()
    {
        string path = Write("a.bin", TokenType.UInt16);
        TokenReading whole = new() { IsWhole = true };
        Assert.Contains(
            "it is one document, of which no share can be held out. Give another text to hold out: 'held_out: FILE'",
            Assert.Throws<UserException>(() => Open(path, whole)).Message
        );
        using TrainingData none = Open(path, whole, share: 0);
        Assert.Null(none.HeldOut);
        using TrainingData data = TrainingData.OfTokens(
            path,
            Write("held.bin", TokenType.UInt16),
            0,
            50_257,
            whole,
            tokenizer: null,
            new DataSettings { Context = 8, Tokens = 900 }
        );
        Assert.Equal(124, data.HeldOut!.Count);
    }

    [Theory]
    [InlineData("uint61", null, "'uint61' is no type of ids (did you mean 'uint16'?)")]
    [InlineData(null, "-1", "'-1' is no separator; give the id")]
    [InlineData(null, "eot", "'eot' is no separator")]
    public void Parse_OfWhatIsNot_SaysWhatIsKnown(string? type, string? separator, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => TokenReading.Parse(type, separator)).Message);

    private static TrainingData Open(string path, TokenReading? said = null, double share = 0.2, int vocabulary = 50_257) =>
        TrainingData.OfTokens(
            path,
            null,
            share,
            vocabulary,
            said ?? new TokenReading(),
            tokenizer: null,
            new DataSettings { Context = 8, Tokens = 400 }
        );

    private int[] HeldOut(TokenType type, byte code)
    {
        string path = Write($"{type}.bin", type);
        _folder.Write($"{type}.idx", Index(code, Lengths, [.. Enumerable.Range(0, 41)]));
        using TrainingData data = Open(path);
        int[] first = new int[9];
        data.HeldOut!.Read(0, first);
        return [(int)data.HeldOut.Count, .. first];
    }

    private string Write(string name, TokenType type, int[]? ids = null)
    {
        byte[] file = [.. (ids ?? Ids).SelectMany(id => BitConverter.GetBytes((long)id).Take(type.Bytes()))];
        return _folder.Write(name, file);
    }

    private static byte[] Index(byte code, int[] lengths, int[] documents)
    {
        int width = code switch
        {
            4 => 4,
            5 => 8,
            _ => 2,
        };
        List<byte> index = [.. "MMIDIDX\0\0"u8, 1, 0, 0, 0, 0, 0, 0, 0, code, .. Long(lengths.Length), .. Long(documents.Length)];
        index.AddRange(MemoryMarshal.AsBytes(lengths.AsSpan()).ToArray());
        long place = 0;
        foreach (int length in lengths)
        {
            index.AddRange(Long(place));
            place += (long)length * width;
        }
        index.AddRange(documents.SelectMany(d => Long(d)));
        return [.. index];
    }

    private static byte[] Long(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
