using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Output;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Planning;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale plan</c>: the best model under compute, memory and inference budgets.</summary>
internal static class PlanVerb
{
    private static readonly Option<string> Flops = new("--flops") { HelpName = "N", Description = "Compute budget: training, plus inference if --inference-tokens is given. Needed." };
    private static readonly Option<string> LawName = new("--law") { HelpName = "ID|FILE", Description = "Scaling law of the loss. Default joint-2025." };
    private static readonly Option<string> Experts = new("--experts") { HelpName = "LIST", Description = "Expansion rates to weigh, e.g. 1,4,16; 1 is dense. Default: those of the law." };
    private static readonly Option<string> Granularity = new("--granularity") { HelpName = "LIST", Description = "Granularities to weigh, e.g. 1,8,16. Default: those of the law." };
    private static readonly Option<string> Memory = new("--memory") { HelpName = "BYTES", Description = "Limit of weights plus KV cache, e.g. 80GB or 80GiB." };
    private static readonly Option<string> KvTokens = new("--kv-tokens") { HelpName = "N", Description = "Tokens in the KV cache, over all sequences. Default 0." };
    private static readonly Option<string> InferenceTokens = new("--inference-tokens") { HelpName = "N", Description = "Tokens that the trained model will process; paid from --flops." };
    private static readonly Option<string> MaxParams = new("--max-params") { HelpName = "N", Description = "Limit of the total parameters." };
    private static readonly Option<string> MaxTokens = new("--max-tokens") { HelpName = "N", Description = "Limit of the training tokens." };
    private static readonly Option<string> Weights = new("--weights") { HelpName = "TYPE", Description = "Type of the weights in memory: fp32, bf16, fp16, fp8, int8. Default bf16." };
    private static readonly Option<string> Kv = new("--kv") { HelpName = "TYPE", Description = "Type of the KV cache. Default bf16." };
    private static readonly Option<string> Family = new("--family") { HelpName = "ID|FILE", Description = "Shape family. Default: that of the law." };
    private static readonly Option<string> MultipleOf = new("--multiple-of") { HelpName = "N", Description = "What all widths are a multiple of. Default 64." };
    private static readonly Option<bool> Continuous = new("--continuous") { Description = "Continuous sizes, as in the papers, instead of models that can be built." };
    private static readonly Option<bool> InRange = new("--in-range") { Description = "Leave out models outside the range of the law's experiments." };
    private static readonly Option<bool> PreferSimple = new("--prefer-simple") { Description = "Among ties (closer than the law's error) take the fewest experts." };
    private static readonly Option<string> Out = new("--out") { HelpName = "FILE", Description = "Write the best model as a model file (YAML)." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command command = new("plan", "Find the best model under compute, memory and inference budgets.")
        {
            Flops, Memory, KvTokens, InferenceTokens, MaxParams, MaxTokens, LawName, Experts, Granularity,
            Weights, Kv, Family, MultipleOf, Continuous, InRange, PreferSimple, Out, AsJson,
        };
        Help.AddExamples(command,
        [
            "moescale plan --flops 1e22 --memory 80GB --kv-tokens 16k",
            "moescale plan --flops 1e21 --inference-tokens 100B --experts 1,8",
            "moescale plan --flops 1e20 --law fine-grained-2024 --json",
        ]);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        PlanRequest request = Read(parsed);
        if (parsed.GetValue(Out) is string path)
        {
            CheckOut(path);
        }
        Plan plan = Planner.Solve(request);
        if (parsed.GetValue(AsJson))
        {
            Json.Write(PlanJson.Of(plan));
        }
        else
        {
            PlanPage.Write(plan);
        }
        if (plan.Best is null)
        {
            Console.Error.WriteLine($"moescale: {PlanPage.NothingFits(plan)}");
            return 1;
        }
        if (parsed.GetValue(Out) is string file)
        {
            TextFile.WriteWhole(file, ModelFile.Write(plan.Best.Model));
        }
        return 0;
    }

    // Before the work, so that nothing is printed that then cannot be kept.
    private static void CheckOut(string path)
    {
        if (Path.Exists(path))
        {
            throw new UserException($"--out {path} exists already. Give another name, or remove it.");
        }
        if (path.Length == 0 || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new UserException($"--out '{path}' cannot be written: there is no such folder.");
        }
    }

    private static PlanRequest Read(ParseResult parsed)
    {
        if (parsed.GetValue(Flops) is not string flops)
        {
            throw new UserException("plan needs a compute budget. Give it with --flops, for example --flops 1e22.");
        }
        bool continuous = parsed.GetValue(Continuous);
        if (continuous && parsed.GetValue(MultipleOf) is not null)
        {
            throw new UserException("--continuous and --multiple-of contradict each other: continuous sizes are a multiple of nothing. Leave one out.");
        }
        if (continuous && parsed.GetValue(Out) is not null)
        {
            throw new UserException("--continuous and --out contradict each other: a model of continuous sizes cannot be built. Leave one out.");
        }
        Budget budget = new()
        {
            Flops = Options.Bounded(Quantity.ParsePositiveCount(flops, "--flops"), Flops, Budget.Largest),
            InferenceTokens = Options.Count(parsed, InferenceTokens) ?? 0,
            MemoryBytes = parsed.GetValue(Memory) is string memory ? Quantity.ParseBytes(memory, "--memory") : null,
            KvTokens = Options.Count(parsed, KvTokens) ?? 0,
            MaxTotalParams = Options.Positive(parsed, MaxParams),
            MaxTokens = Options.Positive(parsed, MaxTokens) is double tokens
                ? tokens >= 1 ? tokens : throw new UserException($"--max-tokens '{parsed.GetValue(MaxTokens)}' is less than one token.")
                : null,
            Weights = Options.Type(parsed, Weights),
            Kv = Options.Type(parsed, Kv),
        };
        double multipleOf = Options.Bounded(Options.Positive(parsed, MultipleOf) ?? 64, MultipleOf, 1e6);
        if (multipleOf != Math.Floor(multipleOf))
        {
            throw new UserException($"--multiple-of '{parsed.GetValue(MultipleOf)}' must be a whole number, such as 64.");
        }
        Law law = LawCatalog.Open(parsed.GetValue(LawName) ?? "joint-2025");
        return PlanRequest.For(law, budget, parsed.GetValue(Family)) with
        {
            Experts = Options.List(parsed, Experts),
            Granularities = Options.List(parsed, Granularity),
            MultipleOf = multipleOf,
            Continuous = continuous,
            InRange = parsed.GetValue(InRange),
            PreferSimple = parsed.GetValue(PreferSimple),
        };
    }
}
