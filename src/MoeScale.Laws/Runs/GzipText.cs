using System.IO.Compression;

namespace MoeScale.Laws.Runs;

/// <summary>
/// Text unpacked from gzip, which must be whole. The framework takes data cut short for data that ends, so that runs would be
/// lost in silence. Therefore empty lines, packed, are put behind the packed data: they come out last only if all that is
/// before them is whole, since else their bytes are taken for the rest of it. Tables ignore empty lines.
/// </summary>
internal sealed class GzipText : ForwardStream
{
    private const int MarkLines = 64;
    private static readonly byte[] Mark = Pack();

    private readonly GZipStream _text;
    private int _emptyLines;

    /// <param name="packed">One or several members of gzip, as RFC 1952 allows.</param>
    public GzipText(Stream packed) => _text = new GZipStream(new MarkedStream(packed), CompressionMode.Decompress);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is damaged or cut short.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = _text.Read(buffer);
        if (read == 0 && buffer.Length > 0 && _emptyLines < MarkLines)
        {
            throw new InvalidDataException("the packed data ends before its end");
        }
        int other = buffer[..read].LastIndexOfAnyExcept((byte)'\n');
        _emptyLines = other < 0 ? Math.Min(MarkLines, _emptyLines + read) : read - 1 - other;
        return read;
    }

    private static byte[] Pack()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Enumerable.Repeat((byte)'\n', MarkLines).ToArray());
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
            int length = Math.Min(buffer.Length, Mark.Length - _markRead);
            Mark.AsSpan(_markRead, length).CopyTo(buffer);
            _markRead += length;
            return length;
        }
    }
}
