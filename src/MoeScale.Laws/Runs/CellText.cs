using System.Globalization;
using System.Text;
using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>What a cell of a runs file holds.</summary>
internal enum CellKind
{
    /// <summary>Nothing.</summary>
    Empty,

    /// <summary>A number, perhaps an infinite one.</summary>
    Number,

    /// <summary>A word for a missing number, such as nan: among numbers a gap, among words a word.</summary>
    Gap,

    /// <summary>Any other text.</summary>
    Word,
}

/// <summary>Reads cells: numbers plain, or with K, M, B, T.</summary>
internal static class CellText
{
    // No number is longer, and a quantity is parsed as a string.
    private const int LongestQuantity = 64;

    private static readonly double[] PowersOfTen = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    private static readonly string[] Gaps = ["nan", "na", "n/a", "#n/a", "null", "none"];

    /// <param name="cell">UTF-8, without blanks at its ends.</param>
    /// <param name="value">The number; NaN where the cell is none.</param>
    /// <param name="shortest">Whether the cell is the shortest form of its number, so that the text need not be kept.</param>
    public static CellKind Read(ReadOnlySpan<byte> cell, out double value, out bool shortest)
    {
        value = double.NaN;
        shortest = false;
        if (cell.Length == 0)
        {
            return CellKind.Empty;
        }
        if (TryPlain(cell, out value, out shortest))
        {
            return CellKind.Number;
        }
        if (cell[0] is (>= (byte)'0' and <= (byte)'9') or (byte)'.' or (byte)'-' or (byte)'+')
        {
            const NumberStyles plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
            if (double.TryParse(cell, plain, CultureInfo.InvariantCulture, out value))
            {
                shortest = IsShortest(cell, value);
                return CellKind.Number;
            }
            if (
                cell.Length <= LongestQuantity
                && char.IsAsciiLetter((char)cell[^1])
                && Quantity.TryParseCount(Encoding.UTF8.GetString(cell), out value)
            )
            {
                return CellKind.Number;
            }
        }
        return Named(cell, out value);
    }

    // Most cells are up to 15 digits with or without a point. Their digits are a whole number below 2^53 and the power of ten is
    // exact too, so the one division rounds correctly.
    private static bool TryPlain(ReadOnlySpan<byte> cell, out double value, out bool shortest)
    {
        value = double.NaN;
        shortest = false;
        ReadOnlySpan<byte> digits = cell[0] == '-' ? cell[1..] : cell;
        if (digits.Length is 0 or > 15)
        {
            return false;
        }
        long mantissa = 0;
        int point = digits.Length;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[i] - '0';
            if ((uint)digit <= 9)
            {
                mantissa = (10 * mantissa) + digit;
            }
            else if (digits[i] == '.' && point == digits.Length)
            {
                point = i;
            }
            else
            {
                return false;
            }
        }
        int decimals = Math.Max(0, digits.Length - point - 1);
        if (point == 0 || (decimals == 0 && point < digits.Length))
        {
            return false;
        }
        value = mantissa / PowersOfTen[decimals];
        value = cell.Length > digits.Length ? -value : value;
        // Without zeros at the ends, 15 digits are the shortest that give their double; from 0.0001 on without an exponent.
        shortest =
            (digits[0] != '0' || (point == 1 && (decimals == 0 ? cell.Length == 1 : value is >= 1e-4 or <= -1e-4)))
            && (decimals == 0 || digits[^1] != '0');
        return true;
    }

    private static bool IsShortest(ReadOnlySpan<byte> cell, double value)
    {
        Span<byte> form = stackalloc byte[32];
        return value.TryFormat(form, out int length, provider: CultureInfo.InvariantCulture) && form[..length].SequenceEqual(cell);
    }

    /// <summary>Whether the text is a name made of digits that a double does not keep: with leading zeros, or too long.</summary>
    public static bool IsDigitsLost(ReadOnlySpan<byte> cell, double value)
    {
        if (cell.Length < 2 || cell.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }
        return cell[0] == '0' || (cell.Length > 15 && value.ToString("F0", CultureInfo.InvariantCulture) != Encoding.ASCII.GetString(cell));
    }

    /// <summary>Whether commas part thousands, as in 100,000,000 or 1,234.5; 1,234 may be that, or a decimal comma.</summary>
    public static bool IsThousands(string text)
    {
        string whole = text.TrimStart('-', '+').Split('.')[0];
        string[] groups = whole.Split(',');
        return groups.Length > 1
            && groups[0].Length is >= 1 and <= 3
            && groups[0] != "0"
            && groups.All(g => g.All(char.IsAsciiDigit))
            && groups.Skip(1).All(g => g.Length == 3);
    }

    private static CellKind Named(ReadOnlySpan<byte> cell, out double value)
    {
        value = double.NaN;
        if (cell.Length > 9)
        {
            return CellKind.Word;
        }
        foreach (string gap in Gaps)
        {
            if (Ascii.EqualsIgnoreCase(cell, gap))
            {
                return CellKind.Gap;
            }
        }
        ReadOnlySpan<byte> unsigned = cell[0] is (byte)'-' or (byte)'+' ? cell[1..] : cell;
        if (Ascii.EqualsIgnoreCase(unsigned, "inf") || Ascii.EqualsIgnoreCase(unsigned, "infinity"))
        {
            value = cell[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return CellKind.Number;
        }
        return CellKind.Word;
    }
}
