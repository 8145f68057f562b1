using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>The bytes of a file, read once from start to end, whose first can be looked at before. Refuses more than 512 MiB.</summary>
internal sealed class UnpackedFile : ForwardStream
{
    private const long MaxBytes = 1L << 29;
    private const int StartLength = 1 << 16;

    private readonly Stream _inner;
    private readonly string _path;
    private readonly byte[] _start = new byte[StartLength];
    private int _startLength = -1;
    private int _startRead;
    private long _total;

    private UnpackedFile(Stream inner, string path)
    {
        _inner = inner;
        _path = path;
    }

    /// <summary>The bytes of a file, unpacked if they are gzip, which its first bytes say.</summary>
    /// <param name="file">Need not be seekable; stays open.</param>
    /// <param name="path">For error messages.</param>
    /// <remarks>What is read from it may turn out to be damaged: an <see cref="InvalidDataException"/>.</remarks>
    public static UnpackedFile Open(Stream file, string path)
    {
        UnpackedFile raw = new(file, path);
        return raw.Peek().StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? new UnpackedFile(new WholeGzip(raw), path) : raw;
    }

    /// <summary>Up to 64 KiB from the start. Does not move on.</summary>
    public ReadOnlySpan<byte> Peek()
    {
        if (_startLength < 0)
        {
            _startLength = _inner.ReadAtLeast(_start, StartLength, throwOnEndOfStream: false);
        }
        return _start.AsSpan(0, _startLength);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> start = Peek()[_startRead..];
        if (!start.IsEmpty)
        {
            int length = Math.Min(start.Length, buffer.Length);
            start[..length].CopyTo(buffer);
            _startRead += length;
            return length;
        }
        int read = _inner.Read(buffer);
        _total += read;
        return _total <= MaxBytes
            ? read
            : throw new UserException(
                $"{_path} holds more than {Quantity.FormatBytes(MaxBytes)} of text. Leave out columns or rows that no fit reads."
            );
    }
}
