using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;

namespace MoeScale.Cli.Input;

/// <summary>Settings of a run that a configuration file tells: keys of the file, and options for what it has no key for.</summary>
internal sealed class ConfigTerms : Terms
{
    public static readonly ConfigTerms All = new();

    public override string? Say(Setting setting) =>
        setting.Section == "model"
        || (setting.Section == "train" && (RecipeSettings.Find(setting.Name) is not null || GivenText.Keys.Contains(setting.Name)))
            ? FileTerms.All.Say(setting)
            : CommandTerms.All.Say(setting);
}
