using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Planning;

namespace MoeScale.Cli.Output;

/// <summary>How sure a plan is, in words.</summary>
internal static class IntervalsText
{
    /// <summary>What the draws answer, which experts they choose, and what they answer at those that the plan chose.</summary>
    public static void Write(PlanIntervals i)
    {
        string draws = $"{Figures.Number(100 * i.Level)} % of {Plural.Of(i.Draws - i.Failed, "draw")} of the law's coefficients";
        if (i.Best.Draws == 0)
        {
            Page.Field("How sure", $"none of {Plural.Of(i.Draws, "draw")} of the law's coefficients has an answer");
            return;
        }
        Page.Field("How sure", $"{Ends(i.Best)} ({draws}, sizes continuous); {Choices(i)}");
        if (i.Choices.Count > 1 && i.Chosen.Draws > 0)
        {
            Page.Field("", $"at this choice {Ends(i.Chosen)}");
        }
    }

    /// <summary>"2.90B to 3.80B"</summary>
    public static string Counts(Interval? interval) =>
        interval is null ? "-"
        : Quantity.FormatCount(interval.Low) is string low && Quantity.FormatCount(interval.High) is string high && low != high
            ? $"{low} to {high}"
        : Quantity.FormatCount(interval.Low);

    /// <summary>"2.0801 to 2.1503"</summary>
    public static string Losses(Interval? interval) =>
        interval is null ? "-" : $"{Figures.Loss(interval.Low)} to {Figures.Loss(interval.High)}";

    /// <summary>"E = 16 in 81 %, 32 in 19 %"</summary>
    public static string Choices(PlanIntervals i)
    {
        bool fine = i.Choices.Any(c => c.Granularity != 1);
        string[] shares =
        [
            .. i.Choices.Select(c =>
                $"{Figures.Number(c.Experts)}{(fine ? $" / {Figures.Number(c.Granularity)}" : "")} in {Share(c.Share)} %"
            ),
        ];
        return $"{(fine ? "E / G" : "E")} = {string.Join(", ", shares)}";
    }

    private static string Ends(AnswerIntervals a) => $"N {Counts(a.ActiveParams)}, D {Counts(a.Tokens)}, loss {Losses(a.Loss)}";

    // A few draws are not none, and most are not all.
    private static string Share(double share) =>
        share is > 0 and < 0.005 ? "under 1"
        : share is < 1 and > 0.995 ? "over 99"
        : Figures.Number(Math.Round(100 * share));
}
