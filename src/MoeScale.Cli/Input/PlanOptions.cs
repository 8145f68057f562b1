using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;

namespace MoeScale.Cli.Input;

/// <summary>The options of <c>plan</c>, and the question that they ask.</summary>
internal static class PlanOptions
{
    private static readonly Option<string> Flops = new("--flops")
    {
        HelpName = "N",
        Description = "Compute budget: training, plus inference if --inference-tokens is given.",
    };
    private static readonly Option<string> Gpus = new("--gpus")
    {
        HelpName = "NxDEVICE",
        Description = "Training devices, e.g. 64xH100; with --days they are the compute budget. docs/hardware.md lists the devices.",
    };
    private static readonly Option<string> Days = new("--days") { HelpName = "N", Description = "Days of all --gpus." };
    private static readonly Option<string> Mfu = new("--mfu")
    {
        HelpName = "SHARE",
        Description = "Share of the devices' bf16 peak that training reaches. Default 0.4.",
    };
    private static readonly Option<string> LawNames = new("--law")
    {
        HelpName = "ID|FILE",
        Description = "Scaling law of the loss; several, separated by commas, are shown side by side. Default joint-2025.",
    };
    private static readonly Option<string> Experts = new("--experts")
    {
        HelpName = "LIST",
        Description = "Expansion rates to weigh, e.g. 1,4,16; 1 is dense. Default: those of the law.",
    };
    private static readonly Option<string> Granularity = new("--granularity")
    {
        HelpName = "LIST",
        Description = "Granularities to weigh, e.g. 1,8,16. Default: those of the law.",
    };
    private static readonly Option<string> Memory = new("--memory")
    {
        HelpName = "BYTES",
        Description = "Limit of weights plus KV cache, e.g. 80GB, 80GiB or 8xH100.",
    };
    private static readonly Option<string> InferenceTokens = new("--inference-tokens")
    {
        HelpName = "N",
        Description = "Tokens that the trained model will process; paid from the compute budget.",
    };
    private static readonly Option<string> MaxParams = new("--max-params")
    {
        HelpName = "N",
        Description = "Limit of the total parameters.",
    };
    private static readonly Option<string> MaxTokens = new("--max-tokens")
    {
        HelpName = "N",
        Description = "Limit of the training tokens.",
    };
    private static readonly Option<string> AllowRepeats = new("--allow-repeats", "--unique-tokens")
    {
        HelpName = "N",
        Description = "Different tokens that there are; training on more repeats them, and they count for less.",
    };
    private static readonly Option<string> TrainingMemory = new("--training-memory")
    {
        HelpName = "BYTES",
        Description =
            "Limit of training memory on the most loaded rank, e.g. 80GB or H100, with the layout that the options of ranks below give.",
    };
    private static readonly Option<string> Weights = new("--weights")
    {
        HelpName = "TYPE",
        Description = "Type of the weights in memory: fp32, bf16, fp16, fp8, int8, mxfp4, nvfp4, int4. Default bf16.",
    };
    private static readonly Option<string> Kv = new("--kv") { HelpName = "TYPE", Description = "Type of the KV cache. Default bf16." };
    private static readonly Option<string> Family = new("--family")
    {
        HelpName = "ID|FILE",
        Description = "Shape family. Default: that of the law.",
    };
    private static readonly Option<string> MultipleOf = new("--multiple-of")
    {
        HelpName = "N",
        Description = "What all widths are a multiple of. Default 64.",
    };
    private static readonly Option<bool> Continuous = new("--continuous")
    {
        Description = "Continuous sizes, as in the papers, instead of models that can be built.",
    };
    private static readonly Option<bool> InRange = new("--in-range")
    {
        Description = "Leave out models outside the range of the law's experiments.",
    };
    private static readonly Option<bool> PreferSimple = new("--prefer-simple")
    {
        Description = "Among ties (closer than the law's error) take the fewest experts.",
    };

    private static readonly Option<string> Headroom = new("--headroom")
    {
        HelpName = "SHARE|BYTES",
        Description = "What stays free of each limit of memory, e.g. 10% or 4GB. Default: 10% of --training-memory, nothing of --memory.",
    };

    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        Flops,
        Gpus,
        Days,
        Mfu,
        Memory,
        Headroom,
        .. CacheOptions.All,
        InferenceTokens,
        MaxParams,
        MaxTokens,
        AllowRepeats,
        LawNames,
        Experts,
        Granularity,
        Weights,
        Kv,
        Family,
        MultipleOf,
        Continuous,
        InRange,
        PreferSimple,
        TrainingMemory,
        .. TrainingOptions.All,
    ];

    /// <summary>What of a budget was given, where that decides what is asked.</summary>
    /// <param name="Compute">Whether --flops, or --gpus and --days.</param>
    /// <param name="Memory">Whether --memory.</param>
    /// <param name="Inference">Whether --inference-tokens.</param>
    /// <param name="Continuous">Whether --continuous.</param>
    /// <param name="LooseHeadroom">Whether --headroom, but no limit of memory.</param>
    public sealed record Given(bool Compute, bool Memory, bool Inference, bool Continuous, bool LooseHeadroom);

    public static Given ReadGiven(ParseResult parsed) =>
        new(
            parsed.GetValue(Flops) is not null || parsed.GetValue(Days) is not null,
            parsed.GetValue(Memory) is not null,
            parsed.GetValue(InferenceTokens) is not null,
            parsed.GetValue(Continuous),
            parsed.GetValue(Headroom) is not null && parsed.GetValue(Memory) is null && parsed.GetValue(TrainingMemory) is null
        );

    /// <summary>How many laws the command line names.</summary>
    public static int ReadLawCount(ParseResult parsed) => ReadLaws(parsed).Length;

    /// <summary>A request for each law.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="flops">The compute budget where the question gives none.</param>
    /// <exception cref="UserException">An option that makes no sense, or two that contradict each other.</exception>
    public static IReadOnlyList<PlanRequest> ReadRequests(ParseResult parsed, double? flops = null)
    {
        bool continuous = parsed.GetValue(Continuous);
        if (continuous && parsed.GetValue(MultipleOf) is not null)
        {
            throw new UserException(
                "--continuous and --multiple-of contradict each other: continuous sizes are a multiple of nothing. Leave one out."
            );
        }
        Budget budget = ReadBudget(parsed, flops);
        double multipleOf = Options.Whole(parsed, MultipleOf, largest: 1e6) ?? 64;
        return
        [
            .. ReadLaws(parsed)
                .Select(name =>
                    PlanRequest.For(LawCatalog.Open(name), budget, parsed.GetValue(Family)) with
                    {
                        Experts = Options.List(parsed, Experts),
                        Granularities = Options.List(parsed, Granularity),
                        MultipleOf = multipleOf,
                        Continuous = continuous,
                        InRange = parsed.GetValue(InRange),
                        PreferSimple = parsed.GetValue(PreferSimple),
                    }
                ),
        ];
    }

    /// <summary>Where the plan is trained and served: as said, else on H100s.</summary>
    public static Deployment ReadDeployment(ParseResult parsed)
    {
        Cluster? training = parsed.GetValue(Gpus) is string gpus ? Cluster.Parse(gpus, "--gpus") : null;
        Cluster? server =
            parsed.GetValue(Memory) is string memory && MemoryText.IsCluster(memory) ? Cluster.Parse(memory, "--memory") : null;
        // A round number of devices to tell days on, where none was given.
        Cluster usual = training ?? new Cluster(64, server?.Accelerator ?? Accelerator.Open(Cluster.DefaultAccelerator));
        return new Deployment(usual, ReadMfu(parsed), server?.Accelerator ?? usual.Accelerator, server?.Count);
    }

    /// <summary>Devices that train; null where none are given.</summary>
    public static double? ReadDevices(ParseResult parsed) =>
        parsed.GetValue(Gpus) is string gpus ? Cluster.Parse(gpus, "--gpus").Count : null;

    private static string[] ReadLaws(ParseResult parsed)
    {
        string[] laws =
        [
            .. (parsed.GetValue(LawNames) ?? "joint-2025")
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Distinct(),
        ];
        return laws.Length > 0
            ? laws
            : throw new UserException($"--law '{parsed.GetValue(LawNames)}' names no law. Write for example --law joint-2025.");
    }

    private static double ReadMfu(ParseResult parsed) =>
        parsed.GetValue(Mfu) is string mfu ? Cluster.ParseMfu(mfu, "--mfu") : Cluster.DefaultMfu;

    private static Budget ReadBudget(ParseResult parsed, double? flops)
    {
        CacheOptions.Cache cache = CacheOptions.Read(parsed);
        Headroom? headroom = parsed.GetValue(Headroom) is string text ? Planning.Headroom.Parse(text, Headroom.Name) : null;
        Budget budget = new()
        {
            Flops = ReadFlops(parsed, flops),
            InferenceTokens = Options.Count(parsed, InferenceTokens) ?? 0,
            MemoryBytes = parsed.GetValue(Memory) is string memory ? MemoryText.Parse(memory, "--memory") : null,
            MemoryHeadroom = headroom ?? Planning.Headroom.None,
            KvTokens = cache.Tokens,
            Sequences = cache.Sequences,
            MaxTotalParams = Options.Positive(parsed, MaxParams),
            MaxTokens = Options.Positive(parsed, MaxTokens) is double tokens
                ? tokens >= 1
                    ? tokens
                    : throw new UserException($"--max-tokens '{parsed.GetValue(MaxTokens)}' is less than one token.")
                : null,
            UniqueTokens = Options.Positive(parsed, AllowRepeats),
            TrainingMemoryBytes = ReadTrainingMemory(parsed),
            TrainingHeadroom = headroom ?? Planning.Headroom.OfTraining,
            TrainingSetup = TrainingOptions.Read(parsed, ReadDevices(parsed), ExportArguments.ReadContextParallel(parsed)),
            Weights = Options.Type(parsed, Weights),
            Kv = Options.Type(parsed, Kv),
        };
        RequireRoom(parsed, Memory, budget.MemoryBytes, budget.MemoryHeadroom);
        RequireRoom(parsed, TrainingMemory, budget.TrainingMemoryBytes, budget.TrainingHeadroom);
        return budget;
    }

    private static void RequireRoom(ParseResult parsed, Option<string> limit, double? bytes, Headroom headroom)
    {
        if (bytes is double all && headroom.Within(all) <= 0)
        {
            string given = $"{Headroom.Name} {parsed.GetValue(Headroom)} leaves nothing of {limit.Name} {parsed.GetValue(limit)}";
            throw new UserException($"{given}. Give less of it, or more memory.");
        }
    }

    private static double ReadFlops(ParseResult parsed, double? otherwise)
    {
        string? days = parsed.GetValue(Days);
        string? gpus = parsed.GetValue(Gpus);
        if (days is not null && gpus is null)
        {
            throw new UserException("--days needs the devices that train: --gpus, for example --gpus 64xH100.");
        }
        if (days is not null && parsed.GetValue(Flops) is not null)
        {
            throw new UserException("--days and --flops both give the compute budget. Leave one out.");
        }
        if (days is not null)
        {
            double count =
                Quantity.TryParseCount(days, out double number) && number is > 0 and <= 1e6
                    ? number
                    : throw new UserException($"--days '{days}' is no number of days; write for example --days 30.");
            return Cluster.Parse(gpus!, "--gpus").Flops(count, ReadMfu(parsed));
        }
        if (parsed.GetValue(Flops) is string flops)
        {
            return Options.Bounded(Quantity.ParsePositiveCount(flops, "--flops"), Flops, Budget.Largest);
        }
        return otherwise
            ?? throw new UserException(
                gpus is null
                    ? "plan needs a compute budget. Give it with --flops, for example --flops 1e22, or with --gpus and --days."
                    : $"--gpus {gpus} is a compute budget only together with --days, for example --days 30."
            );
    }

    // One letter parts the length of a training sequence from the number of those that are served.
    private static string Served(string option) => option == "--sequence" ? "; sequences that are served are --sequences" : "";

    private static double? ReadTrainingMemory(ParseResult parsed)
    {
        if (parsed.GetValue(TrainingMemory) is not string memory)
        {
            // An export lays the model out, whatever memory that takes.
            return TrainingOptions.AnyGiven(parsed) is string option && parsed.GetValue(ExportArguments.OfPlan) is null
                ? throw new UserException(
                    $"{option} lays out training, whose memory is limited by --training-memory, for example "
                        + $"--training-memory 80GB. Give that too, or leave {option} out{Served(option)}."
                )
                : null;
        }
        if (!MemoryText.IsCluster(memory))
        {
            return MemoryText.Parse(memory, TrainingMemory.Name);
        }
        Cluster cluster = Cluster.Parse(memory, TrainingMemory.Name);
        return cluster.Count == 1
            ? cluster.MemoryBytes
            : throw new UserException(
                $"{TrainingMemory.Name} '{memory}' names {cluster.Count} devices; it is the memory of one rank, such as "
                    + $"{cluster.Accelerator.Id}."
            );
    }
}
