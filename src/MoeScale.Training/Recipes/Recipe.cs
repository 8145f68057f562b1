namespace MoeScale.Training.Recipes;

/// <summary>How a model is trained, with all defaults filled in: everything that is told of a run but its model and its text.</summary>
public sealed record Recipe
{
    /// <summary>What decides the bits of the run; its text is put in by who reads it.</summary>
    public required RunConfiguration Run { get; init; }

    /// <summary>Whether its runs are branches of one trunk.</summary>
    public bool IsTrunk { get; init; }

    /// <summary>Lengths of its runs in tokens, shortest first.</summary>
    public IReadOnlyList<long> Lengths { get; private init; } = [];

    /// <summary>"wsd" or "cosine"; a trainer of the user's may have others.</summary>
    public string Schedule { get; init; } = "wsd";

    /// <summary>Of a run, in which the rate falls, of "wsd".</summary>
    public double DecayShare { get; init; } = DefaultRecipe.DecayShare;

    /// <summary>They decide no bit.</summary>
    public CheckpointRule Checkpoints { get; init; } = new();

    /// <summary>Those settings that were given and go into the run as they are: key, and value as text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Given { get; init; } = [];

    /// <summary>Reads every setting of the table, in its order.</summary>
    /// <exception cref="Basics.UserException">A value that cannot be, or settings that contradict each other.</exception>
    public static Recipe Read(RecipeSource source)
    {
        Recipe recipe = RecipeSettings.All.Aggregate(Unread((int)source.Model.Context), (r, s) => s.Read(r, source));
        return recipe with
        {
            Given =
            [
                .. RecipeSettings
                    .All.Where(s => s.Tell is null && source.Has(s))
                    .Select(s => KeyValuePair.Create(s.Key, source.Checked(s))),
            ],
        };
    }

    /// <summary>The same recipe with runs of other lengths, shortest first; what was a share of the longest stays as it is.</summary>
    public Recipe WithLengths(IReadOnlyList<long> lengths) =>
        this with
        {
            Lengths = lengths,
            Run = Run with { Tokens = lengths.Count > 0 ? lengths[^1] : 0, Branches = IsTrunk ? lengths : [] },
        };

    /// <summary>Before anything is read: defaults that depend on nothing.</summary>
    internal static Recipe Unread(int context) =>
        new()
        {
            Run = new RunConfiguration
            {
                Text = [],
                Tokenizer = "",
                Tokens = 0,
                Context = context,
                BatchSequences = 0,
                MicroBatchSequences = 0,
                LearningRate = 0,
            },
        };
}
