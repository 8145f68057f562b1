using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Training.Recipes;

/// <summary>
/// What no model is trained beyond, whatever its parts; which parts are built here, <see cref="Transformers.Transformer.WhyNot"/> says.
/// </summary>
public static class ModelLimits
{
    private static readonly Setting VocabularySize = new("model", "vocab_size");

    /// <exception cref="UserException">A sequence of the model is longer than can be.</exception>
    public static void RequireContext(Model model, double longest = RecipeLimits.LongestContext)
    {
        if (model.Context > longest)
        {
            throw new UserException(
                $"a sequence of {model.Context:G6} tokens is more than {longest:G7}, the most that can be. Lower {RecipeSettings.Context}."
            );
        }
    }

    /// <exception cref="UserException">The text has tokens that the model has not.</exception>
    /// <param name="model">Any.</param>
    /// <param name="tokens">How many the text may have; null where nobody knows.</param>
    /// <param name="where">What gives the vocabulary; null where that is a setting.</param>
    public static void RequireVocabulary(Model model, int? tokens, Phrase? where = null)
    {
        if (tokens > model.VocabularySize)
        {
            Phrase raised = $"{VocabularySize}";
            throw new UserException(
                $"'{model.Name}' has a vocabulary of {model.VocabularySize}, but the tokenizer has {tokens} tokens. "
                    + $"Raise {where ?? raised} to {tokens}, or take another tokenizer."
            );
        }
    }
}
