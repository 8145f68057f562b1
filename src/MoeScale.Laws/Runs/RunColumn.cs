using System.Globalization;
using System.Runtime.InteropServices;

namespace MoeScale.Laws.Runs;

/// <summary>One column of a <see cref="RunTable"/>. Immutable.</summary>
public sealed class RunColumn
{
    private readonly double[] _numbers;
    private readonly string?[]? _texts;
    private readonly bool _byText;

    /// <param name="name">As the file writes it.</param>
    /// <param name="numbers">One for each row; NaN where there is none.</param>
    /// <param name="texts">The texts that cannot be had from the numbers; null if none is kept.</param>
    /// <param name="hasNumbers">See <see cref="HasNumbers"/>.</param>
    /// <param name="hasTexts">See <see cref="HasTexts"/>.</param>
    /// <param name="byText">Whether equal numbers may stand for different texts, such as 007 and 7.</param>
    internal RunColumn(string name, double[] numbers, string?[]? texts, bool hasNumbers, bool hasTexts, bool byText)
    {
        Name = name;
        _numbers = numbers;
        _texts = texts;
        HasNumbers = hasNumbers;
        HasTexts = hasTexts;
        _byText = byText;
    }

    /// <summary>As the file writes it.</summary>
    public string Name { get; }

    /// <summary>Whether some cell is a number, or all are empty.</summary>
    public bool HasNumbers { get; }

    /// <summary>Whether some cell is a text that is no number.</summary>
    public bool HasTexts { get; }

    /// <summary>One number for each row of the table; NaN where the cell is empty or no number.</summary>
    public ReadOnlyMemory<double> Numbers => _numbers;

    /// <summary>
    /// A cell as text: as the file writes it where the column holds texts, else the shortest form of its number; "" where empty.
    /// </summary>
    public string Text(int row) =>
        _texts?[row] ?? (double.IsNaN(_numbers[row]) ? "" : _numbers[row].ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether the cell says nothing.</summary>
    public bool IsEmpty(int row) => double.IsNaN(_numbers[row]) && _texts?[row] is null;

    internal RunColumn Take(IReadOnlyList<int> rows)
    {
        double[] numbers = [.. rows.Select(r => _numbers[r])];
        string?[]? texts = _texts is null ? null : [.. rows.Select(r => _texts[r])];
        bool isEmpty = numbers.All(double.IsNaN) && texts?.All(t => t is null) != false;
        return new RunColumn(
            Name,
            numbers,
            texts,
            hasNumbers: isEmpty || numbers.Any(n => !double.IsNaN(n)),
            hasTexts: texts is not null && numbers.Zip(texts).Any(c => double.IsNaN(c.First) && c.Second is not null),
            _byText
        );
    }

    /// <summary>For each of some rows a number from 0 up that says which rows hold the same value; in the order of first use.</summary>
    /// <param name="rows">Rows of the table.</param>
    internal int[] Codes(IReadOnlyList<int> rows)
    {
        int[] codes = new int[rows.Count];
        Dictionary<double, int> numbers = [];
        Dictionary<string, int> texts = new(StringComparer.Ordinal);
        for (int i = 0; i < codes.Length; i++)
        {
            int next = numbers.Count + texts.Count;
            double number = _numbers[rows[i]];
            ref int code = ref _byText || double.IsNaN(number)
                ? ref CollectionsMarshal.GetValueRefOrAddDefault(texts, Text(rows[i]), out bool known)
                : ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, number, out known);
            if (!known)
            {
                code = next;
            }
            codes[i] = code;
        }
        return codes;
    }
}
