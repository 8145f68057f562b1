using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Files;

/// <summary>
/// Keys of a study that have no effect on any of the cells for which they stand. Cells of a grid, and all grids, share keys, and some cells
/// may have no use for one: dense ones among others with experts, for how tokens are routed. A run that is given such a setting is refused.
/// </summary>
/// <param name="model">What all cells share of their models; null for nothing.</param>
/// <param name="train">What all cells share of their recipes; null for nothing.</param>
/// <param name="isBuiltIn">Whether <c>train</c> trains the cells, whose schedules are known.</param>
internal sealed class IdleKeys(YamlMap? model, YamlMap? train, bool isBuiltIn)
{
    // By where they stand; null from the first cell on that makes use of one.
    private readonly Dictionary<(YamlMap Map, string Key), Phrase?> _why = [];

    /// <param name="grid">Of the cell.</param>
    /// <param name="given">All that is said of the cell.</param>
    /// <param name="own">What of that the grid says.</param>
    /// <param name="of">The cell's model.</param>
    /// <param name="recipe">The cell's recipe.</param>
    public void Add(
        YamlMap grid,
        IReadOnlyDictionary<string, string> given,
        IReadOnlyDictionary<string, string> own,
        Model of,
        Recipe recipe
    )
    {
        foreach ((string key, string value) in given)
        {
            RecipeSetting? setting = isBuiltIn ? RecipeSettings.Find(key) : null;
            if (setting?.Schedule is null && !RoutingOverrides.Keys.Contains(key))
            {
                continue;
            }
            YamlMap map =
                own.ContainsKey(key) ? grid
                : model?.Has(key) == true ? model
                : train!;
            Phrase? why = setting is null ? RoutingOverrides.WhyIdle(key, value, of) : setting.WhyIdle(recipe);
            if (why is null || !_why.ContainsKey((map, key)))
            {
                _why[(map, key)] = why;
            }
        }
    }

    /// <exception cref="UserException">No cell makes use of a key; with line and cure.</exception>
    public void Refuse()
    {
        foreach (((YamlMap map, string key), Phrase? why) in _why)
        {
            if (why is not null)
            {
                throw new UserException(why).In(StudyTerms.All).At(map.Place(key));
            }
        }
    }
}
