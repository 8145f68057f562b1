using MoeScale.Basics;
using MoeScale.Cli.Input;

namespace MoeScale.Cli.Output;

/// <summary>How a verb ends whose answer is no: nothing fits, no law, not all is done.</summary>
internal static class NoAnswer
{
    private const int Code = 1;

    /// <summary>Says why on standard error, after all that was printed, also where both go to one place; gives the exit code.</summary>
    public static int Because(Phrase reason)
    {
        Console.Out.Flush();
        Console.Error.WriteLine($"moescale: {reason.Say(CommandTerms.All)}");
        return Code;
    }
}
