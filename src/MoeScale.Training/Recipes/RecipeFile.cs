using System.Text.Json.Nodes;
using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Training.Recipes;

/// <summary>The recipe in a configuration file: the keys of the table, with every number worked out.</summary>
public static class RecipeFile
{
    /// <summary>Its keys.</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. RecipeSettings.All.Select(s => s.FileKey)];

    /// <summary>Keys and values as JSON has them: those that every recipe has, and others that were given.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Write(Recipe recipe)
    {
        Dictionary<string, string> given = new(recipe.Given);
        foreach (RecipeSetting setting in RecipeSettings.All)
        {
            JsonNode? value =
                setting.Tell is not null ? setting.Tell(recipe)
                : given.TryGetValue(setting.Key, out string? text) ? JsonValues.Of(text)
                : null;
            if (value is not null)
            {
                yield return KeyValuePair.Create<string, JsonNode?>(setting.FileKey, value);
            }
        }
    }

    /// <summary>Reads the recipe of a configuration file.</summary>
    /// <param name="file">The file, with whatever other keys.</param>
    /// <param name="model">That it is for.</param>
    /// <param name="rate">The learning rate where the file has none.</param>
    /// <exception cref="UserException">A value that cannot be, with its place.</exception>
    public static Recipe Read(YamlMap file, Model model, Func<DefaultRate> rate) => Recipe.Read(new FileSource(file, model, rate));

    private static Dictionary<string, string> Values(YamlMap file) =>
        RecipeSettings
            .All.Where(s => file.Has(s.FileKey))
            .ToDictionary(
                s => s.Key,
                s =>
                    file.IsList(s.FileKey) ? string.Join(',', file.Texts(s.FileKey))
                    // Less than a token, as a share of a short run may come out, is none; read on, it would be a share.
                    : s == RecipeSettings.Warmup && file.Number(s.FileKey) is >= 0 and < 1 ? "0"
                    : file.Text(s.FileKey)
            );

    private sealed class FileSource(YamlMap file, Model model, Func<DefaultRate> rate) : RecipeSource(model, Values(file))
    {
        // A file tells the decay of a schedule that has none, too.
        public override bool RefusesIdle => false;

        public override bool ScoresOnTheWay => false;

        protected override DefaultRate DefaultRate() => rate();

        public override UserException Complaint(RecipeSetting setting, Phrase complaint) =>
            file.Error(file.Has(setting.FileKey) ? setting.FileKey : file.FirstKey, new UserException(complaint.Say(FileTerms.All)));
    }
}

/// <summary>Settings as keys of a configuration file: 'warmup_tokens'.</summary>
public sealed class FileTerms : Terms
{
    public static readonly FileTerms All = new();

    /// <inheritdoc/>
    public override string? Say(Setting setting)
    {
        string key = RecipeSettings.Find(setting.Name)?.FileKey ?? setting.Name;
        string name = setting.Section == "model" ? $"model.{key}" : key;
        return setting.Value is string value ? $"'{name}: {value}'" : $"'{name}'";
    }
}
