using System.CommandLine;
using MoeScale.Basics;

namespace MoeScale.Cli.Input;

/// <summary>Turns what the parser of the command line complains of into the user's words.</summary>
internal static class WrongUse
{
    /// <exception cref="UserException">The command line does not say what to do.</exception>
    public static void ThrowIfAny(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
        {
            return;
        }
        Command command = parsed.CommandResult.Command;
        string path = Path(parsed.CommandResult);
        if (parsed.UnmatchedTokens.Count > 0)
        {
            string token = parsed.UnmatchedTokens[0];
            bool isOption = token.StartsWith('-');
            string[] known = isOption ? [.. command.Options.Select(o => o.Name)] : [.. command.Subcommands.Select(c => c.Name)];
            string what =
                isOption ? "an option"
                : command.Subcommands.Count > 0 ? "a verb"
                : "an argument";
            string list = isOption || known.Length == 0 ? $"See '{path} --help'." : $"Known are {string.Join(", ", known)}.";
            throw new UserException($"'{token}' is not {what} of '{path}'{Guess.Hint(token, known)}. {list}");
        }
        throw new UserException($"{parsed.Errors[0].Message} See '{path} --help'.");
    }

    private static string Path(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "moescale";
}
