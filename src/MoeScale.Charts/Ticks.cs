using System.Globalization;

namespace MoeScale.Charts;

/// <summary>A labelled place on an axis.</summary>
/// <param name="Value">The value there.</param>
/// <param name="Text">Its label: "50M", "0.25", or what stands before an exponent: "10", "2×10".</param>
/// <param name="Exponent">The raised part of the label; null for none.</param>
internal sealed record Tick(double Value, string Text, int? Exponent = null);

/// <summary>The ticks of an axis: labelled ones, 3 to 12, and short ones between them.</summary>
internal sealed record Ticks(IReadOnlyList<Tick> Major, IReadOnlyList<double> Minor)
{
    private static readonly int[] NiceDigits = [1, 2, 5];
    private static readonly string[] Suffixes = ["", "K", "M", "B", "T"];

    /// <summary>Ticks at round numbers, or at those of <paramref name="wanted"/> that the range holds.</summary>
    public static Ticks Of(AxisRange range, IReadOnlyList<double>? wanted = null) =>
        wanted is not null ? new Ticks([.. wanted.Where(range.Holds).Select(Plain)], [])
        : range.Scale == Scale.Log ? Log(range)
        : new Ticks(Linear(range), []);

    /// <summary>A number as it stands, in thousands, millions, billions or trillions where that is shorter.</summary>
    private static Tick Plain(double value)
    {
        int thousands = 0;
        double scaled = value;
        while (Math.Abs(scaled) >= 1000 && thousands < Suffixes.Length - 1)
        {
            scaled /= 1000;
            thousands++;
        }
        return new Tick(value, scaled.ToString("0.###", CultureInfo.InvariantCulture).Replace('-', '−') + Suffixes[thousands]);
    }

    /// <summary>Multiples of 1, 2 or 5 times a power of ten.</summary>
    private static Tick[] Linear(AxisRange range)
    {
        // The first nice step from an eighth of the range on is below 2.5/8 of it: 3 to 9 multiples lie inside.
        double least = (range.High / 8) - (range.Low / 8);
        (int digit, int exponent) = NiceFrom(least);
        double step = Number(digit, exponent);
        List<double> values = [];
        for (double i = Math.Floor(range.Low / step); i <= Math.Ceiling(range.High / step); i++)
        {
            double value = Number(i * digit, exponent);
            if (range.Holds(value))
            {
                values.Add(value);
            }
        }
        return Labelled(values, exponent);
    }

    /// <summary>
    /// Powers of ten, or every second, fifth, tenth ... over many; 2 and 5 times them where there are few; and where the
    /// range is narrower than that, as on a linear axis.
    /// </summary>
    private static Ticks Log(AxisRange range)
    {
        double decades = Math.Log10(range.High) - Math.Log10(range.Low);
        if (decades > 11)
        {
            (int digit, int power) = NiceFrom(decades / 11);
            int stride = (int)Number(digit, power);
            return new Ticks(Labelled(Multiples(range, [1]).Where(t => t.Exponent % stride == 0)), []);
        }
        (int Digit, int Exponent)[] major = [.. Multiples(range, [1])];
        if (major.Length < 3)
        {
            major = [.. Multiples(range, NiceDigits)];
        }
        if (major.Length < 3)
        {
            return new Ticks(Linear(range), []);
        }
        // Beyond six decades the short ticks would run together.
        IEnumerable<(int Digit, int Exponent)> minor = decades > 6 ? [] : Multiples(range, [1, 2, 3, 4, 5, 6, 7, 8, 9]).Except(major);
        return new Ticks(Labelled(major), [.. minor.Select(t => Number(t.Digit, t.Exponent))]);
    }

    private static IEnumerable<(int Digit, int Exponent)> Multiples(AxisRange range, int[] digits)
    {
        int last = (int)Math.Ceiling(Math.Log10(range.High));
        for (int exponent = (int)Math.Floor(Math.Log10(range.Low)); exponent <= last; exponent++)
        {
            foreach (int digit in digits)
            {
                if (range.Holds(Number(digit, exponent)))
                {
                    yield return (digit, exponent);
                }
            }
        }
    }

    /// <summary>The smallest of 1, 2, 5, 10, 20, ... times a power of ten that is not below a value.</summary>
    private static (int Digit, int Exponent) NiceFrom(double value)
    {
        int exponent = (int)Math.Floor(Math.Log10(value));
        foreach (int digit in NiceDigits)
        {
            if (Number(digit, exponent) >= value)
            {
                return (digit, exponent);
            }
        }
        return (1, exponent + 1);
    }

    /// <summary>
    /// The double nearest to digits · 10^exponent: a tick at 0.3 is at 0.3, not at 3 · 0.1, and the same on every machine,
    /// which a power from the C library need not be.
    /// </summary>
    private static double Number(double digits, int exponent) =>
        double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digits:0}e{exponent}"), CultureInfo.InvariantCulture);

    /// <summary>Labels with one unit and one number of decimals for all.</summary>
    private static Tick[] Labelled(List<double> values, int stepExponent)
    {
        double largest = values.Max(Math.Abs);
        int unit = (int)Math.Floor(Math.Log10(largest));
        bool power = unit is < -3 or >= 15;
        if (!power)
        {
            // Four digits are read without a suffix.
            unit = unit < 4 ? 0 : 3 * (unit / 3);
        }
        string format = "F" + Math.Max(0, unit - stepExponent).ToString(CultureInfo.InvariantCulture);
        return
        [
            .. values.Select(value =>
                value == 0 ? new Tick(0, "0")
                : power ? new Tick(value, Text(value) + "×10", unit)
                : new Tick(value, Text(value) + Suffixes[unit / 3])
            ),
        ];

        string Text(double value) => (value / Number(1, unit)).ToString(format, CultureInfo.InvariantCulture).Replace('-', '−');
    }

    /// <summary>Labels such as 20M, or powers of ten for all where one is too small or too large for that.</summary>
    private static Tick[] Labelled(IEnumerable<(int Digit, int Exponent)> places)
    {
        (int Digit, int Exponent)[] all = [.. places];
        bool power = all.Any(t => t.Exponent is < -3 or >= 15);
        return
        [
            .. all.Select(t =>
            {
                double value = Number(t.Digit, t.Exponent);
                return power ? new Tick(value, t.Digit == 1 ? "10" : $"{t.Digit}×10", t.Exponent)
                    : t.Exponent < 0 ? new Tick(value, value.ToString("0.###", CultureInfo.InvariantCulture))
                    : new Tick(
                        value,
                        Number(t.Digit, t.Exponent % 3).ToString("0", CultureInfo.InvariantCulture) + Suffixes[t.Exponent / 3]
                    );
            }),
        ];
    }
}
