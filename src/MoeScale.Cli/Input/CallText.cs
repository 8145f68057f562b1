using System.CommandLine;

namespace MoeScale.Cli.Input;

/// <summary>The command line, as a shell reads it.</summary>
internal static class CallText
{
    public static string Of(ParseResult parsed) => string.Join(' ', parsed.Tokens.Select(t => Quoted(t.Value)).Prepend("moescale"));

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "-_./,=:%+@^".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
