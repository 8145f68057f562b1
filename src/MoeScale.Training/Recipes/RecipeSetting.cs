using System.Text.Json.Nodes;
using MoeScale.Basics;

namespace MoeScale.Training.Recipes;

/// <summary>
/// One setting of a recipe: what it is called wherever it is given or told, what it may be, and how it gets into a run. Study files,
/// options of <c>train</c>, configuration files, columns of results and the table of docs/training.md all follow from it.
/// </summary>
public sealed class RecipeSetting
{
    /// <summary>As study files have it: "micro_batch".</summary>
    public required string Key { get; init; }

    /// <summary>What stands for its value in a help: "N".</summary>
    public required string Unit { get; init; }

    /// <summary>One sentence of documentation.</summary>
    public required Phrase Help { get; init; }

    /// <summary>Reads it, checks it, and puts it into a recipe, in which the settings before it in the table are filled in.</summary>
    public required Func<RecipeSetting, Recipe, RecipeSource, Recipe> Reader { get; init; }

    /// <summary>Option of <c>train</c>: the key with hyphens, but for a name that everybody abbreviates.</summary>
    public string Option
    {
        get => field ?? $"--{Key.Replace('_', '-')}";
        init;
    }

    /// <summary>
    /// Its key in a configuration file: that of a study, but where the file tells a number that the study may give as another.
    /// </summary>
    public string FileKey
    {
        get => field ?? Key;
        init;
    }

    /// <summary>Where run.json has it: "optimizer.clip"; null where no bit depends on it.</summary>
    public string? RunKey { get; init; }

    /// <summary>Its value where it is not given; null where it is needed, or none.</summary>
    public string? Default { get; init; }

    /// <summary>In words, where it follows from others.</summary>
    public Phrase? DefaultRule { get; init; }

    /// <summary>Numbers that it takes; null where it takes <see cref="Choices"/>.</summary>
    public NumberRange? Range { get; init; }

    /// <summary>Numbers that a trainer of the user's may take; null for the same.</summary>
    public NumberRange? ForeignRange { get; init; }

    /// <summary>Names that it takes.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The schedule without which it has no effect; null where it always has one.</summary>
    public string? Schedule { get; init; }

    /// <summary>Whether a study may give it.</summary>
    public bool IsOfStudies { get; init; } = true;

    /// <summary>
    /// Its value in a configuration file, which has it also where it is not given; null for one that is told only if it is given.
    /// </summary>
    public Func<Recipe, JsonNode?>? Tell { get; init; }

    /// <summary>What results say of it; null for nothing.</summary>
    public RecipeColumn? Column { get; init; }

    /// <summary>By which complaints name it.</summary>
    public Setting Name => new("train", Key);

    /// <summary>What a help says: the sentence and the default.</summary>
    public Phrase Description =>
        DefaultRule is not null ? $"{Help} Default: {DefaultRule}."
        : Default is not null ? $"{Help} Default {Default}."
        : Help;

    /// <summary>The recipe with the setting as it is given, or with its default.</summary>
    /// <exception cref="UserException">Its value cannot be, or it has no effect in this recipe.</exception>
    public Recipe Read(Recipe recipe, RecipeSource source) =>
        source.RefusesIdle && source.Has(this) && WhyIdle(recipe) is Phrase why
            ? throw source.Complaint(this, why)
            : Reader(this, recipe, source);

    /// <summary>Why it has no effect in a recipe, in whole sentences with the cure; null where it has one.</summary>
    /// <param name="recipe">With its schedule read.</param>
    public Phrase? WhyIdle(Recipe recipe)
    {
        if (Schedule is not null && recipe.Schedule != Schedule)
        {
            return $"{Name} belongs to {RecipeSettings.Schedule.Name.To(Schedule)}, and has no effect on {recipe.Schedule}. Leave one out.";
        }
        return null;
    }

    /// <summary>A number that goes into the recipe as it is. Its default is what stands there.</summary>
    internal static RecipeSetting Number(
        string key,
        string unit,
        Phrase help,
        NumberRange range,
        Func<Recipe, double> get,
        Func<Recipe, double, Recipe> put,
        string? runKey
    ) =>
        new()
        {
            Key = key,
            Unit = unit,
            Help = help,
            Range = range,
            RunKey = runKey,
            Default = NumberRange.Shown(get(Recipe.Unread(0))),
            Reader = (setting, recipe, source) => source.Number(setting) is double value ? put(recipe, value) : recipe,
        };
}

/// <summary>A column of results, the table of runs among them.</summary>
/// <param name="Name">Of the column.</param>
/// <param name="Value">A number or a text.</param>
/// <param name="IsOfStudy">Whether a study fills it in itself, whatever its trainer says.</param>
/// <param name="IsNumber">Whether it holds numbers, and not texts.</param>
public sealed record RecipeColumn(string Name, Func<RunConfiguration, object> Value, bool IsOfStudy = false, bool IsNumber = true);
