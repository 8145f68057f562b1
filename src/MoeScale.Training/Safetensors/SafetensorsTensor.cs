namespace MoeScale.Training.Safetensors;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">As PyTorch names parameters, e.g. "blocks.0.attention.query.weight".</param>
/// <param name="Type">"F32", "BF16" and so on, as the format spells them.</param>
/// <param name="Shape">Row-major; empty for a single number.</param>
/// <param name="Start">Of its bytes, behind the header.</param>
/// <param name="Bytes">How many there are.</param>
public sealed record SafetensorsTensor(string Name, string Type, IReadOnlyList<long> Shape, long Start, long Bytes)
{
    private static readonly (string Type, int Bytes)[] Types =
    [
        ("F32", 4),
        ("BF16", 2),
        ("F16", 2),
        ("F64", 8),
        ("I64", 8),
        ("I32", 4),
        ("I16", 2),
        ("I8", 1),
        ("U64", 8),
        ("U32", 4),
        ("U16", 2),
        ("U8", 1),
        ("BOOL", 1),
        ("F8_E4M3", 1),
        ("F8_E5M2", 1),
    ];

    /// <summary>How many numbers it holds.</summary>
    public long Count => Bytes / TypeBytes(Type)!.Value;

    /// <summary>Bytes of one number; null for a type that is not known.</summary>
    internal static int? TypeBytes(string type) => Array.Find(Types, known => known.Type == type) is (not null, int bytes) ? bytes : null;
}
