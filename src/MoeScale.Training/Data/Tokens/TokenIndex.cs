using System.Buffers.Binary;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>
/// The .idx that Megatron writes beside a .bin: "MMIDIDX\0\0", version 1 (u64), type (u8), sequences n (u64), numbers
/// of documents m (u64), n lengths in tokens (i32), n places in bytes (i64), and m numbers of the sequences at which
/// documents begin, with n last (i64).
/// </summary>
internal sealed class TokenIndex
{
    private const int HeaderBytes = 34;

    private TokenIndex(string path, TokenType type, long[] ends)
    {
        Path = path;
        Type = type;
        Ends = ends;
    }

    private static ReadOnlySpan<byte> Magic => "MMIDIDX\0\0"u8;

    // Of older files of Megatron and fairseq.
    private static ReadOnlySpan<byte> OlderMagic => "TNTIDX\0\0"u8;

    public string Path { get; }

    public TokenType Type { get; }

    /// <summary>Where each document ends, in tokens.</summary>
    public long[] Ends { get; }

    /// <summary>The index beside a file; null where there is none.</summary>
    /// <param name="path">Of the tokens.</param>
    /// <param name="bytes">That it has.</param>
    /// <exception cref="UserException">There is one, and it is of another kind, damaged, or not of this file.</exception>
    public static TokenIndex? Beside(string path, long bytes)
    {
        string index = System.IO.Path.ChangeExtension(path, ".idx");
        return index != path && File.Exists(index) ? Read(index, path, bytes) : null;
    }

    private static TokenIndex Read(string index, string path, long bytes)
    {
        using FileStream stream = File.OpenRead(index);
        Span<byte> header = stackalloc byte[HeaderBytes];
        header = header[..stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false)];
        if (!header.StartsWith(Magic))
        {
            string kind = header.StartsWith(OlderMagic) ? "an index of an older kind" : "no index of Megatron";
            throw new UserException(
                $"{index} beside {path} is {kind}, so it does not say how wide an id is. "
                    + $"Give {TrainSettings.TokenType} and {TrainSettings.Separator}, and move it away."
            );
        }
        UserException Damaged(string why) =>
            new(
                $"{index} {why}, so it does not say how {path} is to be read. "
                    + $"Write both again, or give {TrainSettings.TokenType} and {TrainSettings.Separator} and move the index away."
            );
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt64LittleEndian(header[9..]) != 1)
        {
            throw Damaged("is cut short, or of another version than 1");
        }
        TokenType type = header[17] switch
        {
            1 => TokenType.UInt8,
            3 => TokenType.Int16,
            4 => TokenType.Int32,
            5 => TokenType.Int64,
            8 => TokenType.UInt16,
            byte other => throw Damaged($"has the type {other}, which no ids have"),
        };
        ulong sequences = BinaryPrimitives.ReadUInt64LittleEndian(header[18..]);
        ulong marks = BinaryPrimitives.ReadUInt64LittleEndian(header[26..]);
        ulong rest = (ulong)(stream.Length - HeaderBytes);
        // Files with modes have a byte more for each sequence.
        if (
            sequences == 0
            || sequences > rest / 12
            || marks > rest / 8
            || rest - (12 * sequences) - (8 * marks) is not 0 and ulong more && more != sequences
        )
        {
            throw Damaged($"has {stream.Length} bytes, which {sequences} sequences in {marks} documents have not");
        }
        byte[] lengths = Bytes(stream, sequences * 4);
        byte[] places = Bytes(stream, sequences * 8);
        byte[] starts = Bytes(stream, marks * 8);
        long[] sequenceEnds = new long[sequences];
        long end = 0;
        for (int i = 0; i < sequenceEnds.Length; i++)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(lengths.AsSpan(4 * i));
            if (length < 0 || BinaryPrimitives.ReadInt64LittleEndian(places.AsSpan(8 * i)) != end * type.Bytes())
            {
                throw Damaged($"says that sequence {i} does not follow the one before it");
            }
            sequenceEnds[i] = end += length;
        }
        return end * type.Bytes() == bytes
            ? new TokenIndex(index, type, DocumentEnds(sequenceEnds, starts, Damaged))
            : throw Damaged($"speaks of {end} ids of {type.Name()}, {end * type.Bytes()} bytes, but the file has {bytes}");
    }

    // A file whose documents were never marked has one a sequence.
    private static long[] DocumentEnds(long[] sequenceEnds, byte[] starts, Func<string, UserException> damaged)
    {
        long[] marks =
        [
            .. Enumerable.Range(0, starts.Length / 8).Select(i => BinaryPrimitives.ReadInt64LittleEndian(starts.AsSpan(8 * i))),
        ];
        if (marks.Length < 2)
        {
            return sequenceEnds;
        }
        bool isSorted =
            marks[0] == 0 && marks[^1] == sequenceEnds.Length && marks.Zip(marks.Skip(1)).All(pair => pair.First <= pair.Second);
        return isSorted
            ? [.. marks.Skip(1).Where(mark => mark > 0).Select(mark => sequenceEnds[mark - 1])]
            : throw damaged("has documents that are no ranges of its sequences");
    }

    private static byte[] Bytes(FileStream stream, ulong count)
    {
        byte[] bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
