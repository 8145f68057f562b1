using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MoeScale.Basics;

namespace MoeScale.Cli.Input;

/// <summary>The help of each command: with examples at its end, and by the word "help" too.</summary>
internal static class Help
{
    private const int Width = 80;
    private const string Margin = "  ";
    private const string Continued = " \\";

    /// <summary>What "moescale help laws show" asks for, as the option says it.</summary>
    /// <param name="root">The command line's root.</param>
    /// <param name="words">What follows "help".</param>
    /// <exception cref="UserException">No such verb.</exception>
    public static string[] Asked(Command root, string[] words)
    {
        Command command = root;
        string path = "moescale";
        foreach (string word in words)
        {
            string[] known = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
            command =
                command.Subcommands.FirstOrDefault(c => c.Name == word)
                ?? throw new UserException(
                    $"'{word}' is not a verb of '{path}'{Guess.Hint(word, known)}. "
                        + $"{(known.Length > 0 ? $"Known are {string.Join(", ", known)}." : $"See '{path} --help'.")}"
                );
            path += $" {word}";
        }
        return [.. words, "--help"];
    }

    /// <summary>
    /// The words as they are. The parser answers --help behind a verb that there is not with the help of those before it.
    /// </summary>
    /// <param name="root">The command line's root.</param>
    /// <param name="words">The whole command line.</param>
    /// <exception cref="UserException">A word stands where a verb is needed, and is none.</exception>
    public static string[] Known(Command root, string[] words)
    {
        Command command = root;
        string[] verbs = [.. words.TakeWhile(w => !w.StartsWith('-'))];
        int depth = 0;
        while (depth < verbs.Length && command.Subcommands.FirstOrDefault(c => c.Name == verbs[depth]) is Command next)
        {
            command = next;
            depth++;
        }
        return depth < verbs.Length && command.Subcommands.Count > 0 && command.Arguments.Count == 0
            ? Asked(root, verbs[..(depth + 1)])
            : words;
    }

    /// <param name="command">The command whose --help shows them.</param>
    /// <param name="examples">Whole command lines.</param>
    public static void AddExamples(Command command, IReadOnlyList<string> examples)
    {
        HelpOption? help = command.Options.OfType<HelpOption>().FirstOrDefault();
        if (help is null)
        {
            help = new HelpOption();
            command.Options.Add(help);
        }
        help.Action = new WithExamples((HelpAction)help.Action!, examples);
    }

    // As a shell takes it over several lines, broken before options.
    private static IEnumerable<string> Lines(string example)
    {
        string line = "";
        foreach ((int i, string part) in example.Split(" --").Index())
        {
            string option = i == 0 ? part : $" --{part}";
            if (i > 0 && Margin.Length + line.Length + option.Length + Continued.Length > Width)
            {
                yield return line + Continued;
                line = Margin + Margin + option.TrimStart();
            }
            else
            {
                line += option;
            }
        }
        yield return line;
    }

    private sealed class WithExamples(HelpAction inner, IReadOnlyList<string> examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            inner.MaxWidth = Width;
            int code = inner.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string line in examples.SelectMany(Lines))
            {
                output.WriteLine($"{Margin}{line}");
            }
            return code;
        }
    }
}
