using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Runs;

/// <summary>The text that a run's configuration names, opened for it.</summary>
public static class RunData
{
    /// <summary>Opens it; texts are tokenized into a folder once.</summary>
    /// <param name="configuration">Of the run.</param>
    /// <param name="model">Whose vocabulary holds where no tokenizer is known.</param>
    /// <param name="tokenizer">Of its kind; null for synthetic text, and for tokens of which no more is known.</param>
    /// <param name="folder">Where tokens of texts are kept.</param>
    /// <param name="place">The folder from which paths start; null for the current one.</param>
    /// <param name="progress">Is told the bytes of text that were read.</param>
    /// <exception cref="UserException">It cannot be read, or holds too few tokens.</exception>
    public static TrainingData Open(
        RunConfiguration configuration,
        Model model,
        ITokenizer? tokenizer,
        string folder,
        string? place = null,
        Action<long>? progress = null
    )
    {
        DataSettings settings = new()
        {
            Context = configuration.Context,
            Tokens = configuration.Tokens,
            Seed = configuration.Seed,
            Epochs = configuration.Epochs,
            HeldOutTokens = configuration.HeldOutTokens,
        };
        if (configuration.Tokenizer == TokenizerKinds.Synthetic)
        {
            return TrainingData.OfSynthetic(new SyntheticLanguage(), settings);
        }
        if (configuration.Text is [string path] && TokenFile.IsNamedSo(path))
        {
            return TrainingData.OfTokens(
                Whole(path),
                configuration.HeldOut is [string held] ? Whole(held) : null,
                configuration.HeldOutShare,
                tokenizer?.VocabularySize ?? (int)model.VocabularySize,
                TokenReading.Parse(configuration.TokenType, configuration.Separator),
                tokenizer,
                settings
            );
        }
        CorpusRequest request = new()
        {
            Paths = configuration.Text,
            HeldOutPaths = configuration.HeldOut,
            HeldOutShare = configuration.HeldOutShare,
            Field = configuration.Field,
            Place = place,
        };
        return TrainingData.OfTexts(request, tokenizer!, folder, settings, progress);

        string Whole(string path) => place is null ? path : Path.GetFullPath(path, place);
    }
}
