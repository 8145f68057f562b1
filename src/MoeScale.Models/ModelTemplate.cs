using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Models;

/// <summary>
/// What a model file and a shape family have in common: each size is a formula of the other sizes, and sizes that are
/// declared free are given later. A model file has no free size.
/// </summary>
internal sealed class ModelTemplate
{
    /// <summary>Sizes with the formula that holds when the file gives none; those without one must be given.</summary>
    private static readonly (string Name, string? Default)[] Sizes =
    [
        ("d_model", null),
        ("n_blocks", null),
        ("n_heads", null),
        ("n_kv_heads", "n_heads"),
        ("head_dim", "d_model / n_heads"),
        ("d_ff", null),
        ("vocab_size", null),
        ("context", null),
        ("experts", "1"),
        ("granularity", "1"),
        ("expert_count", "experts * granularity"),
        ("d_expert", "d_ff / granularity"),
        ("top_k", "granularity"),
        ("shared_experts", "0"),
        ("d_shared", "shared_experts * d_expert"),
        ("leading_dense_blocks", "0"),
        ("moe_every", "1"),
        ("vocab_multiple_of", "1"),
        ("mtp_modules", "0"),
        ("q_lora_rank", "0"),
        ("kv_lora_rank", "0"),
        ("qk_nope_head_dim", "0"),
        ("qk_rope_head_dim", "0"),
        ("v_head_dim", "0"),
        ("routing_group", "0"),
        ("trailing_dense_blocks", "0"),
        ("rope_theta", $"{Model.DefaultRopeTheta}"),
        ("norm_epsilon", "0.00001"),
        ("sliding_window", "0"),
        ("full_attention_blocks", "0"),
        ("index_n_heads", "0"),
        ("index_head_dim", "0"),
        ("index_topk", "0"),
        ("attention_chunk", "0"),
    ];

    /// <summary>Sizes that may be zero, which means none of the thing.</summary>
    private static readonly string[] MayBeZero =
    [
        "shared_experts",
        "d_shared",
        "leading_dense_blocks",
        "mtp_modules",
        "q_lora_rank",
        "kv_lora_rank",
        "qk_nope_head_dim",
        "qk_rope_head_dim",
        "v_head_dim",
        "routing_group",
        "trailing_dense_blocks",
        "sliding_window",
        "full_attention_blocks",
        "index_n_heads",
        "index_head_dim",
        "index_topk",
        "attention_chunk",
    ];

    private static readonly string[] Activations = ["swiglu", "geglu", "relu", "gelu", "geglu_tanh", "gelu_tanh"];
    private static readonly string[] Norms = ["rmsnorm", "layernorm"];
    private static readonly string[] AttentionKinds = ["full", "local"];
    private static readonly string[] PositionKinds = ["rope", "learned"];
    private static readonly string[] QueryKeyNorms = ["none", "full", "per_head"];
    private static readonly string[] Omissible = ["router", "norms", "biases", "positions"];
    private static readonly string[] BiasNames = ["qkv", "attention_output", "feed_forward", "experts", "shared_experts", "router", "head"];

    private static readonly string[] OtherKeys =
    [
        "id",
        "description",
        "source",
        "note",
        "left_out",
        "config_keys",
        "published_total",
        "published_active",
        "activation",
        "norm",
        "norm_after_parts",
        "norm_after_experts",
        "qk_norm",
        "attention_sinks",
        "attention_pattern",
        "shared_gate",
        "positions",
        "biases",
        "tied_embeddings",
        "not_counted",
        .. RoutingKeys.Names.Except(Sizes.Select(s => s.Name)),
    ];

    private readonly CompiledFormula _sizes;
    private readonly Model _fixed;

    /// <param name="yaml">The file.</param>
    /// <param name="free">Sizes that are given later, in the order of the arguments of <see cref="Instantiate"/>.</param>
    /// <param name="furtherKeys">Keys that the caller reads.</param>
    /// <exception cref="UserException">A size is missing, unknown, or a formula of something that is no size.</exception>
    public ModelTemplate(YamlMap yaml, IReadOnlyList<string> free, IReadOnlyList<string> furtherKeys)
    {
        yaml.RefuseOthers([.. Sizes.Select(s => s.Name), .. OtherKeys, .. furtherKeys]);
        RefuseTwoSpellings(yaml);
        Dictionary<string, Expression> formulas = [];
        foreach ((string name, string? otherwise) in Sizes)
        {
            if (!free.Contains(name))
            {
                string text = yaml.OptionalText(name) ?? Derived(yaml, name) ?? otherwise ?? yaml.Text(name);
                formulas.Add(name, Formula(yaml, name, text));
            }
            else if (yaml.Has(name))
            {
                throw yaml.Error(name, $"'{name}' is free in a shape family: the planner gives it, so the file must not");
            }
        }
        foreach ((string name, Expression formula) in formulas)
        {
            string? unknown = formula.FreeNames().FirstOrDefault(n => !Array.Exists(Sizes, s => s.Name == n));
            if (unknown is not null)
            {
                throw yaml.Error(
                    name,
                    $"'{unknown}' is no size{Guess.Hint(unknown, Sizes.Select(s => s.Name))}; "
                        + $"known are {string.Join(", ", Sizes.Select(s => s.Name))}"
                );
            }
        }
        Dictionary<string, Expression> resolved = NamedParts.Resolve(formulas, (name, message) => yaml.Error(name, message));
        _sizes = CompiledFormula.Compile([.. Sizes.Select(s => resolved.GetValueOrDefault(s.Name) ?? Expression.Variable(s.Name))], free);
        _fixed = Fixed(yaml);
    }

    /// <summary>The model at the given free sizes.</summary>
    public Model Instantiate(ReadOnlySpan<double> free)
    {
        Span<double> sizes = stackalloc double[Sizes.Length];
        _sizes.EvaluateAll(free, sizes);
        return _fixed with
        {
            ModelWidth = sizes[0],
            Blocks = sizes[1],
            Heads = sizes[2],
            KvHeads = sizes[3],
            HeadWidth = sizes[4],
            FeedForwardWidth = sizes[5],
            VocabularySize = sizes[6],
            Context = sizes[7],
            ExpertCount = sizes[10],
            ExpertWidth = sizes[11],
            TopK = sizes[12],
            SharedWidth = sizes[14],
            LeadingDenseBlocks = sizes[15],
            MoeEvery = sizes[16],
            VocabularyMultipleOf = sizes[17],
            PredictionModules = sizes[18],
            Latent = sizes[20] == 0 ? null : new LatentAttention(sizes[19], sizes[20], sizes[21], sizes[22], sizes[23]),
            RoutingGroup = sizes[24],
            TrailingDenseBlocks = sizes[25],
            RopeTheta = sizes[26],
            NormEpsilon = sizes[27],
            SlidingWindow = sizes[28],
            FullAttentionBlocks = sizes[29],
            Indexer = sizes[30] == 0 ? null : new SparseIndexer(sizes[30], sizes[31], sizes[32]),
            AttentionChunk = sizes[33],
        };
    }

    /// <summary>Fails if a size is no number above zero, or none where the model has no such part.</summary>
    /// <param name="free">The free sizes at which to try.</param>
    /// <param name="yaml">The file.</param>
    /// <exception cref="UserException">A size is zero, negative or no number.</exception>
    public void RequirePositive(ReadOnlySpan<double> free, YamlMap yaml)
    {
        double[] sizes = new double[Sizes.Length];
        _sizes.EvaluateAll(free, sizes);
        for (int i = 0; i < Sizes.Length; i++)
        {
            double value = sizes[i];
            bool mayBeZero = MayBeZero.Contains(Sizes[i].Name);
            if (!(double.IsFinite(value) && (value > 0 || (mayBeZero && value == 0))))
            {
                throw yaml.Error(
                    Sizes[i].Name,
                    $"'{Sizes[i].Name}' comes out as {value}; it needs a number {(mayBeZero ? "that is not below" : "above")} zero"
                );
            }
        }
    }

    // Experts are given either relative to the dense layer, as the papers do, or by number and width, as models are built.
    private static void RefuseTwoSpellings(YamlMap yaml)
    {
        foreach (
            (string relative, string absolute) in new[]
            {
                ("experts", "expert_count"),
                ("granularity", "d_expert"),
                ("shared_experts", "d_shared"),
            }
        )
        {
            if (yaml.Has(relative) && yaml.Has(absolute))
            {
                throw yaml.Error(absolute, $"'{relative}' and '{absolute}' say the same in two ways; leave one of them out");
            }
        }
        foreach (string latent in new[] { "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim" })
        {
            if (yaml.Has(latent) && !yaml.Has("kv_lora_rank"))
            {
                throw yaml.Error(latent, $"'{latent}' belongs to latent attention, which also needs 'kv_lora_rank'");
            }
        }
    }

    // A size that the file gives in another spelling.
    private static string? Derived(YamlMap yaml, string name) =>
        name switch
        {
            "experts" when yaml.Has("expert_count") => "expert_count / granularity",
            "granularity" when yaml.Has("d_expert") => "d_ff / d_expert",
            // Experts without a dense layer are measured by the one that would cost the same.
            "d_ff" when yaml.Has("d_expert") && yaml.Has("top_k") => yaml.Has("d_shared")
                ? "top_k * d_expert + d_shared"
                : "(top_k + shared_experts) * d_expert",
            "d_ff" when yaml.Has("d_expert") => throw yaml.Error("d_expert", "a file with 'd_expert' needs 'd_ff' or 'top_k' too"),
            "shared_experts" when yaml.Has("d_shared") => "d_shared / d_expert",
            "head_dim" when yaml.Has("kv_lora_rank") => "qk_nope_head_dim + qk_rope_head_dim",
            "qk_nope_head_dim" or "qk_rope_head_dim" or "v_head_dim" when yaml.Has("kv_lora_rank") => yaml.Text(name),
            _ => null,
        };

    private static Model Fixed(YamlMap yaml)
    {
        Routing routing = RoutingKeys.Read(yaml);
        return new Model
        {
            Name = yaml.Text("id"),
            ModelWidth = 0,
            Blocks = 0,
            Heads = 0,
            KvHeads = 0,
            HeadWidth = 0,
            FeedForwardWidth = 0,
            ExpertWidth = 0,
            VocabularySize = 0,
            Context = 0,
            Activation = (Activation)Index(yaml, "activation", Activations),
            Normalization = (Normalization)Index(yaml, "norm", Norms),
            NormAfterExperts = yaml.Flag("norm_after_experts", otherwise: false),
            Positions = (Positions)Index(yaml, "positions", PositionKinds),
            Biases = Biases(yaml) | (routing.BalanceBias > 0 ? BiasSet.Router : BiasSet.None),
            Routing = routing,
            QueryKeyNorm = (QueryKeyNorm)Array.IndexOf(QueryKeyNorms, yaml.Choice("qk_norm", QueryKeyNorms, "none")),
            NormAfterParts = yaml.Flag("norm_after_parts", otherwise: false),
            AttentionPattern = Pattern(yaml),
            AttentionSinks = yaml.Flag("attention_sinks", otherwise: false),
            SharedGate = yaml.Flag("shared_gate", otherwise: false),
            Note = yaml.OptionalText("note") ?? "",
            LeftOut = yaml.OptionalText("left_out") ?? "",
            ConfigKeys = ConfigKeys(yaml),
            PublishedTotal = yaml.OptionalText("published_total") ?? "",
            PublishedActive = yaml.OptionalText("published_active") ?? "",
            TiedEmbeddings = yaml.Flag("tied_embeddings", otherwise: false),
            NotCounted = NotCounted(yaml),
        };
    }

    private static string Pattern(YamlMap yaml)
    {
        const string Key = "attention_pattern";
        IReadOnlyList<string> kinds = yaml.Texts(Key);
        if (kinds.FirstOrDefault(k => !AttentionKinds.Contains(k)) is string other)
        {
            throw yaml.Error(Key, $"'{other}' is no kind of attention{Guess.Hint(other, AttentionKinds)}; known are full and local");
        }
        return string.Concat(kinds.Select(k => k == AttentionKinds[0] ? LayerPattern.Full : LayerPattern.Local));
    }

    private static string ConfigKeys(YamlMap yaml)
    {
        string text = yaml.OptionalText("config_keys") ?? "";
        try
        {
            return text.Length == 0 || JsonText.Parse(text).ValueKind == JsonValueKind.Object
                ? text
                : throw Complaint("it is another value");
        }
        catch (JsonException e)
        {
            throw Complaint(JsonText.Reason(e));
        }

        UserException Complaint(string reason) =>
            yaml.Error("config_keys", $"'config_keys' needs keys of a config.json, as a JSON object in quotes: {reason}");
    }

    // The names stand in the order of the enumeration.
    private static int Index(YamlMap yaml, string key, string[] names) => Array.IndexOf(names, yaml.Choice(key, names));

    // 'true' for every layer of a block, or a list of those that have them.
    private static BiasSet Biases(YamlMap yaml)
    {
        if (!yaml.IsList("biases"))
        {
            return yaml.Flag("biases", otherwise: false) ? BiasSet.Layers : BiasSet.None;
        }
        BiasSet set = BiasSet.None;
        foreach (string name in yaml.Texts("biases"))
        {
            int index = Array.IndexOf(BiasNames, name);
            set |=
                index >= 0
                    ? (BiasSet)(1 << index)
                    : throw yaml.Error(
                        "biases",
                        $"'{name}' has no bias{Guess.Hint(name, BiasNames)}; known are {string.Join(", ", BiasNames)}"
                    );
        }
        return set;
    }

    /// <summary>"swiglu": as a file says it.</summary>
    public static string Write(Activation activation) => Activations[(int)activation];

    /// <summary>The biases as a file lists them.</summary>
    public static string Write(BiasSet biases) =>
        biases switch
        {
            BiasSet.None => "false",
            BiasSet.Layers => "true",
            _ => $"[{string.Join(", ", BiasNames.Where((_, i) => biases.HasFlag((BiasSet)(1 << i))))}]",
        };

    /// <summary>The pattern as a file lists it.</summary>
    public static string WritePattern(string pattern) =>
        $"[{string.Join(", ", pattern.Select(letter => AttentionKinds[letter == LayerPattern.Full ? 0 : 1]))}]";

    private static RoleSet NotCounted(YamlMap yaml)
    {
        RoleSet set = RoleSet.None;
        foreach (string role in yaml.Texts("not_counted"))
        {
            set |= role switch
            {
                "router" => RoleSet.Router,
                "norms" => RoleSet.Norms,
                "biases" => RoleSet.Biases,
                "positions" => RoleSet.Positions,
                _ => throw yaml.Error(
                    "not_counted",
                    $"'{role}' cannot be left out of the counts{Guess.Hint(role, Omissible)}; known are {string.Join(", ", Omissible)}"
                ),
            };
        }
        return set;
    }

    // A plain value may carry a suffix (vocab_size: 50k); a formula may not.
    private static Expression Formula(YamlMap yaml, string name, string text) =>
        Quantity.TryParseCount(text, out double value) ? Expression.Number(value) : Parser.ParseNumber(text, yaml.Place(name));
}
