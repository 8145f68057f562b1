using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Studies.Files;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Verbs;

/// <summary>The peak learning rate and why it is that.</summary>
/// <param name="Rate">Of a sweep: where it begins.</param>
/// <param name="From">As run.json says it: "given", "law joint-2025-lr", "default", "sweep".</param>
/// <param name="Reason">For people.</param>
internal sealed record TrainRate(double Rate, string From, string Reason)
{
    public const string Swept = "sweep";

    /// <exception cref="UserException">The rate is no rate, or given twice.</exception>
    public static TrainRate Read(ParseResult parsed, Model model)
    {
        double? given = Options.Positive(parsed, TrainArguments.Rate);
        bool isSwept = parsed.GetValue(TrainArguments.SweepRate);
        if (given is not null && isSwept)
        {
            throw new UserException("--lr gives the rate that --sweep-lr would look for. Give one of them.");
        }
        if (!isSwept && parsed.GetValue(TrainArguments.SweepTokens) is not null)
        {
            throw new UserException("--sweep-tokens belongs to --sweep-lr. Give that too, or leave it out.");
        }
        if (given is double rate)
        {
            return new TrainRate(Options.Bounded(rate, TrainArguments.Rate, RecipeLimits.HighestRate), "given", "as given");
        }
        TrainRate usual = Default(model);
        return isSwept ? new TrainRate(usual.Rate, Swept, "the best of a sweep") : usual;
    }

    private static TrainRate Default(Model model)
    {
        DefaultRate usual = DefaultRate.Of(model);
        return usual.Outside is null
            ? new TrainRate(usual.Rate, $"law {DefaultRate.LawId}", $"of the law {DefaultRate.LawId}")
            : new TrainRate(
                usual.Rate,
                "default",
                FormattableString.Invariant(
                    $"the default of small runs, 0.256 / d_model within 1e-3 and 4e-3; {DefaultRate.LawId} would say {usual.LawRate:0.0e0}, but {usual.Outside}{(usual.Outside.IsHeld ? ", as in its experiments" : ", the end of its experiments")}"
                )
            );
    }
}
