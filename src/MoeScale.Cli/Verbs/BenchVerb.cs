using System.CommandLine;
using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Training.Transformers;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale bench train</c>: how fast training steps are on this machine.</summary>
internal static class BenchVerb
{
    private const double MaxSteps = 10_000;

    private static readonly string[] Shapes = ["S", "M"];
    private static readonly string[] Kinds = ["dense", "switch", "fine"];

    private static readonly Option<string> Shape = new("--shape")
    {
        HelpName = "S|M",
        Description = "S: d_model 256, 4 blocks, vocabulary 256, 16 sequences of 256. M: 512, 8, 4096, 8 of 256. Default S.",
    };
    private static readonly Option<string> Kind = new("--kind")
    {
        HelpName = "dense|switch|fine",
        Description =
            "The feed-forward layers: dense, 8 experts of which a token takes one, or 32 of a quarter of the width of which it takes "
            + "four. Default dense.",
    };
    private static readonly Option<string> Threads = new("--threads") { HelpName = "N", Description = "Default: one a processor." };
    private static readonly Option<string> Steps = new("--steps")
    {
        HelpName = "N",
        Description = "Timed steps, of which the median counts. Default 15.",
    };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command train = new("train", "Time training steps: forward, backward and AdamW, of a GPT-2 of a fixed shape on random tokens.")
        {
            Shape,
            Kind,
            Threads,
            Steps,
            AsJson,
        };
        Help.AddExamples(
            train,
            ["moescale bench train --shape S", "moescale bench train --kind switch", "moescale bench train --shape M --threads 1 --json"]
        );
        train.SetAction(Run);
        Command bench = new("bench", "Measure this machine.") { train };
        Help.AddExamples(bench, ["moescale bench train --shape S"]);
        return bench;
    }

    private static int Run(ParseResult parsed)
    {
        string shape = Choice(parsed, Shape, Shapes);
        string kind = Choice(parsed, Kind, Kinds);
        int threads = (int)(Options.Whole(parsed, Threads, Options.MaxThreads) ?? Environment.ProcessorCount);
        int steps = (int)(Options.Whole(parsed, Steps, MaxSteps) ?? 15);
        StepBenchmark dense = shape == "S" ? StepBenchmark.Small : StepBenchmark.Medium;
        StepBenchmark benchmark = kind switch
        {
            "switch" => dense.Switch,
            "fine" => dense.Fine,
            _ => dense,
        };
        StepSpeed speed = benchmark.Run(threads, steps);
        if (parsed.GetValue(AsJson))
        {
            Json.Write(StepSpeedJson.Of(speed, kind, benchmark.FlopsPerToken));
            return 0;
        }
        Page.Field(
            "Shape",
            $"{shape} {kind}: d_model {benchmark.Model.ModelWidth}, {Plural.Of(benchmark.Model.Blocks, "block")}, vocabulary "
                + $"{benchmark.Model.VocabularySize}, {Plural.Of(benchmark.Sequences, "sequence")} of {benchmark.Model.Context}"
        );
        Page.Field(
            "Speed",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{speed.TokensPerSecond:#,0} tokens/s on {Plural.Of(threads, "thread")}; a step takes {1e3 * speed.StepSeconds:0.0} ms "
                    + $"(median; {1e3 * speed.FastestSeconds:0.0} to {1e3 * speed.SlowestSeconds:0.0})"
            )
        );
        Page.Field(
            "Arithmetic",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{speed.Gflops:0} GFLOP/s, {100 * speed.PeakShare:0.0} % of the {speed.PeakGflops:0} measured in registers; attention "
                    + $"counted in full"
            )
        );
        Page.Field(
            "Allocated",
            FormattableString.Invariant($"{speed.AllocatedBytes:#,0} bytes on the managed heap in {Plural.Of(steps, "step")}")
        );
        Page.BlankLine();
        double total = speed.Kernels.Sum(k => k.Seconds);
        Page.Table(
            ["<kernel", "ms", "share"],
            [
                .. speed.Kernels.Select(k =>
                    (IReadOnlyList<string>)
                        [
                            k.Kernel,
                            (1e3 * k.Seconds).ToString("0.00", CultureInfo.InvariantCulture),
                            (100 * k.Seconds / total).ToString("0.0", CultureInfo.InvariantCulture) + " %",
                        ]
                ),
            ]
        );
        return 0;
    }

    private static string Choice(ParseResult parsed, Option<string> option, string[] known)
    {
        string text = parsed.GetValue(option) ?? known[0];
        return known.FirstOrDefault(k => k.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw new UserException(
                $"{option.Name} '{text}' is not known{Guess.Hint(text, known)}. Known {(known.Length == 1 ? "is" : "are")} "
                    + $"{string.Join(" and ", known)}."
            );
    }
}
