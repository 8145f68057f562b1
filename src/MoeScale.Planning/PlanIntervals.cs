using MoeScale.Laws;

namespace MoeScale.Planning;

/// <summary>
/// How sure a plan is: the same question asked of each draw of the law's coefficients, with continuous sizes. Each interval
/// leaves out the same share of draws at both ends.
/// </summary>
/// <param name="Level">Share of the draws inside each interval.</param>
/// <param name="Draws">Draws that were asked.</param>
/// <param name="Failed">Of these, how many have no answer: no finite loss at any size, or no best size.</param>
/// <param name="Best">What the draws answer, each with its own best expansion rate and granularity.</param>
/// <param name="Choices">How many draws choose each expansion rate and granularity, the most first; none without an answer.</param>
/// <param name="Chosen">What they answer at the expansion rate and granularity that the plan chose.</param>
public sealed record PlanIntervals(
    double Level,
    int Draws,
    int Failed,
    AnswerIntervals Best,
    IReadOnlyList<ChoiceShare> Choices,
    AnswerIntervals Chosen
);

/// <summary>Intervals over draws.</summary>
/// <param name="Draws">Draws with an answer.</param>
/// <param name="ActiveParams">N_act; null without an answer, as the others.</param>
/// <param name="Tokens">D.</param>
/// <param name="Loss">Nats per token.</param>
public sealed record AnswerIntervals(int Draws, Interval? ActiveParams, Interval? Tokens, Interval? Loss);

/// <param name="Experts">E.</param>
/// <param name="Granularity">G.</param>
/// <param name="Share">Of the draws with an answer, the share for which this is the best.</param>
public sealed record ChoiceShare(double Experts, double Granularity, double Share);
