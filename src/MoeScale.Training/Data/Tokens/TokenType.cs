namespace MoeScale.Training.Data.Tokens;

/// <summary>How a file holds an id; little endian.</summary>
public enum TokenType
{
    UInt8,
    UInt16,
    Int16,
    Int32,
    UInt32,
    Int64,
    UInt64,
}

/// <summary>Names and widths of <see cref="TokenType"/>.</summary>
public static class TokenTypes
{
    /// <summary>"uint16": as NumPy calls them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<TokenType>().Select(n => n.ToLowerInvariant())];

    public static string Name(this TokenType type) => Names[(int)type];

    /// <summary>Bytes of one id.</summary>
    public static int Bytes(this TokenType type) =>
        type switch
        {
            TokenType.UInt8 => 1,
            TokenType.UInt16 or TokenType.Int16 => 2,
            TokenType.Int32 or TokenType.UInt32 => 4,
            _ => 8,
        };
}
