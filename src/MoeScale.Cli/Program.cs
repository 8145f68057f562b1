using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli;
using MoeScale.Cli.Verbs;

RootCommand root = new("Which Transformer should be trained, given compute, memory and inference? Answers from scaling laws.")
{
    PlanVerb.Create(),
    LawsVerb.Create(),
    ReproduceVerb.Create(),
};
Help.AddExamples(root,
[
    "moescale plan --flops 1e22 --memory 80GB --kv-tokens 16k",
    "moescale laws show joint-2025",
    "moescale reproduce joint",
]);

if (!OperatingSystem.IsWindows())
{
    // The console's own writer first reads the description of the terminal and then flushes each line.
    Console.SetOut(new StreamWriter(Console.OpenStandardOutput()));
}
else
{
    Console.OutputEncoding = System.Text.Encoding.UTF8;
}

// Exit codes: 0 done; 1 the answer is no; 2 wrong use or bad input.
try
{
    if (args.Length == 0)
    {
        root.Parse(["--help"]).Invoke();
        return 2;
    }
    ParseResult parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
    WrongUse.ThrowIfAny(parsed);
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (UserException e)
{
    Console.Error.WriteLine($"moescale: {e.Message}");
    return 2;
}
finally
{
    Console.Out.Flush();
}
