using MoeScale.Basics;

namespace MoeScale.Training.Recipes;

/// <summary>How the learning rate of a recipe moves: shape, warm-up and decay.</summary>
internal static class RateSchedule
{
    /// <exception cref="UserException">There is no such schedule, or its rate is not constant where branches need it.</exception>
    public static Recipe Read(Recipe recipe, RecipeSource source)
    {
        RecipeSetting setting = RecipeSettings.Schedule;
        string name = source.Choice(setting) ?? setting.Default!;
        // How the rates of a trainer of the user's fall, its words say.
        bool isConstant = source.IsForeign ? name != "cosine" : name == "wsd";
        if (recipe.IsTrunk && !isConstant)
        {
            throw source.Complaint(
                setting,
                $"{RecipeSettings.Branches.Name} share a run at constant rate, which {setting.Name.To(name)} has not. "
                    + $"Leave it out, or train each length alone."
            );
        }
        RateShape shape =
            recipe.IsTrunk ? RateShape.Constant
            : name == "cosine" ? RateShape.Cosine
            : RateShape.Wsd;
        return recipe with { Schedule = name, Run = recipe.Run with { Schedule = shape } };
    }

    /// <exception cref="UserException">The warm-up is as long as the run.</exception>
    public static Recipe ReadWarmup(Recipe recipe, RecipeSource source)
    {
        RecipeSetting setting = RecipeSettings.Warmup;
        double given = source.Number(setting) ?? DefaultRecipe.WarmupShare;
        double tokens = given < 1 ? given * recipe.Run.Tokens : given;
        return tokens < recipe.Run.Tokens
            ? recipe with
            {
                Run = recipe.Run with { WarmupTokens = tokens },
            }
            : throw source.Complaint(
                setting,
                $"{setting.Name} {source.Shown(source.Text(setting)!, given)} is as long as the run of "
                    + $"{recipe.Run.Tokens} tokens. Give a share below 1, or fewer tokens."
            );
    }

    public static Recipe ReadDecay(Recipe recipe, RecipeSource source)
    {
        double share = source.Number(RecipeSettings.Decay) ?? DefaultRecipe.DecayShare;
        return recipe with
        {
            DecayShare = share,
            Run = recipe.Run with { DecayTokens = recipe.Run.Schedule == RateShape.Wsd ? share * recipe.Run.Tokens : 0 },
        };
    }
}
