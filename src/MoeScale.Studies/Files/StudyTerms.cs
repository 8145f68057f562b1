using MoeScale.Basics;

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
        ["train"] = [.. Settings.OfTraining, .. Settings.OfRouting],
        ["slurm"] = SlurmRequest.Keys,
    };

    /// <inheritdoc/>
    public override string? Say(Setting setting)
    {
        if (!Keys.TryGetValue(setting.Section, out IReadOnlyCollection<string>? keys) || !keys.Contains(setting.Name))
        {
            return null;
        }
        return setting.Value is string value ? $"'{setting.Section}.{setting.Name}: {value}'" : $"'{setting.Section}.{setting.Name}'";
    }
}
