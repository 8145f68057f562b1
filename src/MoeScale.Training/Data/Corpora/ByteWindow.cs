namespace MoeScale.Training.Data.Corpora;

/// <summary>A stream seen through a buffer that grows up to what is asked for.</summary>
internal sealed class ByteWindow(Stream stream)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _from;
    private int _to;

    /// <summary>What is read and not yet passed. Valid until the next <see cref="Fill"/>.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_from, _to - _from);

    /// <summary>Whether <see cref="Unread"/> is the rest.</summary>
    public bool Ended { get; private set; }

    /// <summary>How many bytes were passed.</summary>
    public long Position { get; private set; }

    /// <summary>Reads on until <see cref="Unread"/> has that many bytes or is the rest.</summary>
    public void Fill(int count)
    {
        if (Ended || _to - _from >= count)
        {
            return;
        }
        if (_buffer.Length - _from < count)
        {
            byte[] target =
                _buffer.Length < count ? new byte[Math.Max(count, (int)Math.Min(2L * _buffer.Length, Array.MaxLength))] : _buffer;
            Unread.CopyTo(target);
            (_buffer, _to, _from) = (target, _to - _from, 0);
        }
        while (_to - _from < count && !Ended)
        {
            int read = stream.Read(_buffer.AsSpan(_to));
            _to += read;
            Ended = read == 0;
        }
    }

    /// <summary>Reads on until <see cref="Unread"/> begins with a whole line.</summary>
    /// <returns>Its length with its end; 0 behind the last line; null where it has more than <paramref name="longest"/> bytes.</returns>
    public int? FillLine(int longest)
    {
        int searched = 0;
        while (true)
        {
            int end = Unread[searched..].IndexOf((byte)'\n');
            if (end >= 0 || Ended)
            {
                int length = end >= 0 ? searched + end + 1 : Unread.Length;
                return length <= longest ? length : null;
            }
            searched = Unread.Length;
            if (searched > longest)
            {
                return null;
            }
            Fill(Math.Max(1 << 16, 2 * searched));
        }
    }

    /// <summary>Passes bytes of <see cref="Unread"/>.</summary>
    public void Pass(int count)
    {
        _from += count;
        Position += count;
    }
}
