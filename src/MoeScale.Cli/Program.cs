using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli;
using MoeScale.Cli.Verbs;

RootCommand root = new("Which Transformer should be trained, given compute, memory and inference? Answers from scaling laws.")
{
    PlanVerb.Create(),
    FitVerb.Create(),
    CostVerb.Create(),
    TrainVerb.Create(),
    EvalVerb.Create(),
    SampleVerb.Create(),
    StudyVerb.Create(),
    LawsVerb.Create(),
    ReproduceVerb.Create(),
    BenchVerb.Create(),
};
Help.AddExamples(root,
[
    "moescale plan --flops 1e22 --memory 80GB --kv-tokens 16k",
    "moescale fit my-runs.csv --law joint-2025 --out my-law.yaml",
    "moescale cost mixtral-8x7b",
    "moescale train --family joint-2025 --d-model 64 --context 64 --text synthetic --tokens 100k --out runs/a",
    "moescale eval runs/my-run --text dotnet-docs --held-out 0.05",
    "moescale sample runs/my-run --prompt Once",
    "moescale study run my-study.yaml",
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

// Exit codes: 0 done; 1 the answer is no; 2 wrong use, bad input, or output that cannot be written.
try
{
    int code = Run(root, args);
    Console.Out.Flush();
    return code;
}
catch (UserException e)
{
    return Complain(e.Message);
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
{
    return Complain($"the output cannot be written: {e.Message}");
}

static int Run(RootCommand root, string[] args)
{
    if (args.Length == 0)
    {
        root.Parse(["--help"]).Invoke();
        return 2;
    }
    ParseResult parsed = root.Parse(args[0] == "help" ? Help.Asked(root, args[1..]) : args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
    WrongUse.ThrowIfAny(parsed);
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}

static int Complain(string message)
{
    try
    {
        Console.Error.WriteLine($"moescale: {message}");
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
    {
        // Standard error is closed too: the exit code is all that is left to say.
    }
    return 2;
}
