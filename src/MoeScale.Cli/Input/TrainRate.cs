using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Training.Recipes;

namespace MoeScale.Cli.Input;

/// <summary>The peak learning rate of a run that is given none, or with which its sweep begins, and why it is that.</summary>
/// <param name="Default">The rate.</param>
/// <param name="Reason">For people.</param>
internal sealed record TrainRate(DefaultRate Default, string Reason)
{
    public const string Swept = "sweep";

    /// <exception cref="UserException">The rate is given and looked for.</exception>
    public static TrainRate Read(ParseResult parsed, Model model)
    {
        bool isSwept = parsed.GetValue(TrainArguments.SweepRate);
        if (isSwept && RecipeOptions.Has(parsed, RecipeSettings.LearningRate))
        {
            throw new UserException("--lr gives the rate that --sweep-lr would look for. Give one of them.");
        }
        if (!isSwept && parsed.GetValue(TrainArguments.SweepTokens) is not null)
        {
            throw new UserException("--sweep-tokens belongs to --sweep-lr. Give that too, or leave it out.");
        }
        TrainRate byDefault = DefaultOf(model);
        return isSwept ? new TrainRate(byDefault.Default with { From = Swept }, "the best of a sweep") : byDefault;
    }

    private static TrainRate DefaultOf(Model model)
    {
        ModelRate law = ModelRate.Of(LawCatalog.Open(DefaultRate.LawId), model);
        return law.Outside is null
            ? new TrainRate(DefaultRate.Of(model, law.Rate), $"of the law {DefaultRate.LawId}")
            : new TrainRate(
                DefaultRate.Of(model, lawRate: null),
                $"the default of small runs, 0.256 / d_model within 1e-3 and 4e-3; {DefaultRate.LawId} would say "
                    + FormattableString.Invariant($"{law.Rate:0.0e0}, but {law.Outside.InWords()}, ")
                    + (law.Outside.IsHeld ? "as in its experiments" : "the end of its experiments")
            );
    }
}
