using MoeScale.Basics;
using MoeScale.Training.Recipes;

namespace MoeScale.Cli.Input;

/// <summary>Settings as options of the command: "--multiple-of 64".</summary>
internal sealed class CommandTerms : Terms
{
    public static readonly CommandTerms All = new();

    public override string Say(Setting setting) => $"{Option(setting)}{(setting.Value is string value ? $" {InShell(value)}" : "")}";

    // A shell runs what stands in backticks, also within double quotes.
    private static string InShell(string value) =>
        value.Contains('`', StringComparison.Ordinal) ? $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'" : value;

    private static string Option(Setting setting) =>
        (setting.Section == "train" ? RecipeSettings.Find(setting.Name)?.Option : null) ?? $"--{setting.Name.Replace('_', '-')}";
}
