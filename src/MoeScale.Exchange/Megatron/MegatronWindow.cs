using System.Globalization;
using System.Text.RegularExpressions;

namespace MoeScale.Exchange.Megatron;

/// <summary>A window of attention: Megatron-LM counts the tokens before a token and those behind it, ours also itself.</summary>
internal static partial class MegatronWindow
{
    public const string Argument = "window_size";

    /// <summary>Which layers have none: every n-th, or those with a zero in a list.</summary>
    public const string FullLayers = "window_attn_skip_freq";

    /// <summary>"4095,0": nothing behind a token, since attention is causal.</summary>
    public static string Write(double tokens) => FormattableString.Invariant($"{tokens - 1:0},0");

    /// <summary>Tokens of "(4095, 0)", as a log prints it; null for all, which are written as -1.</summary>
    public static double? Read(string? window) =>
        First().Match(window ?? "") is { Success: true } before ? double.Parse(before.Value, CultureInfo.InvariantCulture) + 1 : null;

    /// <summary>How many of some layers have no window.</summary>
    public static double ReadFullLayers(string? frequency, int layers) =>
        frequency switch
        {
            null => 0,
            _ when frequency.StartsWith('[') => frequency.Count(c => c == '0'),
            _ when int.TryParse(frequency, CultureInfo.InvariantCulture, out int every) && every > 0 => layers / every,
            _ => 0,
        };

    [GeneratedRegex(@"(?<=^\(?)\d+(?=,)")]
    private static partial Regex First();
}
