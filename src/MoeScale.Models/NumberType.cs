using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>How a weight or a cached value is stored.</summary>
public enum NumberType
{
    Fp32,
    Bf16,
    Fp16,
    Fp8,
    Int8,

    /// <summary>4 bits, and one 8-bit exponent for each block of 32 (OCP Microscaling, MXFP4): 4.25 bits.</summary>
    Mxfp4,

    /// <summary>4 bits, and one 8-bit scale for each block of 16 (NVFP4): 4.5 bits.</summary>
    Nvfp4,

    /// <summary>4 bits, and one 16-bit scale for each group of 128 (GPTQ and AWQ, symmetric): 4.125 bits.</summary>
    Int4,
}

public static class NumberTypes
{
    private static readonly string[] Names = ["fp32", "bf16", "fp16", "fp8", "int8", "mxfp4", "nvfp4", "int4"];

    /// <summary>Every name, as users write it.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>Bytes of one number, its share of block scales included.</summary>
    public static double Bytes(this NumberType type) =>
        type switch
        {
            NumberType.Fp32 => 4,
            NumberType.Bf16 or NumberType.Fp16 => 2,
            NumberType.Fp8 or NumberType.Int8 => 1,
            NumberType.Mxfp4 => (4 + (8.0 / 32)) / 8,
            NumberType.Nvfp4 => (4 + (8.0 / 16)) / 8,
            NumberType.Int4 => (4 + (16.0 / 128)) / 8,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no number type"),
        };

    /// <summary>The name as users write it: bf16.</summary>
    public static string Name(this NumberType type) => Names[(int)type];

    /// <exception cref="UserException">No such type.</exception>
    public static NumberType Parse(string text, string what)
    {
        int index = Array.IndexOf(Names, text.ToLowerInvariant());
        return index >= 0
            ? (NumberType)index
            : throw new UserException($"{what} '{text}' is no number type{Guess.Hint(text, Names)}. Known are {string.Join(", ", Names)}.");
    }
}
