using MoeScale.Basics;
using MoeScale.Planning;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Files;

/// <summary>A question, the grid of models that answers it, and what to make of their losses.</summary>
public sealed record Study
{
    public required string Id { get; init; }

    /// <summary>The file as the user named it.</summary>
    public required string File { get; init; }

    /// <summary>Where the file lies, whole: a trainer of the user's is started here.</summary>
    public string Folder => Path.GetDirectoryName(Path.GetFullPath(File))!;

    /// <summary>What the study is to find out; may be empty.</summary>
    public required string Question { get; init; }

    public required StudyText Text { get; init; }

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<Cell> Cells { get; init; }

    /// <summary>What was settled for its cells and should be known.</summary>
    public IReadOnlyList<StudyNote> Notes { get; init; } = [];

    /// <summary>What trains them.</summary>
    public required TrainerCommand Trainer { get; init; }

    /// <summary>How often a failed cell is tried again.</summary>
    public required int Retries { get; init; }

    /// <summary>What its tasks need of Slurm.</summary>
    public required SlurmRequest Slurm { get; init; }

    public required StudyFitRequest Fit { get; init; }

    /// <summary>The rate law to fit to a sweep; null for none.</summary>
    public string? RateLaw { get; init; }

    public required IReadOnlyList<StudyPlanRequest> Plans { get; init; }

    /// <summary>The key of the free size of the shape family; null where the models are no family.</summary>
    public string? Size { get; init; }

    /// <summary>
    /// The shape family of a plan, with the keys that all cells share, as the text of a file; null where the models are no family.
    /// </summary>
    public string? Family { get; init; }

    /// <summary>Keys of its shapes, beyond the size and what a plan chooses, of which the grids have several values.</summary>
    public IReadOnlyList<string> FamilyVaries =>
        [
            .. Cells
                .SelectMany(c => c.Settings.Keys)
                .Distinct()
                .Where(k =>
                    k != Size
                    && k is not ("experts" or "granularity")
                    && !RecipeSettings.OfStudies.Contains(k)
                    && !Settings.OfRouting.Contains(k)
                )
                .Where(k => Cells.Select(c => c.Settings.GetValueOrDefault(k)).Distinct().Skip(1).Any()),
        ];

    /// <summary>Where the results go unless the user says otherwise: beside the file, without its ending.</summary>
    public string DefaultFolder => Path.ChangeExtension(File, null);

    public Cell Find(string name) =>
        Cells.FirstOrDefault(c => c.Name == name)
        ?? throw new UserException($"{File} has no cell '{name}'{Guess.Hint(name, Cells.Select(c => c.Name))}.");
}

/// <summary>What to fit to the runs.</summary>
public sealed record StudyFitRequest
{
    /// <summary>A law of the catalog or a file; null for the one that predicts the largest runs best.</summary>
    public string? Law { get; init; }

    /// <summary>Laws to compare; null for all of the catalog that the grid can identify.</summary>
    public IReadOnlyList<string>? Compare { get; init; }

    /// <summary>Coefficient: a number, or the law whose value it takes.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Fix { get; init; }

    /// <summary>Rows to hold out, as fits have it; null for the largest fifth by FLOPs.</summary>
    public string? HoldOut { get; init; }

    /// <summary>Rows to fit, as a filter of the table; null for all.</summary>
    public string? Where { get; init; }

    /// <summary>Whether the study says what to fit.</summary>
    public bool IsAsked => Law is not null || Compare is not null;

    public required int Bootstrap { get; init; }

    public string? Objective { get; init; }

    public double? Delta { get; init; }
}

/// <summary>A budget that the study's law is to be asked about.</summary>
public sealed record StudyPlanRequest
{
    /// <summary>What a study's runs cost, over columns of a plan.</summary>
    public const string Cost = "3 * matrix_flops_per_token * tokens";

    /// <summary>What a plan of a study file may say.</summary>
    public static readonly IReadOnlyList<string> Keys =
    [
        "flops",
        "memory",
        "inference_tokens",
        "max_tokens",
        "multiple_of",
        "experts",
        "granularity",
    ];

    public required double Flops { get; init; }

    public double? MemoryBytes { get; init; }

    public double InferenceTokens { get; init; }

    public double? MaxTokens { get; init; }

    public double MultipleOf { get; init; } = 1;

    public IReadOnlyList<double>? Experts { get; init; }

    public IReadOnlyList<double>? Granularities { get; init; }

    public Budget ToBudget() =>
        new()
        {
            Flops = Flops,
            MemoryBytes = MemoryBytes,
            InferenceTokens = InferenceTokens,
            MaxTokens = MaxTokens,
        };
}
