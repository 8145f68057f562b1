using MoeScale.Basics;

namespace MoeScale.Training.Recipes;

/// <summary>
/// How many sequences a step, a micro-batch and the text that is scored have: whole routing groups, where the model's experts choose.
/// </summary>
internal static class StepSize
{
    /// <summary>Sequences of a step.</summary>
    /// <exception cref="UserException">They are given twice, too few or too many, no whole groups, or more than a run has.</exception>
    public static Recipe Read(Recipe recipe, RecipeSource source)
    {
        (RecipeSetting size, RecipeSetting batch) = (RecipeSettings.BatchTokens, RecipeSettings.Batch);
        if (source.Has(size) && source.Has(batch))
        {
            throw source.Complaint(batch, $"{batch.Name} and {size.Name} both give the size of a step. Give one of them.");
        }
        int sequences =
            source.Number(batch) is double count ? Groups(source, batch, count)
            : source.Number(size) is double tokens ? OfTokens(source, tokens)
            : DefaultRecipe.BatchSequences(recipe.Run.Tokens, source.Context, source.Group);
        double step = (double)sequences * source.Context;
        if (step > recipe.Lengths[0])
        {
            RecipeSetting given = source.Has(batch) ? batch : size;
            throw source.Complaint(
                given,
                $"a step has {step} tokens, and the {(recipe.IsTrunk ? "shortest " : "")}run {recipe.Lengths[0]}. Lower {given.Name}, or "
                    + $"train longer."
            );
        }
        return recipe with { Run = recipe.Run with { BatchSequences = sequences } };
    }

    /// <summary>Sequences of a micro-batch; at most those of a step.</summary>
    /// <exception cref="UserException">They are no whole groups.</exception>
    public static Recipe ReadMicroBatch(Recipe recipe, RecipeSource source)
    {
        RecipeSetting setting = RecipeSettings.MicroBatch;
        int sequences = source.Number(setting) is double given
            ? Groups(source, setting, given)
            : DefaultRecipe.MicroBatchSequences(source.Context, source.Group);
        return recipe with { Run = recipe.Run with { MicroBatchSequences = Math.Min(recipe.Run.BatchSequences, sequences) } };
    }

    /// <summary>Held-out tokens that are scored at the end.</summary>
    /// <exception cref="UserException">Experts choose among more.</exception>
    public static Recipe ReadHeldOut(Recipe recipe, RecipeSource source)
    {
        RecipeSetting setting = RecipeSettings.EvaluateTokens;
        double tokens = source.Number(setting) ?? DefaultRecipe.HeldOutTokens;
        return source.HoldsOut && source.Group > 1 && Math.Floor(tokens / source.Context) < source.Group
            ? throw TooFew(source, setting, source.Text(setting) ?? $"{tokens}", tokens)
            : recipe with
            {
                Run = recipe.Run with { HeldOutTokens = (long)tokens },
            };
    }

    /// <summary>A complaint about tokens that are less than what is trained on together.</summary>
    public static UserException TooFew(RecipeSource source, RecipeSetting setting, string text, double tokens)
    {
        Phrase given = $"{setting.Name} {source.Shown(text, tokens)} is less than one";
        string sequence = $"of {Plural.Of(source.Context, "token")}";
        Phrase alone = $"{given} sequence {sequence}. Raise it, or lower {RecipeSettings.Context}.";
        Phrase group =
            $"{given} routing group: {Choosing(source)} {sequence}, together {source.Unit}. Raise it, or lower "
            + $"{RecipeSettings.RoutingGroup} or {RecipeSettings.Context}.";
        return source.Complaint(setting, source.Group == 1 ? alone : group);
    }

    private static int OfTokens(RecipeSource source, double tokens)
    {
        RecipeSetting setting = RecipeSettings.BatchTokens;
        double groups = Math.Round(tokens / source.Unit);
        if (groups < 1)
        {
            throw TooFew(source, setting, source.Text(setting)!, tokens);
        }
        double sequences = groups * source.Group;
        return sequences <= RecipeLimits.MaxSequences
            ? (int)sequences
            : throw source.Complaint(
                setting,
                $"{setting.Name} {source.Shown(source.Text(setting)!, tokens)} is {sequences:G6} sequences of "
                    + $"{source.Context} tokens, and {RecipeLimits.MaxSequences} are the most. Lower it."
            );
    }

    private static int Groups(RecipeSource source, RecipeSetting setting, double sequences) =>
        sequences % source.Group == 0
            ? (int)sequences
            : throw source.Complaint(
                setting,
                $"{setting.Name} {source.Shown(source.Text(setting)!, sequences)} is no whole number of routing groups: "
                    + $"{Choosing(source)}. Give a multiple of {source.Group}, or another {RecipeSettings.RoutingGroup}."
            );

    private static string Choosing(RecipeSource source) =>
        $"the experts of '{source.Model.Name}' choose among {Plural.Of(source.Group, "sequence")}";
}
