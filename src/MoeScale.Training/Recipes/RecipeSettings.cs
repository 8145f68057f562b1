using System.Text.Json.Nodes;
using MoeScale.Basics;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Recipes;

/// <summary>
/// The table of all settings of a recipe, in the order in which they are read: a setting may depend on those above it. A new one is an
/// entry here, and a member of <see cref="RunConfiguration"/> that the trainer reads.
/// </summary>
public static class RecipeSettings
{
    /// <summary>Keys of models that complaints about a recipe name.</summary>
    internal static readonly Setting Context = new("model", "context"),
        RoutingGroup = new("model", "routing_group");

    public static readonly RecipeSetting Tokens = new()
    {
        Key = "tokens",
        Unit = "N",
        Help = $"Tokens to train on, such as 20M.",
        Range = NumberRange.AboveZero(RecipeLimits.MaxTokens),
        RunKey = "tokens",
        Tell = r => r.IsTrunk ? null : JsonValue.Create(r.Run.Tokens),
        Reader = (_, recipe, source) => RunLength.Read(recipe, source),
    };

    public static readonly RecipeSetting Branches = new()
    {
        Key = "branches",
        Unit = "LIST",
        Help = $"Instead of {Tokens.Name}: one run at constant rate, and a decayed branch of each of these lengths, such as 1M,2M,4M.",
        Range = NumberRange.AboveZero(RecipeLimits.MaxTokens),
        RunKey = "branches",
        Tell = r => r.IsTrunk ? new JsonArray([.. r.Lengths.Select(l => (JsonNode)l)]) : null,
        Reader = (_, recipe, _) => recipe,
    };

    public static readonly RecipeSetting Epochs = RecipeSetting.Number(
        "epochs",
        "N",
        $"How often a token may be trained on.",
        NumberRange.Whole(1, RecipeLimits.MaxEpochs),
        r => r.Run.Epochs,
        (r, value) => r with { Run = r.Run with { Epochs = (int)value } },
        "epochs"
    );

    public static readonly RecipeSetting BatchTokens = new()
    {
        Key = "batch_tokens",
        Unit = "N",
        Help = $"Tokens of a step.",
        DefaultRule = $"at most a 500th of {Tokens.Name}; docs/training.md",
        Range = NumberRange.AboveZero(),
        RunKey = "batch_sequences",
        Tell = r => (long)r.Run.BatchSequences * r.Run.Context,
        Column = new RecipeColumn("batch_tokens", c => (long)c.BatchSequences * c.Context, IsOfStudy: true),
        Reader = (_, recipe, source) => StepSize.Read(recipe, source),
    };

    public static readonly RecipeSetting Batch = new()
    {
        Key = "batch",
        Unit = "N",
        Help = $"Sequences of a step, instead.",
        Range = NumberRange.Whole(1, RecipeLimits.MaxSequences),
        RunKey = "batch_sequences",
        IsOfStudies = false,
        Tell = _ => null,
        Reader = (_, recipe, _) => recipe,
    };

    public static readonly RecipeSetting BatchRamp = new()
    {
        Key = "batch_ramp",
        Unit = "SHARE",
        Help = $"Share of the run over which a quarter, then a half of the batch is used.",
        Default = "0",
        Range = NumberRange.Share,
        RunKey = "ramp_tokens",
        Reader = (s, recipe, source) => recipe with { Run = recipe.Run with { RampTokens = (source.Number(s) ?? 0) * recipe.Run.Tokens } },
    };

    public static readonly RecipeSetting MicroBatch = new()
    {
        Key = "micro_batch",
        Unit = "N",
        Help = $"Sequences to compute at once; more of a step add up.",
        DefaultRule = $"about 4096 tokens",
        Range = NumberRange.Whole(1, RecipeLimits.MaxSequences),
        RunKey = "micro_batch_sequences",
        Tell = r => r.Run.MicroBatchSequences,
        // Capacity and the load-balancing loss are counted in these.
        Column = new RecipeColumn("micro_batch_tokens", c => (long)c.LargestMicroBatch * c.Context),
        Reader = (_, recipe, source) => StepSize.ReadMicroBatch(recipe, source),
    };

    public static readonly RecipeSetting LearningRate = new()
    {
        Key = "learning_rate",
        Option = "--lr",
        Unit = "RATE",
        Help = $"Highest learning rate.",
        DefaultRule = $"that of a law in its range, else a constant",
        Range = NumberRange.AboveZero(RecipeLimits.HighestRate),
        ForeignRange = NumberRange.AboveZero(RecipeLimits.MaxTokens),
        RunKey = "learning_rate",
        Tell = r => r.Run.LearningRate,
        Column = new RecipeColumn("learning_rate", c => c.LearningRate, IsOfStudy: true),
        Reader = (_, recipe, source) =>
        {
            DefaultRate rate = source.Rate(recipe);
            return recipe with { Run = recipe.Run with { LearningRate = rate.Rate, LearningRateFrom = rate.From } };
        },
    };

    public static readonly RecipeSetting Schedule = new()
    {
        Key = "schedule",
        Unit = "KIND",
        Help = $"wsd (constant, then linear to 0) or cosine (to a tenth).",
        Default = "wsd",
        Choices = ["wsd", "cosine"],
        RunKey = "schedule",
        Tell = r => r.Schedule,
        Column = new RecipeColumn("schedule", c => c.Schedule.ToString().ToLowerInvariant(), IsNumber: false),
        Reader = (_, recipe, source) => RateSchedule.Read(recipe, source),
    };

    public static readonly RecipeSetting Warmup = new()
    {
        Key = "warmup",
        FileKey = "warmup_tokens",
        Unit = "N",
        Help = $"Warm-up, as a share of the run below 1, else in tokens.",
        Default = FormattableString.Invariant($"{DefaultRecipe.WarmupShare}"),
        Range = NumberRange.FromZero,
        RunKey = "warmup_tokens",
        Tell = r => r.Run.WarmupTokens,
        Reader = (_, recipe, source) => RateSchedule.ReadWarmup(recipe, source),
    };

    public static readonly RecipeSetting Decay = new()
    {
        Key = "decay",
        FileKey = "decay_share",
        Unit = "SHARE",
        Help = $"Share of the run in which the rate falls, of wsd.",
        Default = FormattableString.Invariant($"{DefaultRecipe.DecayShare}"),
        Range = NumberRange.Share,
        Schedule = "wsd",
        RunKey = "decay_tokens",
        Tell = r => r.DecayShare,
        Reader = (_, recipe, source) => RateSchedule.ReadDecay(recipe, source),
    };

    public static readonly RecipeSetting Clip = OfOptimizer(
        "clip",
        $"Longest gradient.",
        NumberRange.AboveZero(),
        o => o.Clip,
        (o, value) => o with { Clip = value }
    );

    public static readonly RecipeSetting WeightDecay = OfOptimizer(
        "weight_decay",
        $"Of matrices.",
        NumberRange.FromZero,
        o => o.WeightDecay,
        (o, value) => o with { WeightDecay = value }
    );

    public static readonly RecipeSetting Beta1 = OfOptimizer(
        "beta1",
        $"AdamW: how much a step keeps of the mean of gradients.",
        NumberRange.Share,
        o => o.Beta1,
        (o, value) => o with { Beta1 = value }
    );

    public static readonly RecipeSetting Beta2 = OfOptimizer(
        "beta2",
        $"AdamW: how much a step keeps of the mean of their squares.",
        NumberRange.Share,
        o => o.Beta2,
        (o, value) => o with { Beta2 = value }
    );

    public static readonly RecipeSetting Epsilon = OfOptimizer(
        "epsilon",
        $"AdamW: what is added to the root of that mean.",
        NumberRange.AboveZero(),
        o => o.Epsilon,
        (o, value) => o with { Epsilon = value }
    );

    public static readonly RecipeSetting InitialScale = RecipeSetting.Number(
        "init_scale",
        "X",
        $"Initial variance times fan-in.",
        NumberRange.AboveZero(),
        r => r.Run.InitialScale,
        (r, value) => r with { Run = r.Run with { InitialScale = value } },
        "initial_scale"
    );

    public static readonly RecipeSetting InitialCut = new()
    {
        Key = "init_cut",
        Unit = "KIND",
        Help = $"Where initial normal numbers are cut: 2sd, or 0.2.",
        Default = "2sd",
        Choices = ["2sd", "0.2"],
        RunKey = "initial_cut",
        Reader = (s, recipe, source) =>
            source.Choice(s) == "0.2" ? recipe with { Run = recipe.Run with { InitialCut = Layers.InitialCut.Absolute } } : recipe,
    };

    public static readonly RecipeSetting Seed = new()
    {
        Key = "seed",
        Unit = "N",
        Help = $"Of the initial weights and of the order of the text.",
        Default = "0",
        Range = NumberRange.Whole(0, RecipeLimits.LargestSeed),
        RunKey = "seed",
        Tell = r => r.Run.Seed,
        Column = new RecipeColumn("seed", c => c.Seed, IsOfStudy: true),
        Reader = (s, recipe, source) => recipe with { Run = recipe.Run with { Seed = (ulong)(source.Number(s) ?? 0) } },
    };

    public static readonly RecipeSetting EvaluateEvery = new()
    {
        Key = "eval_every",
        Unit = "N",
        Help = $"Score held-out text each N tokens.",
        DefaultRule = $"a tenth of {Tokens.Name}",
        Range = NumberRange.AboveZero(),
        RunKey = "held_out_every",
        // Nobody reads what would be scored on the way of a study's run, a tenth of a short one's time.
        IsOfStudies = false,
        Reader = (s, recipe, source) =>
            recipe with
            {
                Run = recipe.Run with
                {
                    HeldOutEvery = source.Number(s) ?? (source.ScoresOnTheWay ? Math.Ceiling(recipe.Run.Tokens / 10.0) : 0),
                },
            },
    };

    public static readonly RecipeSetting EvaluateTokens = new()
    {
        Key = "eval_tokens",
        Unit = "N",
        Help = $"Held-out tokens to score at the end.",
        Default = $"{DefaultRecipe.HeldOutTokens}",
        Range = NumberRange.Whole(1, RecipeLimits.MaxHeldOutTokens),
        RunKey = "held_out_tokens",
        Tell = r => r.Run.HeldOutTokens,
        Reader = (_, recipe, source) => StepSize.ReadHeldOut(recipe, source),
    };

    public static readonly RecipeSetting CheckpointSeconds = RecipeSetting.Number(
        "checkpoint_seconds",
        "N",
        $"Write a checkpoint each N seconds; 0 for none.",
        NumberRange.FromZero,
        r => r.Checkpoints.Seconds,
        (r, value) => r with { Checkpoints = r.Checkpoints with { Seconds = value } },
        runKey: null
    );

    public static readonly RecipeSetting CheckpointSteps = new()
    {
        Key = "checkpoint_steps",
        Unit = "N",
        Help = $"Write a checkpoint each N steps, too.",
        Range = NumberRange.Whole(1, RecipeLimits.MaxCheckpointSteps),
        Reader = (s, recipe, source) =>
            source.Number(s) is double steps ? recipe with { Checkpoints = recipe.Checkpoints with { Steps = (long)steps } } : recipe,
    };

    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<RecipeSetting> All { get; } =
    [
        Tokens,
        Branches,
        Epochs,
        BatchTokens,
        Batch,
        BatchRamp,
        MicroBatch,
        LearningRate,
        Schedule,
        Warmup,
        Decay,
        Clip,
        WeightDecay,
        Beta1,
        Beta2,
        Epsilon,
        InitialScale,
        InitialCut,
        Seed,
        EvaluateEvery,
        EvaluateTokens,
        CheckpointSeconds,
        CheckpointSteps,
    ];

    /// <summary>What results say of a recipe, in their order.</summary>
    public static IReadOnlyList<RecipeColumn> Columns { get; } =
    [.. new[] { Seed, LearningRate }.Concat(All.Except([Seed, LearningRate])).Select(s => s.Column).OfType<RecipeColumn>()];

    /// <summary>Keys that a study may have under <c>train</c> and in its grids.</summary>
    public static IReadOnlyList<string> OfStudies { get; } = [.. All.Where(s => s.IsOfStudies).Select(s => s.Key)];

    /// <summary>The setting of a key; null where there is none.</summary>
    public static RecipeSetting? Find(string key) => All.FirstOrDefault(s => s.Key == key);

    private static RecipeSetting OfOptimizer(
        string key,
        Phrase help,
        NumberRange range,
        Func<AdamWSettings, double> get,
        Func<AdamWSettings, double, AdamWSettings> put
    ) =>
        RecipeSetting.Number(
            key,
            "X",
            help,
            range,
            r => get(r.Run.Optimizer),
            (r, value) => r with { Run = r.Run with { Optimizer = put(r.Run.Optimizer, value) } },
            $"optimizer.{key}"
        );
}
