using System.CommandLine;
using System.CommandLine.Parsing;

namespace MoeScale.Cli.Input;

/// <summary>The command line, as a shell reads it.</summary>
internal static class CallText
{
    // What is written beside the answer: the files would be there already.
    private static readonly string[] Files = ["--html", "--png", "--svg", "--csv", "--out", "--report"];

    public static string Of(ParseResult parsed)
    {
        List<string> words = ["moescale"];
        bool isOfFile = false;
        foreach (Token token in parsed.Tokens)
        {
            isOfFile = token.Type == TokenType.Option ? Files.Contains(token.Value) : isOfFile && token.Type == TokenType.Argument;
            if (!isOfFile)
            {
                words.Add(Quoted(token.Value));
            }
        }
        return string.Join(' ', words);
    }

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "-_./,=:%+@^".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
