using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>Cuts bytes into lines, which end with LF or CR LF.</summary>
internal sealed class LineReader(UnpackedFile file, TableBuilder table)
{
    private const int LongestLine = 1 << 24;

    private byte[] _buffer = new byte[1 << 16];
    private int _from;
    private int _to;
    private int _length;
    private bool _ended;

    /// <summary>The line, without its end. Valid until the next one.</summary>
    public ReadOnlySpan<byte> Current => _buffer.AsSpan(_from, _length);

    /// <summary>Counted from 1.</summary>
    public long Number { get; private set; }

    /// <exception cref="UserException">A line is longer than 16 MiB.</exception>
    public bool Next()
    {
        _from += Number == 0 ? 0 : Math.Min(_length + 1, _to - _from);
        int searched = 0;
        while (true)
        {
            int end = _buffer.AsSpan(_from + searched, _to - _from - searched).IndexOf((byte)'\n');
            if (end >= 0 || _ended)
            {
                _length = end >= 0 ? searched + end : _to - _from;
                Number++;
                return end >= 0 || _length > 0;
            }
            searched = _to - _from;
            if (searched > LongestLine)
            {
                throw table.Error(Number + 1, $"the line is longer than {LongestLine} bytes. Write one object a line");
            }
            Fill();
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
        _to -= _from;
        _from = 0;
        if (_to == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        int read = file.Read(_buffer.AsSpan(_to));
        _to += read;
        _ended = read == 0;
    }
}
