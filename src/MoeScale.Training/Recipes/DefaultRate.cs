using MoeScale.Models;

namespace MoeScale.Training.Recipes;

/// <summary>The learning rate of a run that is given none: that of a law inside its range, else the one of small runs.</summary>
/// <param name="Rate">At its highest.</param>
/// <param name="From">As run.json says it: "law joint-2025-lr", "default", "sweep"; "given" for one that is given.</param>
public sealed record DefaultRate(double Rate, string From)
{
    /// <summary>The law. What it says is worked out by who knows laws, and given here.</summary>
    public const string LawId = "joint-2025-lr";

    /// <param name="model">What is trained.</param>
    /// <param name="lawRate">What the law says of the model; null where the model lies outside its experiments.</param>
    public static DefaultRate Of(Model model, double? lawRate) =>
        lawRate is double rate ? new(rate, $"law {LawId}") : new(DefaultRecipe.RateOfSmallRun(model.ModelWidth), "default");
}
