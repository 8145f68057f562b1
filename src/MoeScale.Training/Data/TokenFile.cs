using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using MoeScale.Basics;

namespace MoeScale.Training.Data;

/// <summary>
/// A file of tokens, 16 bits each, little endian, mapped into memory: only the pages that are read take memory, and the system takes
/// them back when it needs them. As nanoGPT writes it, without a header, or as llm.c does, behind 256 32-bit numbers.
/// </summary>
public sealed unsafe class TokenFile : IDisposable
{
    private const int HeaderBytes = 256 * sizeof(int);
    private const int Gpt2Magic = 20240520;
    private const int EvaluationMagic = 20240522;
    private const int Llama3Magic = 20240801;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly ushort* _tokens;

    private TokenFile(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, long headerBytes, long count)
    {
        Path = path;
        Count = count;
        _file = file;
        _view = view;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _tokens = (ushort*)(start + view.PointerOffset + headerBytes);
    }

    public string Path { get; }

    /// <summary>How many tokens it holds.</summary>
    public long Count { get; }

    /// <summary>Whether a path has the ending of token files.</summary>
    public static bool IsNamedSo(string path) => path.EndsWith(".bin", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="UserException">No such file, empty, of odd length, or its header does not fit it.</exception>
    public static TokenFile Open(string path)
    {
        try
        {
            using FileStream stream = PlainFile.Open(path, "a token file");
            if (stream.Length == 0)
            {
                throw new UserException($"{path} is empty; a file of tokens is needed.");
            }
            long length = stream.Length;
            long headerBytes = CheckHeader(stream, path);
            if ((length - headerBytes) % sizeof(ushort) != 0)
            {
                throw new UserException($"{path} has {length} bytes, which is no whole number of 16-bit tokens. It was cut short, or is no token file; write it again.");
            }
            MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
            try
            {
                return new TokenFile(path, file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), headerBytes, (length - headerBytes) / sizeof(ushort));
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

    /// <summary>Tokens [start, start + count).</summary>
    public ReadOnlySpan<ushort> Slice(long start, int count)
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count - start);
        return new ReadOnlySpan<ushort>(_tokens + start, count);
    }

    /// <summary>Gives back the memory of pages that hold tokens [start, start + count); they are read again when they are needed.</summary>
    internal void Forget(long start, int count)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            const int notNeeded = 4;
            nuint page = (nuint)Environment.SystemPageSize;
            nuint from = (nuint)(_tokens + start) / page * page;
            // It is a hint: what comes of it changes nothing that is read.
            _ = madvise((void*)from, (nuint)(_tokens + start + count) - from, notNeeded);
        }
    }

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

    private static long CheckHeader(FileStream stream, string path)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
        {
            return 0;
        }
        int version = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        int count = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        switch (BinaryPrimitives.ReadInt32LittleEndian(header))
        {
            case Llama3Magic:
                throw new UserException($"{path} is a token file of llm.c with 32 bits a token; 16 are needed. Write it with the tokenizer of GPT-2.");
            case EvaluationMagic:
                throw new UserException($"{path} is an evaluation file of llm.c; a file of plain tokens is needed.");
            case Gpt2Magic when version != 1:
                throw new UserException($"{path} is a token file of llm.c of version {version}; version 1 is read.");
            case Gpt2Magic when HeaderBytes + (long)count * sizeof(ushort) != stream.Length:
                throw new UserException($"{path} says that it holds {count} tokens, but has {stream.Length} bytes, not {HeaderBytes + (long)count * sizeof(ushort)}. It was cut short; write it again.");
            case Gpt2Magic when count <= 0:
                throw new UserException($"{path} says that it holds {count} tokens. Write it again.");
            case Gpt2Magic:
                return HeaderBytes;
            default:
                return 0;
        }
    }
}
