using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>
/// A file of tokens, little endian, mapped into memory: only the pages that are read take memory, and the system takes
/// them back when it needs them. As nanoGPT writes it, without a header, as llm.c does, behind 256 32-bit numbers, or as Megatron
/// does, with an index beside it.
/// </summary>
public sealed unsafe class TokenFile : IDisposable
{
    private const int HeaderBytes = 256 * sizeof(int);
    private const int Gpt2Magic = 20240520;
    private const int EvaluationMagic = 20240522;
    private const int Llama3Magic = 20240801;

    /// <summary>A <see cref="TypeFrom"/>: nothing says it.</summary>
    internal const string Assumed = "as its numbers look";

    /// <summary>A <see cref="TypeFrom"/>: the user says it.</summary>
    internal const string Given = "given";

    // Enough to see what a file holds, and next to nothing to read.
    private const int HeadBytes = 1 << 20;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _tokens;

    private TokenFile(
        string path,
        MemoryMappedFile file,
        MemoryMappedViewAccessor view,
        long length,
        long headerBytes,
        (TokenType Type, string From) kind,
        TokenIndex? index
    )
    {
        Path = path;
        (Type, TypeFrom) = kind;
        Index = index;
        Count = (length - headerBytes) / Type.Bytes();
        _file = file;
        _view = view;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _tokens = start + view.PointerOffset + headerBytes;
    }

    public string Path { get; }

    /// <summary>How many tokens it holds.</summary>
    public long Count { get; }

    public TokenType Type { get; }

    /// <summary>Where that was learnt: "given", the path of an index, ...</summary>
    public string TypeFrom { get; }

    /// <summary>What stands beside it; null where nothing does.</summary>
    internal TokenIndex? Index { get; }

    /// <summary>What the names of such files end in.</summary>
    public const string Ending = ".bin";

    /// <summary>Whether a path has that ending.</summary>
    public static bool IsNamedSo(string path) => path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    /// <param name="path">Of the file.</param>
    /// <param name="given">What the user says that ids are; null for nothing: then an index beside it or a header does, or they must look
    /// like 16 bits.</param>
    /// <exception cref="UserException">No such file, empty, of odd length, of another kind than it seems, or header or index do not fit
    /// it.</exception>
    public static TokenFile Open(string path, TokenType? given = null)
    {
        try
        {
            using FileStream stream = PlainFile.Open(path, "a token file");
            if (stream.Length == 0)
            {
                throw new UserException($"{path} is empty; a file of tokens is needed.");
            }
            long length = stream.Length;
            byte[] head = new byte[Math.Min(length, HeadBytes)];
            stream.ReadExactly(head);
            TokenLooks.RequireNumbers(head, path);
            TokenType? headers = HeaderType(head, length, path);
            TokenIndex? index = headers is null ? TokenIndex.Beside(path, length) : null;
            if (given is TokenType said && (headers ?? index?.Type) is TokenType known && known != said)
            {
                string where = index is null ? "its header" : index.Path;
                throw new UserException(
                    $"{path} is said to hold {said.Name()}, but {where} says {known.Name()}. "
                        + $"Leave {TrainSettings.TokenType} out, or give that."
                );
            }
            (TokenType Type, string From) kind =
                headers is TokenType h ? (h, "header of llm.c")
                : index is not null ? (index.Type, index.Path)
                : given is TokenType g ? (g, Given)
                : (TokenType.UInt16, Assumed);
            int headerBytes = headers is null ? 0 : HeaderBytes;
            if ((length - headerBytes) % kind.Type.Bytes() != 0)
            {
                throw new UserException(
                    $"{path} has {Plural.Of(length, "byte")}, which is no whole number of {8 * kind.Type.Bytes()}-bit tokens. "
                        + $"It was cut short, or is no token file, or {TrainSettings.TokenType} is another one; write it again."
                );
            }
            if (headers is null && index is null && given is null)
            {
                TokenLooks.RequireNarrow(head, path);
            }
            MemoryMappedFile file = MemoryMappedFile.CreateFromFile(
                path,
                FileMode.Open,
                mapName: null,
                capacity: 0,
                MemoryMappedFileAccess.Read
            );
            try
            {
                return new TokenFile(
                    path,
                    file,
                    file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read),
                    length,
                    headerBytes,
                    kind,
                    index
                );
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{path} cannot be read: {TextFile.Reason(e)}.");
        }
    }

    /// <summary>Ids from <paramref name="start"/> on; what no id can be (below zero, or beyond 31 bits) comes out as −1.</summary>
    /// <param name="start">The first one.</param>
    /// <param name="tokens">As many as it has room for.</param>
    public void Read(long start, Span<int> tokens)
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, Count - start);
        switch (Type)
        {
            case TokenType.UInt8:
                Read<byte>(start, tokens);
                break;
            case TokenType.UInt16:
                Read<ushort>(start, tokens);
                break;
            case TokenType.Int16:
                Read<short>(start, tokens);
                break;
            case TokenType.Int32:
                Read<int>(start, tokens);
                break;
            case TokenType.UInt32:
                Read<uint>(start, tokens);
                break;
            case TokenType.Int64:
                Read<long>(start, tokens);
                break;
            default:
                Read<ulong>(start, tokens);
                break;
        }
    }

    /// <summary>Gives back the memory of pages that hold tokens [start, start + count); they are read again when they are needed.</summary>
    internal void ReleasePages(long start, int count)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            const int notNeeded = 4;
            nuint page = (nuint)Environment.SystemPageSize;
            nuint from = (nuint)(_tokens + (start * Type.Bytes())) / page * page;
            // It is a hint: what comes of it changes nothing that is read.
            _ = madvise((void*)from, (nuint)(_tokens + ((start + count) * Type.Bytes())) - from, notNeeded);
        }
    }

    /// <summary>Whether the id is anywhere in it.</summary>
    internal bool Holds(int token)
    {
        int[] block = new int[Math.Min(1 << 18, Count)];
        for (long from = 0; from < Count; from += block.Length)
        {
            Span<int> part = block.AsSpan(0, (int)Math.Min(block.Length, Count - from));
            Read(from, part);
            if (part.Contains(token))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The number at a place, as the file has it.</summary>
    internal string NumberAt(long place) =>
        Type switch
        {
            TokenType.Int64 => $"{((long*)_tokens)[place]}",
            TokenType.UInt64 => $"{((ulong*)_tokens)[place]}",
            TokenType.UInt32 => $"{((uint*)_tokens)[place]}",
            TokenType.Int32 => $"{((int*)_tokens)[place]}",
            TokenType.Int16 => $"{((short*)_tokens)[place]}",
            TokenType.UInt16 => $"{((ushort*)_tokens)[place]}",
            _ => $"{_tokens[place]}",
        };

    public void Dispose()
    {
        if (!_view.SafeMemoryMappedViewHandle.IsClosed)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

#pragma warning disable IDE1006 // As C spells it.
    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int madvise(void* start, nuint length, int advice);
#pragma warning restore IDE1006

    private void Read<T>(long start, Span<int> tokens)
        where T : unmanaged, IBinaryInteger<T>
    {
        T* source = (T*)_tokens + start;
        if (sizeof(T) < sizeof(int))
        {
            for (int i = 0; i < tokens.Length; i++)
            {
                tokens[i] = int.CreateTruncating(source[i]);
            }
            return;
        }
        for (int i = 0; i < tokens.Length; i++)
        {
            tokens[i] = source[i] >= T.Zero && source[i] <= T.CreateTruncating(int.MaxValue) ? int.CreateTruncating(source[i]) : -1;
        }
    }

    // Of llm.c: the number of ids behind it must be what the header says.
    private static TokenType? HeaderType(ReadOnlySpan<byte> head, long length, string path)
    {
        if (head.Length < HeaderBytes)
        {
            return null;
        }
        int version = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        int count = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        (TokenType Type, int Version)? kind = BinaryPrimitives.ReadInt32LittleEndian(head) switch
        {
            Gpt2Magic => (TokenType.UInt16, 1),
            Llama3Magic => (TokenType.UInt32, 7),
            EvaluationMagic => throw new UserException($"{path} is an evaluation file of llm.c; a file of plain tokens is needed."),
            _ => null,
        };
        if (kind is not (TokenType type, int right))
        {
            return null;
        }
        long bytes = HeaderBytes + ((long)count * type.Bytes());
        return version != right ? throw new UserException($"{path} is a token file of llm.c of version {version}; version {right} is read.")
            : count <= 0 ? throw new UserException($"{path} says that it holds {count} tokens. Write it again.")
            : bytes != length
                ? throw new UserException(
                    $"{path} says that it holds {Plural.Of(count, "token")}, but has {Plural.Of(length, "byte")}, not {bytes}. "
                        + $"It was cut short; write it again."
                )
            : type;
    }
}
