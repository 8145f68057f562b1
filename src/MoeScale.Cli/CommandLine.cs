using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Verbs;

namespace MoeScale.Cli;

/// <summary>The whole command: words in, text out, an exit code.</summary>
/// <remarks>0: done. 1: the answer is no. 2: wrong use, bad input, or output that cannot be written.
/// 70: a fault of the program, as sysexits.h numbers it.</remarks>
internal static class CommandLine
{
    private const int WrongUseCode = 2;
    private const int FaultCode = 70;

    // In the order of the help.
    private static readonly (string Name, Func<Command> Create)[] Verbs =
    [
        ("plan", PlanVerb.Create),
        ("fit", FitVerb.Create),
        ("import", ImportVerb.Create),
        ("export", ExportVerb.Create),
        ("cost", CostVerb.Create),
        ("train", TrainVerb.Create),
        ("eval", EvalVerb.Create),
        ("sample", SampleVerb.Create),
        ("study", StudyVerb.Create),
        ("laws", LawsVerb.Create),
        ("reproduce", ReproduceVerb.Create),
        ("bench", BenchVerb.Create),
    ];

    public static int Run(string[] args)
    {
        try
        {
            int code = Invoke(args);
            Console.Out.Flush();
            return code;
        }
        catch (Exception e)
        {
            return Tell(e);
        }
    }

    /// <summary>Says on standard error what went wrong, and gives the exit code.</summary>
    public static int Tell(Exception thrown)
    {
        // Loops over threads gather what their bodies throw.
        Exception e = thrown is AggregateException all
            ? all.Flatten().InnerExceptions.FirstOrDefault(i => i is UserException) ?? all.Flatten().InnerExceptions[0]
            : thrown;
        if (e is UserException mistake)
        {
            return Write(mistake.Phrase.Say(CommandTerms.All), WrongUseCode);
        }
        bool isDebugged = Environment.GetEnvironmentVariable("MOESCALE_DEBUG") == "1";
        string where = isDebugged ? $"{Environment.NewLine}{thrown}" : " MOESCALE_DEBUG=1 shows where.";
        return e is OutOfMemoryException
            ? Write(
                $"the memory of this machine does not suffice. Ask for a smaller model, table or text, or take a larger machine.{where}",
                WrongUseCode
            )
            : Write(
                $"a fault of this program, {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} Please report it with the command and "
                    + $"its files.{where}",
                FaultCode
            );
    }

    private static int Write(string message, int code)
    {
        try
        {
            Console.Error.WriteLine($"moescale: {message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Standard error is closed too: the exit code is all that is left to say.
        }
        return code;
    }

    private static int Invoke(string[] args)
    {
        RootCommand root = Root(args);
        if (args.Length == 0)
        {
            root.Parse(["--help"]).Invoke();
            return WrongUseCode;
        }
        ParseResult parsed = root.Parse(
            args[0] == "help" ? Help.Asked(root, args[1..]) : Help.Known(root, args),
            new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null }
        );
        WrongUse.ThrowIfAny(parsed);
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    // To make the options of every verb takes a tenth of the time of a plan: a verb that is named is made alone.
    private static RootCommand Root(string[] args)
    {
        RootCommand root = new("Which Transformer should be trained, given compute, memory and inference? Answers from scaling laws.");
        (string Name, Func<Command> Create) named = Array.Find(Verbs, v => args.Length > 0 && v.Name == args[0]);
        foreach (Func<Command> create in named.Create is null ? Verbs.Select(v => v.Create) : [named.Create])
        {
            root.Subcommands.Add(create());
        }
        Help.AddExamples(
            root,
            [
                "moescale plan --flops 1e22 --memory 80GB --kv-tokens 16k",
                "moescale fit my-runs.csv --law joint-2025 --out my-law.yaml",
                "moescale import logs/ --sequence 4096 --out my-runs.csv",
                "moescale export my-plan.json --to megatron --gpus 64 --out train.sh",
                "moescale cost mixtral-8x7b",
                "moescale train --family joint-2025 --d-model 64 --context 64 --text synthetic --tokens 100k --out runs/a",
                "moescale eval runs/my-run --text dotnet-docs --held-out 0.05",
                "moescale sample runs/my-run --prompt Once",
                "moescale study run my-study.yaml",
                "moescale laws show joint-2025",
                "moescale reproduce joint",
            ]
        );
        return root;
    }
}
