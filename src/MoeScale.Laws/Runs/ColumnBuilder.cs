using System.Text;

namespace MoeScale.Laws.Runs;

/// <summary>
/// Collects the cells of one column. Numbers are kept as such; a text is kept where its number does not give it back, and
/// dropped at the end if the whole column turns out to be numbers.
/// </summary>
internal sealed class ColumnBuilder(string name, TableRoom room)
{
    // Values that repeat, such as routers, share one string; a column of as many different ones as this is not worth a look.
    private const int MaxPooled = 4096;

    private readonly Dictionary<string, string> _pool = new(StringComparer.Ordinal);
    private double[] _numbers = [];
    private string?[]? _texts;
    private int _count;
    private int _numberCount;
    private int _gapCount;
    private int _wordCount;
    private bool _digitsLost;

    /// <summary>As the file writes it.</summary>
    public string Name { get; } = name;

    /// <summary>Rows filled so far.</summary>
    public int Count => _count;

    /// <param name="row">Not below <see cref="Count"/>; rows left out are empty.</param>
    /// <param name="cell">UTF-8.</param>
    /// <returns>False if the cell is not UTF-8.</returns>
    public bool Add(int row, ReadOnlySpan<byte> cell)
    {
        cell = cell.Trim(" \t\r\n"u8);
        Pad(row + 1);
        CellKind kind = CellText.Read(cell, out double value, out bool shortest);
        _numbers[row] = value;
        switch (kind)
        {
            case CellKind.Empty:
                return true;
            case CellKind.Number:
                _numberCount++;
                if (shortest)
                {
                    return true;
                }
                _digitsLost |= CellText.IsDigitsLost(cell, value);
                break;
            case CellKind.Gap:
                _gapCount++;
                break;
            default:
                _wordCount++;
                if (!System.Text.Unicode.Utf8.IsValid(cell))
                {
                    return false;
                }
                break;
        }
        Keep(row, cell);
        return true;
    }

    /// <param name="row">Not below <see cref="Count"/>; rows left out are empty.</param>
    /// <param name="number">NaN for none.</param>
    public void Add(int row, double number)
    {
        Pad(row + 1);
        _numbers[row] = number;
        _numberCount += double.IsNaN(number) ? 0 : 1;
    }

    /// <param name="rows">Rows of the table.</param>
    public RunColumn Build(int rows)
    {
        Pad(rows);
        bool onlyNumbers = _wordCount == 0 && (_numberCount > 0 || _gapCount == 0);
        Array.Resize(ref _numbers, rows);
        if (_texts is not null)
        {
            Array.Resize(ref _texts, rows);
        }
        return new RunColumn(
            Name,
            _numbers,
            onlyNumbers && !_digitsLost ? null : _texts,
            hasNumbers: _numberCount > 0 || _wordCount == 0,
            hasTexts: !onlyNumbers,
            byText: _digitsLost
        );
    }

    private void Pad(int rows)
    {
        if (rows > _numbers.Length)
        {
            int length = Math.Max(rows, Math.Max(16, 2 * _numbers.Length));
            room.Bytes += sizeof(double) * ((long)length - _numbers.Length);
            Array.Resize(ref _numbers, length);
        }
        if (rows > _count)
        {
            _numbers.AsSpan(_count, rows - _count).Fill(double.NaN);
            _count = rows;
        }
    }

    private void Keep(int row, ReadOnlySpan<byte> cell)
    {
        if (_texts is null || row >= _texts.Length)
        {
            room.Bytes += TableRoom.ReferenceBytes * ((long)_numbers.Length - (_texts?.Length ?? 0));
            Array.Resize(ref _texts, _numbers.Length);
        }
        _texts[row] = Pooled(cell);
    }

    private string Pooled(ReadOnlySpan<byte> cell)
    {
        const int longest = 64;
        if (cell.Length > longest || _pool.Count >= MaxPooled)
        {
            room.Bytes += TableRoom.TextBytes + (sizeof(char) * cell.Length);
            return Encoding.UTF8.GetString(cell);
        }
        Span<char> characters = stackalloc char[longest];
        characters = characters[..Encoding.UTF8.GetChars(cell, characters)];
        Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> pool = _pool.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!pool.TryGetValue(characters, out string? text))
        {
            text = characters.ToString();
            _pool.Add(text, text);
        }
        return text;
    }
}
