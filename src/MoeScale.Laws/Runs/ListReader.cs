namespace MoeScale.Laws.Runs;

/// <summary>Cuts a JSON list into the objects in it, which need not stand on lines of their own.</summary>
internal sealed class ListReader(UnpackedFile file, TableBuilder table)
{
    private const int LongestObject = 1 << 24;
    private const int End = -1;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _at;
    private int _to;
    private long _line = 1;
    private bool _begun;

    /// <summary>The object. Valid until the next one.</summary>
    public ReadOnlySpan<byte> Current => _buffer.AsSpan(_start, _at - _start);

    /// <summary>The line that it begins on, from 1.</summary>
    public long Line { get; private set; }

    /// <exception cref="Basics.UserException">It is no list of objects, is cut short, or an object is longer than 16 MiB.</exception>
    public bool Next()
    {
        int sign = Token();
        if (!_begun)
        {
            _begun = true;
            _at++;
            sign = Token();
        }
        else if (sign == ',')
        {
            _at++;
            sign = Token();
            if (sign == ']')
            {
                throw table.Error(_line, "a comma stands before the end of the list. Remove it");
            }
        }
        else if (sign != ']')
        {
            throw sign == End ? Cut() : table.Error(_line, "a comma is missing between two objects of the list");
        }
        if (sign == ']')
        {
            _at++;
            return Token() == End ? false : throw table.Error(_line, "something follows the end of the list. Write one list of objects");
        }
        if (sign != '{')
        {
            throw sign == End
                ? Cut()
                : table.Error(_line, "this is no object in the list. A run is an object, such as {\"active_params\": 1e9, \"loss\": 2.5}");
        }
        Line = _line;
        Skip();
        return true;
    }

    // The next sign that is no blank, where the object before ended.
    private int Token()
    {
        _start = _at;
        while (true)
        {
            int c = Peek();
            if (c is not (' ' or '\t' or '\r' or '\n'))
            {
                return c;
            }
            _line += c == '\n' ? 1 : 0;
            _start = ++_at;
        }
    }

    private void Skip()
    {
        _start = _at;
        int depth = 0;
        bool quoted = false;
        do
        {
            int c = Peek();
            if (c == End)
            {
                throw Cut();
            }
            _at++;
            _line += c == '\n' ? 1 : 0;
            if (quoted)
            {
                if (c == '\\' && Peek() != End)
                {
                    _at++;
                }
                quoted = c != '"';
                continue;
            }
            quoted = c == '"';
            depth += c switch
            {
                '{' or '[' => 1,
                '}' or ']' => -1,
                _ => 0,
            };
        } while (depth > 0 || quoted);
    }

    private Basics.UserException Cut() =>
        table.Error(_line, "the list is cut short: its closing ] is missing. Copy or write the file again");

    private int Peek()
    {
        if (_at == _to && !Fill())
        {
            return End;
        }
        return _buffer[_at];
    }

    private bool Fill()
    {
        _buffer.AsSpan(_start, _to - _start).CopyTo(_buffer);
        _at -= _start;
        _to -= _start;
        _start = 0;
        if (_to == _buffer.Length)
        {
            if (_to > LongestObject)
            {
                throw table.Error(Line, $"the object is longer than {LongestObject} bytes. A run is an object of numbers and texts");
            }
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        int read = file.Read(_buffer.AsSpan(_to));
        _to += read;
        return read > 0;
    }
}
