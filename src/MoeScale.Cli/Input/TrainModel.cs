using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;
using MoeScale.Training.Transformers;

namespace MoeScale.Cli.Input;

/// <summary>The model that <c>train</c> is to train: from a file, the catalog, or a shape family.</summary>
internal static class TrainModel
{
    private const double LargestSize = 1e6;

    /// <param name="parsed">The command line.</param>
    /// <param name="vocabulary">The tokenizer's; null where none is known.</param>
    /// <exception cref="UserException">No such model, it cannot be trained here, or its vocabulary is too small.</exception>
    public static Model Read(ParseResult parsed, int? vocabulary)
    {
        string? name = parsed.GetValue(TrainArguments.ModelName);
        string? family = parsed.GetValue(TrainArguments.Family);
        if (name is null == family is null)
        {
            throw new UserException(
                name is null
                    ? "nothing says which model to train. Give --model FILE, or --family ID with --d-model N."
                    : "--model and --family are two models. Give one of them."
            );
        }
        Model model = TrainRouting.Apply(parsed, name is not null ? OfName(parsed, name) : OfFamily(parsed, family!, vocabulary));
        if (Options.Whole(parsed, TrainArguments.Context, RecipeLimits.LongestContext) is double context)
        {
            model = model with { Context = context };
        }
        Transformer.Require(model);
        ModelLimits.RequireVocabulary(model, vocabulary, family is null ? (Phrase)"vocab_size of the model" : null);
        return model;
    }

    private static Model OfName(ParseResult parsed, string name)
    {
        foreach (
            Option<string> option in (Option<string>[])
                [
                    TrainArguments.Width,
                    TrainArguments.Blocks,
                    TrainArguments.Experts,
                    TrainArguments.Granularity,
                    TrainArguments.VocabularySize,
                ]
        )
        {
            if (parsed.GetValue(option) is not null)
            {
                throw new UserException(
                    $"{option.Name} is a size of a --family; what --model names has its own. Leave it out, or change the model file."
                );
            }
        }
        return ModelCatalog.Open(name);
    }

    private static Model OfFamily(ParseResult parsed, string id, int? vocabulary)
    {
        ShapeFamily family = ShapeFamily.Open(id);
        (Option<string> size, Option<string> other) =
            family.Size == "d_model" ? (TrainArguments.Width, TrainArguments.Blocks) : (TrainArguments.Blocks, TrainArguments.Width);
        if (parsed.GetValue(other) is not null)
        {
            throw new UserException($"the size of '{family.Id}' is {family.Size}; {other.Name} follows from it. Give {size.Name} alone.");
        }
        double value =
            Options.Whole(parsed, size, LargestSize)
            ?? throw new UserException(
                $"'{family.Id}' is a family of models. Say which: {size.Name} {(family.Size == "d_model" ? "64" : "4")}, for example."
            );
        double rows =
            Options.Whole(parsed, TrainArguments.VocabularySize, LargestSize)
            ?? vocabulary
            ?? throw new UserException(
                "nothing says how many tokens the vocabulary has. Give --vocab-size N, or --tokenizer gpt2 with its files."
            );
        double experts = Options.Whole(parsed, TrainArguments.Experts, LargestSize) ?? 1;
        double granularity = Options.Whole(parsed, TrainArguments.Granularity, LargestSize) ?? 1;
        Model model = family.Model(value, experts, granularity) with { VocabularySize = rows };
        return Buildable.WhyNot(model, multipleOf: 1) is BuildFault fault
            ? throw new UserException(
                $"'{family.Id}' has no model of {family.Size} "
                    + $"{value}{(model.IsDense ? "" : $" with experts {experts} and granularity {granularity}")}: {fault.Reason}."
            )
            : Buildable.Whole(model) with
            {
                Name = $"{family.Id}-{value}{(model.IsDense ? "" : $"-e{experts}{(granularity > 1 ? $"g{granularity}" : "")}")}",
            };
    }
}
