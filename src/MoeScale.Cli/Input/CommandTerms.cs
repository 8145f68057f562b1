using MoeScale.Basics;
using MoeScale.Training.Recipes;

namespace MoeScale.Cli.Input;

/// <summary>Settings as options of the command: "--multiple-of 64".</summary>
internal sealed class CommandTerms : Terms
{
    public static readonly CommandTerms All = new(fits: true);

    /// <summary>For verbs that fit nothing, and tell what the fit of a law warned of: "'fit --starts 100'".</summary>
    public static readonly CommandTerms OutsideFit = new(fits: false);

    private readonly bool _fits;

    private CommandTerms(bool fits) => _fits = fits;

    public override string Say(Setting setting)
    {
        string said = $"{Option(setting)}{(setting.Value is string value ? $" {InShell(value)}" : "")}";
        return setting.Section == "fit" && !_fits ? $"'fit {said}'" : said;
    }

    // A shell parts words at blanks, and runs what stands in backticks, also within double quotes.
    private static string InShell(string value) =>
        value.Contains('`', StringComparison.Ordinal) || (value.Contains(' ', StringComparison.Ordinal) && value[0] is not ('"' or '\''))
            ? $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'"
            : value;

    private static string Option(Setting setting) =>
        (setting.Section == "train" ? RecipeSettings.Find(setting.Name)?.Option : null) ?? $"--{setting.Name.Replace('_', '-')}";
}
