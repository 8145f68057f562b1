using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MoeScale.Cli;

/// <summary>Adds examples to the end of a command's help.</summary>
internal static class Help
{
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

    private sealed class WithExamples(HelpAction inner, IReadOnlyList<string> examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            inner.MaxWidth = 80;
            int code = inner.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine($"  {example}");
            }
            return code;
        }
    }
}
