using System.Globalization;
using System.Text.RegularExpressions;
using MoeScale.Models;

namespace MoeScale.Exchange;

/// <summary>
/// Which blocks have experts: engines have a list of them, ours says where they begin, how often they come and where they end.
/// </summary>
/// <param name="Leading">Dense blocks at the start.</param>
/// <param name="Every">Of so many blocks, the last one has experts.</param>
/// <param name="Trailing">Dense blocks at the end.</param>
internal sealed partial record ExpertBlocks(int Leading, int Every, int Trailing)
{
    public static ExpertBlocks Of(Model m) => new((int)m.LeadingDenseBlocks, (int)m.MoeEvery, (int)m.TrailingDenseBlocks);

    /// <summary>
    /// As a Python expression for so many blocks, "([0]*1+[1]*15)"; null where every block has experts, which need not be said.
    /// </summary>
    public string? Write(int blocks)
    {
        if (this == new ExpertBlocks(0, 1, 0))
        {
            return null;
        }
        int groups = (blocks - Leading - Trailing) / Every;
        string group = Every == 1 ? $"[1]*{groups}" : $"([0]*{Every - 1}+[1])*{groups}";
        string[] parts = [Leading > 0 ? $"[0]*{Leading}" : "", group, Trailing > 0 ? $"[0]*{Trailing}" : ""];
        return $"({string.Join('+', parts.Where(p => p.Length > 0))})";
    }

    /// <summary>What the log prints: a number, or a list of zeros and ones; null where it is no order that ours can say.</summary>
    public static ExpertBlocks? Read(string frequency)
    {
        if (!frequency.StartsWith('['))
        {
            return int.TryParse(frequency, CultureInfo.InvariantCulture, out int every) && every > 0 ? new(0, every, 0) : null;
        }
        bool[] has = [.. One().Matches(frequency).Select(m => m.Value == "1")];
        int[] places = [.. has.Index().Where(b => b.Item).Select(b => b.Index)];
        if (places.Length == 0)
        {
            return null;
        }
        int distance = places.Length > 1 ? places[1] - places[0] : 1;
        bool isEven = places.Zip(places.Skip(1)).All(p => p.Second - p.First == distance);
        int leading = places[0] - distance + 1;
        return isEven && leading >= 0 ? new(leading, distance, has.Length - 1 - places[^1]) : null;
    }

    [GeneratedRegex("[01]")]
    private static partial Regex One();
}
