using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>
/// Who chooses whom in a Mixture-of-Experts layer: what a model file says of it, and what it means for whoever trains or uses the model.
/// How tokens are then sent to experts is the trainer's to know.
/// </summary>
public abstract class RoutingKind
{
    private protected RoutingKind() { }

    /// <summary>Each token takes its best experts.</summary>
    public static RoutingKind TokenChoice { get; } = new TokenChoiceRouting();

    /// <summary>Each expert takes its best tokens of a group.</summary>
    public static RoutingKind ExpertChoice { get; } = new ExpertChoiceRouting();

    /// <summary>All that there are; the first is that of a file that names none.</summary>
    public static IReadOnlyList<RoutingKind> All { get; } = [TokenChoice, ExpertChoice];

    public static RoutingKind Default => All[0];

    /// <summary>"token_choice": as a model file says it.</summary>
    public abstract string Name { get; }

    /// <summary>The keys of a model file that this kind has, beside <c>routing</c> and <c>top_k</c>.</summary>
    public abstract IReadOnlyList<string> Keys { get; }

    /// <summary>Whether every expert has the same number of tokens, so that there is no load to balance.</summary>
    public virtual bool IsBalanced => false;

    /// <summary>The kind of such a name; null where there is none.</summary>
    public static RoutingKind? Find(string? name) => All.FirstOrDefault(k => k.Name == name);

    /// <summary>Whether a key belongs to other kinds alone.</summary>
    public bool Lacks(string key) => !Keys.Contains(key) && All.Any(k => k.Keys.Contains(key));

    /// <summary>Sequences that are routed together, of which everything that feeds a model needs whole groups; 1 for none.</summary>
    public virtual int GroupOf(Model model) => 1;

    /// <summary>How many experts' outputs a token may get the sum of, as the initialization counts them.</summary>
    public virtual double SummedExperts(Model model) => model.ExpertCount;

    /// <summary>What happens at a router of a model, in a few words and numbers, without the sizes of its experts.</summary>
    public abstract string Describe(Model model);

    /// <summary>The same, shorter.</summary>
    /// <param name="topK">Experts of a token, as they are to be written.</param>
    public abstract string Brief(string topK);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Reads its keys.</summary>
    /// <exception cref="UserException">A value that cannot be.</exception>
    internal abstract Routing Read(YamlMap yaml, RouterWeights weights);

    /// <summary>Its keys and their values, as texts or numbers.</summary>
    internal abstract IEnumerable<(string Key, object Value)> Write(Model model);

    /// <summary>Why one of its keys cannot stand in a file of another kind.</summary>
    internal abstract Phrase NotFor(Phrase key, RoutingKind other);

    /// <summary>What makes keys of other kinds meaningless here, after "with 'kind'".</summary>
    internal abstract string Trait { get; }

    /// <summary><see cref="Model.RoutingGroup"/> where a routing is changed.</summary>
    /// <param name="given">By the user; null for none.</param>
    /// <param name="experts">expert_count</param>
    /// <param name="topK">top_k</param>
    internal virtual double GroupFor(double? given, double experts, double topK) => 0;

    /// <summary>Why such a model cannot be built; null if it can.</summary>
    internal virtual BuildFault? WhyNot(Model model) => null;
}
