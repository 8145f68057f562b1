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
            ExportNote.DefaultRecipe n => (Phrase)$"nothing says {Defaults(n)}: these are the defaults of MoeScale's own runs",
            ExportNote.Chosen n => $"nothing says {n.Setting with { Value = null }}: {n.Setting} is taken",
            ExportNote.OfLaw n => $"{n.Setting} is what the law {n.Law} says"
                + $"{(n.Outside.Count > 0 ? $", which is outside its experiments: {string.Join("; ", n.Outside)}" : "")}",
            ExportNote.NearestBatch n =>
                $"a step has {n.Tokens:#,0} tokens, the nearest to {n.Told:#,0} that are whole micro-batches of all data ranks",
            ExportNote.SequenceOfContext n =>
                $"nothing says {LayoutSettings.Sequence}: training sequences have the model's whole context, {n.Tokens} tokens",
            ExportNote.Initialization n =>
                $"weights begin with one deviation, {n.Deviation:0.####}, and outputs of attention and feed-forward layers with that over "
                    + $"√(2 · blocks); MoeScale's own runs have √({n.Scale} / fan-in). Random numbers and the order of the text differ too",
            ExportNote.PaddedVocabulary n =>
                $"embedding and head have {n.Padded} rows instead of {n.Rows}, so that tensor ranks can share them out: "
                    + $"{Quantity.FormatCount(n.Parameters)} parameters more",
            ExportNote.LastStep n => $"steps are whole: the last {Plural.Of(n.Sequences, "sequence")} of the run are left out",
            ExportNote.CountedPerMicroBatch n =>
                $"the load and the capacity of experts are counted over {n.Tokens} tokens, a micro-batch of one data rank",
            ExportNote.NoBalanceLoss n =>
                $"the balance loss of {n.Coefficient} is left out, since there is none; a bias of the router balances the load, by "
                    + $"{n.BiasRate} a step",
            ExportNote.NoZLoss n => $"the router's z-loss of {n.Coefficient} is left out, since there is none",
            ExportNote.NoCapacity n => $"the capacity factor of {n.Factor} is left out: no token is dropped",
            ExportNote.AskedLater n => $"nothing says {n.Setting}: the variable {n.Variable} must be set where the script runs",
            ExportNote.OfReading n => $"of the model's file: {n.Text}",
            ExportNote.ComputedOtherwise n => $"by its model file, the original differs from what is exported, with equal counts: {n.What}",
            ExportNote.WrittenAs n => $"written as the architecture '{n.Type}'",
            ExportNote.OwnCode n =>
                $"transformers has no '{n.Type}' of its own and needs the code that its makers publish; vLLM and llama.cpp have it",
            ExportNote.CountedPadding n => $"the vocabulary has {n.Tokens} tokens; the {n.Rows} of the file count the rows that pad it",
            ExportNote.ZeroBias n =>
                $"the architecture selects experts with a bias; here it is zero, {n.Parameters} numbers that the model did not have",
            ExportNote.EmptySharedExperts => "the architecture has shared experts; here they have no channels",
            ExportNote.NotTrained n => $"{n.Key} {n.Value} is a setting of training that the file has no key for",
            ExportNote.NoTokenizer => "the tokens of this run are no text, so that no tokenizer is written",
            ExportNote.WeightsNotCopied n => $"the weights in {n.Folder} are not copied, only those of a run are; no tokenizer is either",
            ExportNote.UnfinishedRun => "this run is on its way; the weights are those of its last checkpoint",
            _ => throw new NotSupportedException($"no words for {note}"),
        };

    private static Phrase Defaults(ExportNote.DefaultRecipe note) =>
        Phrase.Join(", ", [.. note.Settings.Select(s => (Phrase)$"{s}"), .. note.Losses.Select(l => (Phrase)$"{l.Key} {l.Value}")]);

    /// <summary>What a model has that cannot be said, as a noun.</summary>
    public static Phrase Of(ExportGap gap) =>
        gap switch
        {
            ExportGap.ExpertChoice => "experts that choose their tokens",
            ExportGap.OfActivation g => $"the activation {ModelNames.Of(g.Activation)}",
            ExportGap.OfRouterWeights g => $"router weights {RoutingKeys.NameOf(g.Weights)} with top-{g.TopK}",
            ExportGap.BalanceBias g => $"a balance bias beside router weights {RoutingKeys.NameOf(g.Weights)}",
            ExportGap.RotaryBase g => $"a rope_theta of {g.Theta}, which is no whole number",
            ExportGap.NormAfterParts => "a norm after attention and after the feed-forward layer",
            ExportGap.NormAfterExperts => "a norm after the experts",
            ExportGap.AttentionSinks => "attention sinks",
            ExportGap.OfQueryKeyNorm g => $"a norm of queries and keys '{ModelNames.Of(g.Norm)}'",
            ExportGap.OfNorm g => $"norms '{ModelNames.Of(g.Norm)}'",
            ExportGap.OfBiases g => $"the biases {ModelNames.Of(g.Biases)}",
            ExportGap.OfPositions g => $"positions '{ModelNames.Of(g.Positions)}'",
            ExportGap.LatentAttention => "latent attention",
            ExportGap.SlidingWindow g => $"a sliding window of {g.Tokens} tokens",
            ExportGap.AttentionChunk g => $"attention in chunks of {g.Tokens} tokens",
            ExportGap.SharedExpertGate => "shared experts with a gate",
            ExportGap.PredictionModules => "modules that predict further tokens",
            ExportGap.OfKey g => $"{g.Key} {g.Ours ?? "(none)"} (the nearest, {g.Nearest}, has {g.Theirs ?? "none"})",
            _ => throw new NotSupportedException($"no words for {gap}"),
        };

    /// <summary>Why a model is not exported, in whole sentences.</summary>
    /// <param name="target">Of the export.</param>
    /// <param name="name">The model's.</param>
    /// <param name="gaps">At least one.</param>
    public static UserException Refused(ExportTarget target, string name, IReadOnlyList<ExportGap> gaps) =>
        new($"{target.Title} cannot take '{name}' as it is: it has no words for {Phrase.Join(", ", gaps.Select(Of))}.");
}
