using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Files;

/// <summary>The learning rate of a run that is given none: that of a law inside its range, else the one of small runs.</summary>
/// <param name="Rate">At its highest.</param>
/// <param name="LawRate">What the law says, also outside its range.</param>
/// <param name="Outside">Where the model leaves the range of the law; null where the law decides.</param>
public sealed record DefaultRate(double Rate, double LawRate, Excess? Outside)
{
    /// <summary>The law.</summary>
    public const string LawId = "joint-2025-lr";

    // A study asks for each of its cells.
    private static readonly Lazy<Law> TheLaw = new(() => LawCatalog.Open(LawId));

    public static DefaultRate Of(Model model)
    {
        Law law = TheLaw.Value;
        Func<string, double?> column = ModelColumns.Of(model, Census.Of(model));
        double rate = law.Evaluate([.. law.Variables.Select(v => v.Value(column)!.Value)]);
        return RangeCheck.OutsideExperiments(law, column) is [Excess first, ..]
            ? new DefaultRate(DefaultRecipe.RateOfSmallRun(model.ModelWidth), rate, first)
            : new DefaultRate(rate, rate, null);
    }
}

/// <summary>A learning rate of a law that is asked beyond its experiments.</summary>
/// <param name="Law">Its id.</param>
/// <param name="Excess">By which the cell is beyond them.</param>
/// <param name="IsDefault">Whether the rate is that of small runs for that reason, and not the law's.</param>
public sealed record OutsideRate(string Law, Excess Excess, bool IsDefault = false);
