using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>The warnings of a plan in words: sentences without full stop.</summary>
public static class PlanWords
{
    /// <summary>Of plans by several laws.</summary>
    public const string NotComparable =
        "losses of laws from different data sets or tokenizers are not comparable with each other: compare the models, not the losses";

    public static Phrase Of(PlanWarning warning) =>
        warning switch
        {
            PlanWarning.OutsideExperiments w => $"the best candidate is outside the experiments of {w.Law}: {Excess.InWords(w.Outside)}",
            PlanWarning.OtherShapes w => $"the shapes are {w.Family}; {w.Law} and its cost were made for {w.OwnFamily}",
            PlanWarning.SimplestPreferred w => $"the simplest among ties was preferred; {Choice(w.Experts, w.Granularity)} "
                + $"has a loss {w.LossDifference:0.0000} lower",
            PlanWarning.DataRepeat w => $"the data repeat: {w.RepeatsLaw} says what repeated tokens are worth, which was never tested "
                + $"together with {w.Law}, and parameters that outgrow the data are not discounted",
            PlanWarning.MostExpertsWin => MostExpertsWin(),
            PlanWarning.LostToLayout w => $"{Lost(w.Lost)} to the layout of training, which suits few sizes",
            PlanWarning.LostToCoarseSizes w => $"{Lost(w.Lost)} to coarse sizes{Finer(w)}",
            PlanWarning.FlopsUnspent w => $"the limits leave {100 * w.Share:0.#} % of the FLOPs unspent",
            PlanWarning.NoRange w => $"{w.Law} states no range of its experiments, so whether this is outside them cannot be told",
            PlanWarning.NoCache => NoCache(),
            PlanWarning.TooFewPositions w => CacheWords.Of(w),
            PlanWarning.LargeCache w => CacheWords.Of(w),
            PlanWarning.NoError w => $"{w.Law} states no error, so ties cannot be told",
            PlanWarning.DrawsFailed w => $"{w.Failed} of {Plural.Of(w.Draws, "draw")} of the coefficients have no answer, because the law "
                + $"then has no finite loss or no best size; the intervals leave them out",
            PlanWarning.FewDraws w => FewDraws(w),
            PlanWarning.BelowEntropy w =>
                $"the predicted loss {w.Loss:0.000} is below the entropy of the text, {w.Entropy:0.000}, which no model can be",
            PlanWarning.WideInterval w => $"the interval of {w.Quantity} spans a factor of {w.Factor:G2}: these runs do not fix it",
            PlanWarning.FamilyVaried w => $"the grid varies {string.Join(", ", w.Settings)}, and plans keep to the family's own",
            PlanWarning.FitInterrupted w => $"the fit of {w.Law} was interrupted: its coefficients are the best so far, not the best",
            PlanWarning.FitWarned w => FitWords.Of(w.Warning, w.Law),
            _ => throw new ArgumentOutOfRangeException(nameof(warning), warning, "a warning without words"),
        };

    private static Phrase MostExpertsWin() =>
        $"the most experts that were weighed win{Phrase.If(PlanSettings.Experts, $"; {PlanSettings.Experts} weighs more")}";

    private static Phrase NoCache()
    {
        Phrase cure = Phrase.If(PlanSettings.Context, $"; {PlanSettings.Sequences} and {PlanSettings.Context} make room for a KV cache");
        return $"the memory holds weights alone{cure}";
    }

    private static Phrase FewDraws(PlanWarning.FewDraws w)
    {
        Phrase cure = Phrase.If(FitSettings.Bootstrap, $"; fit again with a larger {FitSettings.Bootstrap}");
        return $"the sample of {w.Law} has {Plural.Of(w.Draws, "draw")}, too few for good intervals{cure}";
    }

    private static Phrase Lost(RoundingLoss lost)
    {
        string most = Choice(lost.Experts, lost.Granularity);
        return lost.Candidates == 1
            ? (Phrase)$"{most} loses {lost.Loss:0.000} nats"
            : $"{lost.Candidates} candidates lose up to {lost.Loss:0.000} nats ({most})";
    }

    private static Phrase Finer(PlanWarning.LostToCoarseSizes w)
    {
        if (w.MultipleOf is not double multiple)
        {
            return ", as whole blocks and heads have them";
        }
        Setting setting = PlanSettings.MultipleOf.To($"{multiple}");
        Phrase some = w.Helped < w.Lost.Candidates ? (Phrase)$" for {w.Helped} of them" : "";
        return Phrase.If(setting, $"; {setting} is finer{some}");
    }

    private static string Choice(double experts, double granularity) =>
        FormattableString.Invariant($"experts {experts}, granularity {granularity}");
}
