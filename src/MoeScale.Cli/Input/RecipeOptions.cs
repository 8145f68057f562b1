using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Cli.Input;

/// <summary>The options of <c>train</c> that tell a recipe: one for each setting of its table.</summary>
internal static class RecipeOptions
{
    private static readonly Dictionary<RecipeSetting, Option<string>> Options = RecipeSettings.All.ToDictionary(
        s => s,
        s => new Option<string>(s.Option) { HelpName = s.Unit, Description = s.Description.Say(CommandTerms.All) }
    );

    public static Option<string> Of(RecipeSetting setting) => Options[setting];

    /// <summary>The setting that an option gives; null where it gives none.</summary>
    public static RecipeSetting? SettingOf(Option option) => Options.FirstOrDefault(o => o.Value == option).Key;

    /// <summary>What the command line says of a recipe.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">What is trained.</param>
    /// <param name="rate">The learning rate where none is given.</param>
    public static RecipeSource Source(ParseResult parsed, Model model, Func<DefaultRate> rate) => new OptionSource(parsed, model, rate);

    public static bool Has(ParseResult parsed, RecipeSetting setting) => parsed.GetValue(Options[setting]) is not null;

    private sealed class OptionSource(ParseResult parsed, Model model, Func<DefaultRate> rate) : RecipeSource(model, Values(parsed))
    {
        public override UserException Complaint(RecipeSetting setting, Phrase complaint) => new(complaint);

        protected override DefaultRate DefaultRate() => rate();

        private static Dictionary<string, string> Values(ParseResult parsed) =>
            RecipeSettings.All.Where(s => RecipeOptions.Has(parsed, s)).ToDictionary(s => s.Key, s => parsed.GetValue(Options[s])!);
    }
}
