using MoeScale.Basics;
using MoeScale.Exchange.Export;
using MoeScale.Models;

namespace MoeScale.Reporting;

/// <summary>What is said of exports.</summary>
public static class ExportWords
{
    /// <summary>Without full stop.</summary>
    public static Phrase Of(ExportNote note) =>
        note switch
        {
            ExportNote.DefaultRecipe n => (Phrase)
                $"nothing says {Phrase.Join(", ", n.Settings.Select(s => (Phrase)$"{s}"))}: these are the defaults of MoeScale's own runs",
            ExportNote.Chosen n => $"nothing says {n.Setting with { Value = null }}: {n.Setting} is taken",
            ExportNote.OfLaw n => $"{n.Setting} is what the law {n.Law} says"
                + $"{(n.Outside.Count > 0 ? $", which is outside its experiments: {string.Join("; ", n.Outside)}" : "")}",
            ExportNote.SequenceOfContext n =>
                $"nothing says {LayoutSettings.Sequence}: training sequences have the model's whole context, {n.Tokens} tokens",
            ExportNote.ComputedOtherwise n => $"by its model file, the original differs from what is exported, with equal counts: {n.What}",
            ExportNote.WrittenAs n => $"written as the architecture '{n.Type}'",
            ExportNote.OwnCode n =>
                $"transformers has no '{n.Type}' of its own and needs the code that its makers publish; vLLM and llama.cpp have it",
            ExportNote.PaddedVocabulary n => $"the vocabulary has {n.Tokens} tokens; the {n.Rows} of the file count the rows that pad it",
            ExportNote.ZeroBias n =>
                $"the architecture selects experts with a bias; here it is zero, {n.Parameters} numbers that the model did not have",
            ExportNote.EmptySharedExperts => "the architecture has shared experts; here they have no channels",
            ExportNote.NotTrained n => $"{n.Key} {n.Value} is a setting of training that the file has no key for",
            ExportNote.NoTokenizer => "the tokens of this run are no text, so that no tokenizer is written",
            ExportNote.UnfinishedRun => "this run is on its way; the weights are those of its last checkpoint",
            _ => throw new NotSupportedException($"no words for {note}"),
        };

    /// <summary>What a model has that cannot be said, as a noun.</summary>
    public static Phrase Of(ExportGap gap) =>
        gap switch
        {
            ExportGap.ExpertChoice => "experts that choose their tokens",
            ExportGap.OfActivation g => $"the activation {ModelNames.Of(g.Activation)}",
            ExportGap.OfRouterWeights g => $"router weights {RoutingKeys.NameOf(g.Weights)} with top-{g.TopK}",
            ExportGap.NormAfterParts => "a norm after attention and after the feed-forward layer",
            ExportGap.NormAfterExperts => "a norm after the experts",
            ExportGap.AttentionSinks => "attention sinks",
            ExportGap.OfQueryKeyNorm g => $"a norm of queries and keys '{ModelNames.Of(g.Norm)}'",
            ExportGap.OfNorm g => $"norms '{ModelNames.Of(g.Norm)}'",
            ExportGap.OfBiases g => $"the biases {ModelNames.Of(g.Biases)}",
            ExportGap.OfPositions g => $"positions '{ModelNames.Of(g.Positions)}'",
            ExportGap.LatentAttention => "latent attention",
            ExportGap.SlidingWindow g => $"a sliding window of {g.Tokens} tokens",
            ExportGap.SharedExperts { HasGate: true } => "shared experts with a gate",
            ExportGap.SharedExperts => "shared experts",
            ExportGap.PredictionModules => "modules that predict further tokens",
            ExportGap.OfEmbeddings { AreTied: true } => "one matrix for embedding and head",
            ExportGap.OfEmbeddings => "two matrices for embedding and head",
            ExportGap.CapacityFactor g => $"a capacity factor of {g.Factor}",
            ExportGap.DenseModel => "no experts",
            ExportGap.OfBlocks => "dense blocks between those with experts",
            ExportGap.OfKey g => $"{g.Key} {g.Ours ?? "(none)"} (the nearest, {g.Nearest}, has {g.Theirs ?? "none"})",
            _ => throw new NotSupportedException($"no words for {gap}"),
        };

    /// <summary>Why a model is not exported, in whole sentences.</summary>
    /// <param name="target">Of the export.</param>
    /// <param name="name">The model's.</param>
    /// <param name="gaps">At least one.</param>
    public static UserException Refused(ExportTarget target, string name, IReadOnlyList<ExportGap> gaps) =>
        new($"{target.Title} cannot train '{name}' as it is: it has no words for {Phrase.Join(", ", gaps.Select(Of))}.");
}
