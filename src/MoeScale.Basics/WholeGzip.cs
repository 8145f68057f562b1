using System.IO.Compression;

namespace MoeScale.Basics;

/// <summary>
/// The bytes unpacked from gzip, which must be whole. The framework takes data cut short for data that ends, so that the rest
/// would be lost in silence. Therefore a mark, packed, is put behind the packed data: it comes out last only if all that is
/// before it is whole, since else its bytes are taken for the rest of it. The last bytes are held back until more follow, so
/// the mark is never shown.
/// </summary>
public sealed class WholeGzip : ForwardStream
{
    private static readonly byte[] Mark = "the packed data is whole up to here"u8.ToArray();
    private static readonly byte[] PackedMark = Pack();

    private readonly GZipStream _bytes;
    private readonly byte[] _window = new byte[1 << 16];
    private int _from;
    private int _to;
    private bool _ended;

    /// <param name="packed">One or several members of gzip, as RFC 1952 allows. Stays open.</param>
    public WholeGzip(Stream packed) => _bytes = new GZipStream(new MarkedStream(packed), CompressionMode.Decompress);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is damaged or cut short, or is followed by what is no gzip.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_ended && _to - _from <= Mark.Length)
        {
            Fill();
        }
        int length = Math.Min(buffer.Length, Math.Max(0, _to - _from - (_ended ? 0 : Mark.Length)));
        _window.AsSpan(_from, length).CopyTo(buffer);
        _from += length;
        return length;
    }

    private void Fill()
    {
        _window.AsSpan(_from, _to - _from).CopyTo(_window);
        _to -= _from;
        _from = 0;
        int read = _bytes.Read(_window.AsSpan(_to));
        _to += read;
        if (read == 0)
        {
            _ended = true;
            _to -= Mark.Length;
            if (_to < 0 || !_window.AsSpan(_to, Mark.Length).SequenceEqual(Mark))
            {
                throw new InvalidDataException("the packed data ends before its end");
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _bytes.Dispose();
        }
        base.Dispose(disposing);
    }

    private static byte[] Pack()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Mark);
        }
        return packed.ToArray();
    }

    private sealed class MarkedStream(Stream packed) : ForwardStream
    {
        private int _markRead = -1;

        public override int Read(Span<byte> buffer)
        {
            if (_markRead < 0)
            {
                int read = packed.Read(buffer);
                if (read > 0 || buffer.IsEmpty)
                {
                    return read;
                }
                _markRead = 0;
            }
            int length = Math.Min(buffer.Length, PackedMark.Length - _markRead);
            PackedMark.AsSpan(_markRead, length).CopyTo(buffer);
            _markRead += length;
            return length;
        }
    }
}
