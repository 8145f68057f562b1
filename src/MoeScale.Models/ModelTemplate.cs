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
        ("top_k", "granularity"),
        ("shared_experts", "0"),
    ];

    private static readonly string[] Activations = ["swiglu", "geglu", "relu", "gelu"];
    private static readonly string[] Norms = ["rmsnorm", "layernorm"];
    private static readonly string[] PositionKinds = ["rope", "learned"];
    private static readonly string[] Omissible = ["router", "norms", "biases", "positions"];

    private static readonly string[] OtherKeys =
        ["id", "description", "source", "activation", "norm", "norm_after_experts", "positions", "biases", "tied_embeddings", "not_counted"];

    private readonly CompiledFormula[] _sizes;
    private readonly Model _fixed;

    /// <param name="yaml">The file.</param>
    /// <param name="free">Sizes that are given later, in the order of the arguments of <see cref="Instantiate"/>.</param>
    /// <param name="furtherKeys">Keys that the caller reads.</param>
    /// <exception cref="UserException">A size is missing, unknown, or a formula of something that is no size.</exception>
    public ModelTemplate(YamlMap yaml, IReadOnlyList<string> free, IReadOnlyList<string> furtherKeys)
    {
        yaml.RefuseOthers([.. Sizes.Select(s => s.Name), .. OtherKeys, .. furtherKeys]);
        Dictionary<string, Expression> formulas = [];
        foreach ((string name, string? otherwise) in Sizes)
        {
            if (!free.Contains(name))
            {
                string text = yaml.OptionalText(name) ?? otherwise ?? yaml.Text(name);
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
                throw yaml.Error(name, $"'{unknown}' is no size{Guess.Hint(unknown, Sizes.Select(s => s.Name))}; known are {string.Join(", ", Sizes.Select(s => s.Name))}");
            }
        }
        Dictionary<string, Expression> resolved = NamedParts.Resolve(formulas, (name, message) => yaml.Error(name, message));
        _sizes = [.. Sizes.Select(s => CompiledFormula.Compile(resolved.GetValueOrDefault(s.Name) ?? Expression.Variable(s.Name), free))];
        _fixed = Fixed(yaml);
    }

    /// <summary>The model at the given free sizes.</summary>
    public Model Instantiate(ReadOnlySpan<double> free)
    {
        Span<double> sizes = stackalloc double[Sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = _sizes[i].Evaluate(free);
        }
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
            Expansion = sizes[8],
            Granularity = sizes[9],
            TopK = sizes[10],
            SharedExperts = sizes[11],
        };
    }

    /// <summary>Fails if a size is no positive number; for a file whose sizes are all given.</summary>
    /// <exception cref="UserException">A size is zero, negative or no number.</exception>
    public static void RequirePositive(Model m, YamlMap yaml)
    {
        ReadOnlySpan<double> values =
            [m.ModelWidth, m.Blocks, m.Heads, m.KvHeads, m.HeadWidth, m.FeedForwardWidth, m.VocabularySize, m.Context, m.Expansion, m.Granularity, m.TopK];
        for (int i = 0; i < values.Length; i++)
        {
            if (!(values[i] > 0 && double.IsFinite(values[i])))
            {
                throw yaml.Error(Sizes[i].Name, $"'{Sizes[i].Name}' comes out as {values[i]}; it needs a number above zero");
            }
        }
    }

    private static Model Fixed(YamlMap yaml)
    {
        return new Model
        {
            Name = yaml.Text("id"),
            ModelWidth = 0,
            Blocks = 0,
            Heads = 0,
            KvHeads = 0,
            HeadWidth = 0,
            FeedForwardWidth = 0,
            VocabularySize = 0,
            Context = 0,
            Activation = (Activation)Index(yaml, "activation", Activations),
            Normalization = (Normalization)Index(yaml, "norm", Norms),
            NormAfterExperts = yaml.Flag("norm_after_experts", otherwise: false),
            Positions = (Positions)Index(yaml, "positions", PositionKinds),
            Biases = yaml.Flag("biases", otherwise: false),
            TiedEmbeddings = yaml.Flag("tied_embeddings", otherwise: false),
            NotCounted = NotCounted(yaml),
        };
    }

    // The names stand in the order of the enumeration.
    private static int Index(YamlMap yaml, string key, string[] names) => Array.IndexOf(names, yaml.Choice(key, names));

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
                _ => throw yaml.Error("not_counted", $"'{role}' cannot be left out of the counts{Guess.Hint(role, Omissible)}; known are {string.Join(", ", Omissible)}"),
            };
        }
        return set;
    }

    // A plain value may carry a suffix (vocab_size: 50k); a formula may not.
    private static Expression Formula(YamlMap yaml, string name, string text) => Quantity.TryParseCount(text, out double value)
        ? Expression.Number(value)
        : Parser.ParseNumber(text, yaml.Place(name));
}
