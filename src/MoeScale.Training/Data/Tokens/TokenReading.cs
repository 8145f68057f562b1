using System.Globalization;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>What a user says of a file of tokens; what is not said is read from what stands beside the file, or looked for in it.</summary>
public sealed record TokenReading
{
    /// <summary>Instead of a separator: the file is one document.</summary>
    public const string NoSeparator = "none";

    /// <summary>Null: not said.</summary>
    public TokenType? Type { get; init; }

    /// <summary>The id that ends, or begins, each document; null where none is said.</summary>
    public int? Separator { get; init; }

    /// <summary>Whether it is said that no id ends documents.</summary>
    public bool IsWhole { get; init; }

    /// <param name="type">"uint16"; null or empty where nothing is said.</param>
    /// <param name="separator">An id or <see cref="NoSeparator"/>; null or empty where nothing is said.</param>
    /// <exception cref="FormatException">One of them is something else; says what, and what is known.</exception>
    public static TokenReading Parse(string? type, string? separator)
    {
        int index = string.IsNullOrEmpty(type) ? -1 : TokenTypes.Names.ToList().IndexOf(type);
        if (index < 0 && !string.IsNullOrEmpty(type))
        {
            throw new FormatException(
                $"'{type}' is no type of ids{Guess.Hint(type, TokenTypes.Names)}; known are {string.Join(", ", TokenTypes.Names)}"
            );
        }
        if (string.IsNullOrEmpty(separator) || separator == NoSeparator)
        {
            return new TokenReading { Type = index < 0 ? null : (TokenType)index, IsWhole = separator == NoSeparator };
        }
        return int.TryParse(separator, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            ? new TokenReading { Type = index < 0 ? null : (TokenType)index, Separator = id }
            : throw new FormatException(
                $"'{separator}' is no separator; give the id that ends each document, such as 50256, or '{NoSeparator}'"
            );
    }
}
