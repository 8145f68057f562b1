using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training;
using MoeScale.Training.Data;
using MoeScale.Training.Layers;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Verbs;

/// <summary>What <c>train</c> is to do, checked as far as it can be without reading the text.</summary>
internal sealed record TrainQuestion
{
    private const double MaxThreads = 1024;
    private const double SweepShare = 0.1;

    public required string Out { get; init; }

    /// <summary>Where tokens of texts are kept that other runs read too; null for the folder of the run.</summary>
    public string? SharedData { get; init; }

    public required Model Model { get; init; }

    public required TrainText Text { get; init; }

    /// <summary>Where the rate is swept, that with which the sweep begins.</summary>
    public required RunConfiguration Configuration { get; init; }

    public required TrainRate Rate { get; init; }

    /// <summary>Of a short run of a sweep.</summary>
    public required long SweepTokens { get; init; }

    public required double DecayShare { get; init; }

    public required int Threads { get; init; }

    public required CheckpointRule Checkpoints { get; init; }

    /// <summary>Bytes of all tensors.</summary>
    public required double TensorBytes { get; init; }

    public bool IsSwept => Rate.From == TrainRate.Swept;

    public bool IsTrunk => Configuration.Branches.Count > 0;

    public DataSettings DataSettings =>
        new()
        {
            Context = Configuration.Context,
            Tokens = Configuration.Tokens,
            Seed = Configuration.Seed,
            Epochs = Configuration.Epochs,
            HeldOutTokens = Configuration.HeldOutTokens,
        };

    /// <summary>The configuration in a folder where a run has begun: what was swept then is swept no more.</summary>
    /// <param name="begun">Of that run; null where none has.</param>
    public RunConfiguration ConfigurationAfter(RunConfiguration? begun) =>
        IsSwept && begun?.LearningRateFrom == TrainRate.Swept ? Configuration with { LearningRate = begun.LearningRate } : Configuration;

    /// <exception cref="UserException">Something is missing, contradicts something else, or cannot be done on this machine.</exception>
    public static TrainQuestion Read(ParseResult parsed)
    {
        string folder =
            parsed.GetValue(TrainArguments.Out) ?? throw new UserException("nothing says where the run is to be kept. Give --out FOLDER.");
        TrainText text = TrainText.Read(parsed);
        Model model = TrainModel.Read(parsed, text.VocabularySize);
        TrainRate rate = TrainRate.Read(parsed, model);
        int context = (int)model.Context;
        TrainBatch step = TrainBatch.Of(model);
        (long tokens, long[] branches) = ReadTokens(parsed, step);
        RateShape schedule = ReadSchedule(parsed, branches.Length > 0);
        int batch = step.Read(parsed, tokens);
        int threads = (int)(Options.Whole(parsed, TrainArguments.Threads, MaxThreads) ?? Environment.ProcessorCount);
        double decay = Share(parsed, TrainArguments.Decay, DefaultRecipe.DecayShare);
        RunConfiguration configuration = new()
        {
            Text = text.Paths,
            HeldOut = text.HeldOutPaths,
            HeldOutShare = text.HeldOutShare,
            Field = text.Field,
            Tokenizer = text.Kind,
            TokenizerName = text.Tokenizer?.Name ?? "",
            TokenType = text.TokenType,
            Separator = text.Separator,
            Tokens = tokens,
            Branches = branches,
            Epochs = (int)(Options.Whole(parsed, TrainArguments.Epochs, RecipeLimits.MaxEpochs) ?? 1),
            Context = context,
            BatchSequences = batch,
            MicroBatchSequences = step.ReadMicroBatch(parsed, batch),
            RampTokens = Share(parsed, TrainArguments.BatchRamp, 0) * tokens,
            Schedule = schedule,
            LearningRate = rate.Rate,
            LearningRateFrom = rate.From,
            WarmupTokens = ReadWarmup(parsed, tokens),
            DecayTokens = schedule == RateShape.Wsd ? decay * tokens : 0,
            Seed = (ulong)(
                Options.Count(parsed, TrainArguments.Seed) is double seed
                && Options.Bounded(seed, TrainArguments.Seed, RecipeLimits.LargestSeed) == Math.Floor(seed)
                    ? seed
                : parsed.GetValue(TrainArguments.Seed) is null ? 0
                : throw new UserException($"--seed '{parsed.GetValue(TrainArguments.Seed)}' must be a whole number, such as 1.")
            ),
            InitialScale = Options.Positive(parsed, TrainArguments.InitialScale) ?? 0.1,
            InitialCut = parsed.GetValue(TrainArguments.InitialCut) switch
            {
                null or "2sd" => InitialCut.TwoDeviations,
                "0.2" => InitialCut.Absolute,
                string other => throw new UserException(
                    $"--init-cut '{other}' is not known. Known are 2sd (two standard deviations) and 0.2."
                ),
            },
            Optimizer = new AdamWSettings(
                WeightDecay: Options.Count(parsed, TrainArguments.WeightDecay) ?? 0.1,
                Clip: Options.Positive(parsed, TrainArguments.Clip) ?? 1
            ),
            HeldOutTokens = (long)(
                Options.Whole(parsed, TrainArguments.EvaluateTokens, RecipeLimits.MaxHeldOutTokens) ?? DefaultRecipe.HeldOutTokens
            ),
            HeldOutEvery = Options.Positive(parsed, TrainArguments.EvaluateEvery) ?? Math.Ceiling(tokens / 10.0),
        };
        return new TrainQuestion
        {
            Out = folder,
            SharedData = parsed.GetValue(TrainArguments.Data),
            Model = model,
            Text = text,
            Configuration = configuration,
            Rate = rate,
            SweepTokens = (long)(Options.Positive(parsed, TrainArguments.SweepTokens) ?? (SweepShare * tokens)),
            DecayShare = decay,
            Threads = threads,
            Checkpoints = new CheckpointRule(
                Options.Count(parsed, TrainArguments.CheckpointSeconds) ?? 60,
                (long)(Options.Whole(parsed, TrainArguments.CheckpointSteps, RecipeLimits.MaxCheckpointSteps) ?? 0)
            ),
            TensorBytes = RequireMemory(model, configuration, threads),
        };
    }

    private static (long Tokens, long[] Branches) ReadTokens(ParseResult parsed, TrainBatch step)
    {
        double? given = Options.Positive(parsed, TrainArguments.Tokens);
        IReadOnlyList<double>? branches = Options.List(parsed, TrainArguments.Branches);
        if (given is null == branches is null)
        {
            throw new UserException(
                given is null
                    ? "nothing says how long to train. Give --tokens N, such as 2M, or --branches with several lengths."
                    : "--branches has the lengths of all runs, and --tokens another one. Leave --tokens out."
            );
        }
        if (given is double tokens)
        {
            return (step.Whole(tokens, TrainArguments.Tokens), []);
        }
        long[] lengths = [.. branches!.Select(b => step.Whole(b, TrainArguments.Branches)).Order()];
        // Folders are named by them.
        return lengths.Select(l => Quantity.FormatCount(l)).Distinct().Count() == lengths.Length
            ? (lengths[^1], lengths)
            : throw new UserException(
                $"--branches {parsed.GetValue(TrainArguments.Branches)} has lengths that are the same in three digits. Give each once."
            );
    }

    private static RateShape ReadSchedule(ParseResult parsed, bool isTrunk)
    {
        string? name = parsed.GetValue(TrainArguments.Schedule);
        if (isTrunk && name is not (null or "wsd"))
        {
            throw new UserException(
                $"--branches share a run at constant rate, which --schedule {name} has not. Leave it out, or train each length alone."
            );
        }
        if (name == "cosine" && parsed.GetValue(TrainArguments.Decay) is not null)
        {
            throw new UserException("--decay belongs to --schedule wsd; a cosine falls from the warm-up on. Leave one out.");
        }
        return name switch
        {
            null or "wsd" => isTrunk ? RateShape.Constant : RateShape.Wsd,
            "cosine" => RateShape.Cosine,
            _ => throw new UserException(
                $"--schedule '{name}' is not known{Guess.Hint(name, ["wsd", "cosine"])}. Known are wsd and cosine."
            ),
        };
    }

    private static double ReadWarmup(ParseResult parsed, long tokens)
    {
        double warmup = Options.Count(parsed, TrainArguments.Warmup) ?? DefaultRecipe.WarmupShare;
        double counted = warmup < 1 ? warmup * tokens : warmup;
        return counted < tokens
            ? counted
            : throw new UserException(
                $"--warmup '{parsed.GetValue(TrainArguments.Warmup)}' is as long as the run of {tokens} tokens. Give a share below 1, or fewer tokens."
            );
    }

    private static double Share(ParseResult parsed, Option<string> option, double otherwise) =>
        Options.Count(parsed, option) is not double share ? otherwise
        : share < 1 ? share
        : throw new UserException(
            $"{option.Name} '{parsed.GetValue(option)}' is no share of the run; it takes 0 or more and less than 1, such as 0.2."
        );

    private static double RequireMemory(Model model, RunConfiguration configuration, int threads)
    {
        double there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        // Weights, gradients and two moments: enough to know that the rest cannot even be planned.
        double needed = 4.0 * sizeof(float) * Census.Of(model).StoredParams;
        bool canBePlanned = needed <= there;
        if (canBePlanned)
        {
            needed = Trainer.TensorBytesOf(model, configuration, threads);
        }
        // Activations shrink with what is computed at once, weights do not.
        int group = Transformer.GroupOf(model);
        string cure =
            !canBePlanned ? ""
            : configuration.MicroBatchSequences > group ? ", or lower --micro-batch"
            : group > 1 ? ", or lower --routing-group or --context"
            : ", or lower --context";
        return needed <= there
            ? needed
            : throw new UserException(
                $"'{model.Name}' needs {Quantity.FormatBytes(needed)} of memory to be trained; this machine gives {Quantity.FormatBytes(there)}. Take a smaller model{cure}."
            );
    }
}
