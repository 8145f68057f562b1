using MoeScale.Basics;

namespace MoeScale.Studies;

/// <summary>Settings as keys of a study file: 'fit.starts'.</summary>
public sealed class StudyTerms : Terms
{
    /// <summary>The terms of any study.</summary>
    public static readonly StudyTerms All = new();

    // Keys of a cell's model and recipe stand under 'model' and 'train', or in a grid.
    private static readonly string[] OfCells = ["model", "train"];

    /// <inheritdoc/>
    public override string? Say(Setting setting)
    {
        string key = OfCells.Contains(setting.Section) ? setting.Name : $"{setting.Section}.{setting.Name}";
        return setting.Value is string value ? $"'{key}: {value}'" : $"'{key}'";
    }
}
