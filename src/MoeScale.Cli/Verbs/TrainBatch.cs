using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Verbs;

/// <summary>How many sequences a run, a step and a micro-batch have: whole routing groups, where the model's experts choose.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Context">Tokens of a sequence.</param>
/// <param name="Group">Sequences of a group; 1 where tokens choose.</param>
internal sealed record TrainBatch(string Model, int Context, int Group)
{
    private long Unit => (long)Context * Group;

    public static TrainBatch Of(Model model) => new(model.Name, (int)model.Context, Transformer.GroupOf(model));

    /// <summary>Tokens of a run in whole groups.</summary>
    /// <exception cref="UserException">Less than one.</exception>
    public long Whole(double tokens, Option<string> option) =>
        Options.Bounded(tokens, option, RecipeLimits.MaxTokens) >= Unit
            ? (long)(tokens / Unit) * Unit
            : throw TooFew($"{option.Name} {Quantity.FormatCount(tokens)}");

    /// <summary>Sequences of a step.</summary>
    /// <exception cref="UserException">They are given twice, are too few, or no whole groups.</exception>
    public int Read(ParseResult parsed, long tokens)
    {
        double? sequences = Options.Whole(parsed, TrainArguments.Batch, RecipeLimits.MaxSequences);
        double? size = Options.Positive(parsed, TrainArguments.BatchTokens);
        if (sequences is not null && size is not null)
        {
            throw new UserException("--batch and --batch-tokens both give the size of a step. Give one of them.");
        }
        if (size < Unit)
        {
            throw TooFew($"--batch-tokens '{parsed.GetValue(TrainArguments.BatchTokens)}'");
        }
        return sequences is double given ? Groups(given, TrainArguments.Batch)
            : size is double s ? (int)(Group * Math.Min(Math.Round(s / Unit), Math.Floor(RecipeLimits.MaxSequences / Group)))
            : DefaultRecipe.BatchSequences(tokens, Context, Group);
    }

    /// <summary>Sequences of a micro-batch; at most those of a step.</summary>
    /// <exception cref="UserException">They are no whole groups.</exception>
    public int ReadMicroBatch(ParseResult parsed, int batch) =>
        Math.Min(
            batch,
            Options.Whole(parsed, TrainArguments.MicroBatch, RecipeLimits.MaxSequences) is double given
                ? Groups(given, TrainArguments.MicroBatch)
                : DefaultRecipe.MicroBatchSequences(Context, Group)
        );

    private int Groups(double sequences, Option<string> option) =>
        sequences % Group == 0
            ? (int)sequences
            : throw new UserException(
                $"{option.Name} {sequences} is no whole number of routing groups: the experts of '{Model}' choose among {Plural.Of(Group, "sequence")}. Give a multiple of {Group}, or another --routing-group."
            );

    private UserException TooFew(string given) =>
        new(
            Group == 1
                ? $"{given} is less than one sequence of {Plural.Of(Context, "token")}. Raise it, or lower --context."
                : $"{given} is less than one routing group: the experts of '{Model}' choose among {Plural.Of(Group, "sequence")} of {Plural.Of(Context, "token")}, together {Unit}. Raise it, or lower --routing-group or --context."
        );
}
