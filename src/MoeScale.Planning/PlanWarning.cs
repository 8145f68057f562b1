using MoeScale.Laws;
using MoeScale.Laws.Warnings;

namespace MoeScale.Planning;

/// <summary>What the reader of a plan must know before using it: a kind, with its numbers.</summary>
public abstract record PlanWarning
{
    private PlanWarning() { }

    /// <summary>The best model is outside the experiments of the law.</summary>
    /// <param name="Law">The law.</param>
    /// <param name="Outside">What is outside.</param>
    public sealed record OutsideExperiments(string Law, IReadOnlyList<Excess> Outside) : PlanWarning;

    /// <summary>The shapes are others than those that the law and its cost were made for.</summary>
    /// <param name="Law">The law.</param>
    /// <param name="Family">The shapes of the plan.</param>
    /// <param name="OwnFamily">Those of the law.</param>
    public sealed record OtherShapes(string Law, string Family, string OwnFamily) : PlanWarning;

    /// <summary>Another candidate has a lower loss than the simplest among ties, which was asked for.</summary>
    /// <param name="Experts">E of the other.</param>
    /// <param name="Granularity">G of the other.</param>
    /// <param name="LossDifference">How much lower, nats.</param>
    public sealed record SimplestPreferred(double Experts, double Granularity, double LossDifference) : PlanWarning;

    /// <summary>Tokens repeat, and another law says what repeated ones are worth.</summary>
    /// <param name="Law">The law of the plan.</param>
    /// <param name="RepeatsLaw">The other.</param>
    public sealed record DataRepeat(string Law, string RepeatsLaw) : PlanWarning;

    /// <summary>The most experts that were weighed are the best, so more may be better.</summary>
    /// <param name="Experts">E.</param>
    public sealed record MostExpertsWin(double Experts) : PlanWarning;

    /// <summary>Candidates lose more than the law's error because the layout of training suits few sizes.</summary>
    /// <param name="Lost">What they lose.</param>
    public sealed record LostToLayout(RoundingLoss Lost) : PlanWarning;

    /// <summary>Candidates lose more than the law's error because sizes that can be built are few.</summary>
    /// <param name="Lost">What they lose.</param>
    /// <param name="MultipleOf">A finer multiple of widths that helps; null where whole blocks and heads make sizes coarse.</param>
    /// <param name="Helped">How many of the candidates it helps.</param>
    public sealed record LostToCoarseSizes(RoundingLoss Lost, double? MultipleOf, int Helped) : PlanWarning;

    /// <summary>Other limits leave FLOPs unspent.</summary>
    /// <param name="Share">Of the budget.</param>
    public sealed record FlopsUnspent(double Share) : PlanWarning;

    /// <summary>The law states no range of its experiments.</summary>
    /// <param name="Law">The law.</param>
    public sealed record NoRange(string Law) : PlanWarning;

    /// <summary>Memory is limited, and no KV cache was asked for.</summary>
    public sealed record NoCache : PlanWarning;

    /// <summary>Sequences are longer than the model has learned positions.</summary>
    /// <param name="Sequences">How many.</param>
    /// <param name="ContextTokens">Tokens of each.</param>
    /// <param name="Positions">Learned positions.</param>
    public sealed record TooFewPositions(double Sequences, double ContextTokens, double Positions) : PlanWarning;

    /// <summary>Memory limits the plan, and the KV cache takes a large part of it.</summary>
    /// <param name="Sequences">How many are cached.</param>
    /// <param name="ContextTokens">Tokens of each.</param>
    /// <param name="Share">Of the memory that is used.</param>
    /// <param name="Cures">What would make the cache smaller, each by itself.</param>
    public sealed record LargeCache(double Sequences, double ContextTokens, double Share, IReadOnlyList<CacheCure> Cures) : PlanWarning;

    /// <summary>The law states no error, so ties cannot be told.</summary>
    /// <param name="Law">The law.</param>
    public sealed record NoError(string Law) : PlanWarning;

    /// <summary>Some draws of the law's coefficients have no answer, and the intervals leave them out.</summary>
    /// <param name="Failed">How many.</param>
    /// <param name="Draws">Of how many.</param>
    public sealed record DrawsFailed(int Failed, int Draws) : PlanWarning;

    /// <summary>The law's sample has too few draws for good intervals.</summary>
    /// <param name="Law">The law.</param>
    /// <param name="Draws">How many.</param>
    public sealed record FewDraws(string Law, int Draws) : PlanWarning;

    /// <summary>The predicted loss is below the entropy of the text, which no model can reach.</summary>
    /// <param name="Loss">Nats per token.</param>
    /// <param name="Entropy">Nats per token.</param>
    public sealed record BelowEntropy(double Loss, double Entropy) : PlanWarning;

    /// <summary>An interval is so wide that the runs behind the law do not fix the quantity.</summary>
    /// <param name="Quantity">The column.</param>
    /// <param name="Factor">Between its ends.</param>
    public sealed record WideInterval(string Quantity, double Factor) : PlanWarning;

    /// <summary>Runs varied settings of the shape family, and a plan keeps to the family's own.</summary>
    /// <param name="Settings">These settings.</param>
    public sealed record FamilyVaried(IReadOnlyList<string> Settings) : PlanWarning;

    /// <summary>The fit that gave the law was interrupted.</summary>
    /// <param name="Law">The law.</param>
    public sealed record FitInterrupted(string Law) : PlanWarning;

    /// <summary>The fit that gave the law warned.</summary>
    /// <param name="Law">The law.</param>
    /// <param name="Warning">Of what.</param>
    public sealed record FitWarned(string Law, FitWarning Warning) : PlanWarning;
}

/// <summary>What candidates lose because their sizes are not continuous.</summary>
/// <param name="Candidates">How many.</param>
/// <param name="Experts">E of the one that loses the most.</param>
/// <param name="Granularity">Its G.</param>
/// <param name="Loss">What it loses, nats.</param>
public sealed record RoundingLoss(int Candidates, double Experts, double Granularity, double Loss);
