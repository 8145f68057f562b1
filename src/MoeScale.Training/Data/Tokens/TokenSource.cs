using System.Globalization;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>How a file of tokens was read.</summary>
/// <param name="Tokens">That it holds.</param>
/// <param name="Documents">Told apart, or pieces of longer ones.</param>
/// <param name="Type">Of its ids.</param>
/// <param name="TypeFrom">Where that was learnt.</param>
/// <param name="Separator">The id between documents; null where there is none.</param>
/// <param name="DocumentsFrom">Where documents were learnt.</param>
public sealed record TokenSource(long Tokens, long Documents, TokenType Type, string TypeFrom, int? Separator, string DocumentsFrom)
{
    /// <summary>For people.</summary>
    public override string ToString()
    {
        string ends =
            Separator is int id ? $"ended by id {id} ({DocumentsFrom})"
            : DocumentsFrom == TokenFile.Given ? "no id ends them (given)"
            : DocumentsFrom == DocumentEnds.Unknown
                ? "pieces of one: nothing says what ends documents, and the last id of the vocabulary does not occur"
            : $"as {DocumentsFrom} has them";
        return FormattableString.Invariant(
            $"{Plural.Of(Exact(Tokens), "token")} in {Plural.Of(Exact(Documents), "document")}, {Type.Name()} ({TypeFrom}), {ends}"
        );
    }

    private static string Exact(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
