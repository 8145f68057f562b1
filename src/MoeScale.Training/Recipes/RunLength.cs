using MoeScale.Basics;

namespace MoeScale.Training.Recipes;

/// <summary>How long a run is, or the branches of a trunk: whole sequences, and where experts choose whole routing groups.</summary>
internal static class RunLength
{
    /// <exception cref="UserException">Nothing says it, two settings do, or it is less than one sequence.</exception>
    public static Recipe Read(Recipe recipe, RecipeSource source)
    {
        bool isTrunk = source.Has(RecipeSettings.Branches);
        if (isTrunk && source.Has(RecipeSettings.Tokens))
        {
            throw source.Complaint(
                RecipeSettings.Tokens,
                $"{RecipeSettings.Branches.Name} has the lengths of all runs, and {RecipeSettings.Tokens.Name} another one. Leave one out."
            );
        }
        if (isTrunk)
        {
            return (recipe with { IsTrunk = true }).WithLengths(ReadBranches(source));
        }
        return source.Number(RecipeSettings.Tokens) is double tokens
            ? recipe.WithLengths([Whole(source, RecipeSettings.Tokens, source.Text(RecipeSettings.Tokens)!, tokens)])
            : throw source.Complaint(
                RecipeSettings.Tokens,
                $"nothing says how long to train. Give {RecipeSettings.Tokens.Name.To("2M")}, for example, or "
                    + $"{RecipeSettings.Branches.Name} with several lengths."
            );
    }

    private static long[] ReadBranches(RecipeSource source)
    {
        RecipeSetting branches = RecipeSettings.Branches;
        long[] lengths = [.. source.Numbers(branches).Select(b => Whole(source, branches, b.Text, b.Value)).Order()];
        // Folders are named by them.
        return lengths.Select(l => Quantity.FormatCount(l)).Distinct().Count() == lengths.Length
            ? lengths
            : throw source.Complaint(branches, $"{branches.Name} has lengths that are the same in three digits. Give each once.");
    }

    private static long Whole(RecipeSource source, RecipeSetting setting, string text, double tokens) =>
        tokens >= source.Unit
            ? (long)(Math.Floor(tokens / source.Unit) * source.Unit)
            : throw StepSize.TooFew(source, setting, text, tokens);
}
