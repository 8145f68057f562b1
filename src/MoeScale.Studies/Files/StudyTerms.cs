using MoeScale.Basics;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Files;

/// <summary>Settings as keys of a study file: 'fit.starts'. What a study file has no key for cannot be given.</summary>
public sealed class StudyTerms : Terms
{
    /// <summary>The terms of any study.</summary>
    public static readonly StudyTerms All = new();

    // By the section that they stand in.
    private static readonly Dictionary<string, IReadOnlyCollection<string>> Keys = new()
    {
        ["fit"] = RequestReader.FitKeys,
        ["plan"] = StudyPlanRequest.Keys,
        ["train"] = [.. RecipeSettings.OfStudies, .. Settings.OfRouting],
        ["slurm"] = SlurmRequest.Keys,
    };

    // Keys of a cell's model and recipe stand under 'model' and 'train', or in a grid.
    private static readonly string[] OfCells = ["model", "train"];

    /// <inheritdoc/>
    public override string? Say(Setting setting)
    {
        // Any key of a model file may stand under 'model'.
        bool canBeGiven = setting.Section == "model" || Keys.GetValueOrDefault(setting.Section)?.Contains(setting.Name) == true;
        if (!canBeGiven)
        {
            return null;
        }
        string key = OfCells.Contains(setting.Section) ? setting.Name : $"{setting.Section}.{setting.Name}";
        return setting.Value is string value ? $"'{key}: {value}'" : $"'{key}'";
    }
}
