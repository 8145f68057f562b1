using MoeScale.Basics;

namespace MoeScale.Studies.Files;

/// <summary>Settings as keys of a study file: 'fit.starts'.</summary>
public sealed class StudyTerms : Terms
{
    /// <summary>The terms of any study.</summary>
    public static readonly StudyTerms All = new();

    /// <inheritdoc/>
    public override string? Say(Setting setting)
    {
        if (setting.Section == "plan" && !StudyPlanRequest.Keys.Contains(setting.Name))
        {
            return null;
        }
        return setting.Value is string value ? $"'{setting.Section}.{setting.Name}: {value}'" : $"'{setting.Section}.{setting.Name}'";
    }
}
