using System.CommandLine;
using MoeScale.Cli.Input;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale complete</c>: what the scripts of <see cref="CompletionVerb"/> ask, each time that somebody presses Tab.</summary>
internal static class CompleteVerb
{
    private static readonly Argument<string[]> Words = new("WORDS")
    {
        Description = "The words so far; the last one, perhaps empty, is completed.",
    };

    /// <param name="root">The command line with the verb that these words name, or with all.</param>
    public static Command Create(Func<string[], Command> root)
    {
        Command command = new("complete", "List what a word of the command line can be.") { Words };
        command.Hidden = true;
        Help.AddExamples(command, ["moescale complete -- plan --fl"]);
        command.SetAction(parsed =>
        {
            // Two quotes stand for an empty word where a shell would drop it.
            string[] words = [.. (parsed.GetValue(Words) ?? []).Select(w => w == "\"\"" ? "" : w)];
            foreach ((string word, string meaning) in Completions.Of(root(words), words))
            {
                Console.Out.WriteLine($"{word}\t{meaning}");
            }
            return 0;
        });
        return command;
    }
}
