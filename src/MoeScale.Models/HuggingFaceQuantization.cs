namespace MoeScale.Models;

/// <summary>How weights are stored, by quantization_config. Methods that are not known here are told, and change no count.</summary>
internal static class HuggingFaceQuantization
{
    private const string Key = "quantization_config";
    private const double ScaleBits = 16;

    public static Quantization? Of(JsonSettings config, List<string> notes)
    {
        if (config.Map(Key) is not JsonSettings c)
        {
            return null;
        }
        string? method = c.OptionalText("quant_method") ?? (c.OptionalText("fmt") is null ? null : "fp8");
        Quantization? known = method switch
        {
            "fp8" => new Quantization(method, 8 + BlockScales(c), RoleSet.Matrices),
            // Of OCP Microscaling: one exponent of 8 bits for 32 numbers. The library stores experts so, and nothing else.
            "mxfp4" => new Quantization(method, 4 + (8.0 / 32), RoleSet.RoutedExperts),
            "awq" or "gptq" => Grouped(method, c),
            _ => null,
        };
        if (known is null)
        {
            notes.Add(
                $"weights are stored by {method ?? "a method of its own"} ({Key}), which is not known here; bytes are those of the number "
                    + $"type that is asked for"
            );
        }
        return known;
    }

    // One scale of 32 bits for a block of the matrix; without blocks one for all of it.
    private static double BlockScales(JsonSettings c)
    {
        double numbers = c.Counts("weight_block_size").Aggregate(1.0, (product, size) => product * size);
        return numbers > 1 ? 32 / numbers : 0;
    }

    // A scale, and a zero point of as many bits as a number has, for each group of numbers.
    private static Quantization Grouped(string method, JsonSettings c)
    {
        double bits = c.OptionalCount("bits") ?? c.OptionalCount("w_bit") ?? 4;
        double group = c.IsNegative("group_size") ? 0 : c.OptionalCount("group_size") ?? c.OptionalCount("q_group_size") ?? 128;
        return bits is >= 2 and <= 8
            ? new Quantization(method, bits + (group > 0 ? (ScaleBits + bits) / group : 0), RoleSet.Matrices)
            : throw c.Error("bits", "2 to 8 are known here");
    }
}
