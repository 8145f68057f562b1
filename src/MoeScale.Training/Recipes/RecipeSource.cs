using System.Globalization;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Recipes;

/// <summary>
/// What a recipe is read from: texts by the keys of the table. Options of a command, files and the cells of a study differ in how they
/// tell a mistake, and in little else.
/// </summary>
/// <param name="model">What is trained.</param>
/// <param name="values">Key and text of each setting that is given.</param>
public abstract class RecipeSource(Model model, IReadOnlyDictionary<string, string> values)
{
    public Model Model { get; } = model;

    /// <summary>Sequences that are trained on together at least: a routing group where experts choose, else 1.</summary>
    public int Group { get; } = Transformer.GroupOf(model);

    /// <summary>Tokens of a sequence.</summary>
    public int Context => (int)Model.Context;

    /// <summary>Tokens of a group.</summary>
    public double Unit => Model.Context * Group;

    /// <summary>Whether another program trains, whose schedules and limits nobody knows.</summary>
    public virtual bool IsForeign => false;

    /// <summary>Whether a setting is refused where it has no effect. What many cells share, whoever has read them all refuses.</summary>
    public virtual bool RefusesIdle => true;

    /// <summary>Whether held-out text is scored on the way, also where nothing says how often.</summary>
    public virtual bool ScoresOnTheWay => true;

    /// <summary>Whether anything is held out.</summary>
    public virtual bool HoldsOut => true;

    /// <summary>Parts the lengths of branches.</summary>
    protected virtual char BetweenLengths => ',';

    public bool Has(RecipeSetting setting) => values.ContainsKey(setting.Key);

    /// <summary>As it is given; null where it is not.</summary>
    public string? Text(RecipeSetting setting) => values.GetValueOrDefault(setting.Key);

    /// <summary>The learning rate of the recipe, whose length is read already: as given, or the default.</summary>
    /// <exception cref="UserException">It is no rate.</exception>
    public virtual DefaultRate Rate(Recipe recipe) =>
        Number(RecipeSettings.LearningRate) is double given ? new DefaultRate(given, "given") : DefaultRate();

    /// <summary>A number within the range of the setting; null where none is given.</summary>
    /// <exception cref="UserException">The text is none, or outside the range.</exception>
    public double? Number(RecipeSetting setting) => Text(setting) is string text ? Within(setting, text, Evaluate(setting, text)) : null;

    /// <summary>The numbers of a list, each within the range of the setting.</summary>
    /// <exception cref="UserException">One is none, or outside the range.</exception>
    public IEnumerable<(string Text, double Value)> Numbers(RecipeSetting setting) =>
        Text(setting)!
            .Split(BetweenLengths, StringSplitOptions.TrimEntries)
            .Select(part => (part, Within(setting, part, Evaluate(setting, part))));

    /// <summary>One of the setting's choices; null where none is given.</summary>
    /// <exception cref="UserException">There is no such choice.</exception>
    public string? Choice(RecipeSetting setting) =>
        Text(setting) is not string text || IsForeign || setting.Choices.Contains(text)
            ? Text(setting)
            : throw Complaint(
                setting,
                $"{setting.Name} '{text}' is not known{Guess.Hint(text, setting.Choices)}. Known are "
                    + $"{string.Join(" and ", setting.Choices)}."
            );

    /// <summary>The value of a setting, as text that reads back to the same.</summary>
    /// <exception cref="UserException">It cannot be.</exception>
    public string Checked(RecipeSetting setting) =>
        setting.Range is null ? Choice(setting)! : Number(setting)!.Value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A value as a complaint shows it: "'16k'".</summary>
    public virtual string Shown(string text, double value) => $"'{text}'";

    /// <summary>A complaint about a setting, in whole sentences.</summary>
    public abstract UserException Complaint(RecipeSetting setting, Phrase complaint);

    /// <summary>The learning rate where none is given.</summary>
    protected abstract DefaultRate DefaultRate();

    /// <summary>The number that a text stands for.</summary>
    /// <exception cref="UserException">It is none.</exception>
    protected virtual double Evaluate(RecipeSetting setting, string text)
    {
        try
        {
            return Quantity.ParseCount(text, setting.Name);
        }
        catch (UserException e)
        {
            throw Complaint(setting, e.Phrase);
        }
    }

    /// <summary>The value, if the setting takes it.</summary>
    /// <exception cref="UserException">It does not.</exception>
    protected double Within(RecipeSetting setting, string text, double value)
    {
        NumberRange range = IsForeign && setting.ForeignRange is NumberRange other ? other : setting.Range!;
        return range.Holds(value) ? value : throw Complaint(setting, $"{setting.Name} is {Shown(text, value)}; it needs {range}.");
    }
}
