using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale completion</c>: a script by which a shell completes the words of the command.</summary>
internal static class CompletionVerb
{
    // The shell, the script's file in Completion/, and how a user reads it each time the shell starts.
    private static readonly (string Shell, string File, string Example)[] Shells =
    [
        ("bash", "moescale.bash", "moescale completion bash >> ~/.bashrc"),
        ("zsh", "moescale.zsh", "moescale completion zsh >> ~/.zshrc  # after compinit"),
        ("fish", "moescale.fish", "moescale completion fish > ~/.config/fish/completions/moescale.fish"),
        ("pwsh", "moescale.ps1", "moescale completion pwsh >> $PROFILE"),
    ];

    private static readonly Argument<string> Shell = new("shell")
    {
        HelpName = string.Join('|', Names),
        Description = "The shell that is to complete.",
    };

    private static IEnumerable<string> Names => Shells.Select(s => s.Shell);

    public static Command Create()
    {
        Command command = new("completion", "Print a script that completes verbs, options and names in a shell.") { Shell };
        command.SetAction(Run);
        Help.AddExamples(command, [.. Shells.Select(s => s.Example)]);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string shell = parsed.GetValue(Shell)!;
        string file =
            Array.Find(Shells, s => s.Shell == shell).File
            ?? throw new UserException(
                $"'{shell}' is no shell that is known{Guess.Hint(shell, Names)}. Known are {string.Join(", ", Names)}."
            );
        using StreamReader script = new(typeof(CompletionVerb).Assembly.GetManifestResourceStream(file)!);
        Console.Out.Write(script.ReadToEnd());
        return 0;
    }
}
