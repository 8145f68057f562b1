using System.Text.RegularExpressions;

namespace MoeScale.Exchange.Tests.Export;

/// <summary>Exported scripts, read again.</summary>
internal static partial class MegatronScripts
{
    /// <summary>Options and their values, as words; what the shell fills in stands as it is.</summary>
    public static IReadOnlyList<(string Option, string? Value)> Options(string script)
    {
        string arguments = script.Split("ARGS=(\n")[1].Split("\n)\n")[0];
        return
        [
            .. arguments
                .Split('\n')
                .Select(l => l.Trim())
                .Where(l => l.StartsWith("--", StringComparison.Ordinal))
                .Select(l => l.Split(' ', 2))
                .Select(p => (p[0], p.Length > 1 ? p[1].Trim('\'') : null)),
        ];
    }

    /// <summary>The arguments as a log of Megatron-LM prints them.</summary>
    public static Dictionary<string, string> Printed(string script)
    {
        Dictionary<string, string> printed = [];
        foreach ((string option, string? value) in Options(script))
        {
            printed[option[2..].Replace('-', '_')] = value is null ? "True" : Evaluated(value);
        }
        if (printed.Remove("disable_bias_linear"))
        {
            printed["add_bias_linear"] = "False";
        }
        return printed;
    }

    // "([0]*1+([0]*1+[1])*3)": a list, as Python works it out.
    private static string Evaluated(string value)
    {
        if (!value.Contains('['))
        {
            return value;
        }
        string text = value;
        while (Group().Match(text) is { Success: true } group)
        {
            string[] parts = [.. group.Groups[1].Value.Split('+').Select(Repeated)];
            int times = group.Groups[2].Success ? int.Parse(group.Groups[2].Value) : 1;
            string list = string.Join(',', Enumerable.Repeat(string.Join(',', parts), times));
            text = text[..group.Index] + $"[{list}]" + text[(group.Index + group.Length)..];
        }
        return text.Replace(",", ", ", StringComparison.Ordinal);
    }

    private static string Repeated(string part)
    {
        string[] factors = part.Split('*');
        int times = factors.Length > 1 ? int.Parse(factors[1]) : 1;
        return string.Join(',', Enumerable.Repeat(factors[0].Trim('[', ']'), times));
    }

    [GeneratedRegex(@"\(([^()]*)\)(?:\*(\d+))?")]
    private static partial Regex Group();
}
