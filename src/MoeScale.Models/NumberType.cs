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
}

public static class NumberTypes
{
    private static readonly string[] Names = ["fp32", "bf16", "fp16", "fp8", "int8"];

    public static double Bytes(this NumberType type) => type switch
    {
        NumberType.Fp32 => 4,
        NumberType.Bf16 or NumberType.Fp16 => 2,
        NumberType.Fp8 or NumberType.Int8 => 1,
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
