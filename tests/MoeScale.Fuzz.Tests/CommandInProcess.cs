using MoeScale.Cli;

namespace MoeScale.Fuzz.Tests;

/// <summary>The command in this process, without what it prints.</summary>
internal static class CommandInProcess
{
    public static (int Code, string Error) Run(IReadOnlyList<string> arguments)
    {
        (TextWriter output, TextWriter errors) = (Console.Out, Console.Error);
        using StringWriter error = new();
        try
        {
            Console.SetOut(TextWriter.Null);
            Console.SetError(error);
            return (CommandLine.Run([.. arguments]), error.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
