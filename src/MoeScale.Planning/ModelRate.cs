using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>The learning rate that a law gives a model.</summary>
/// <param name="Rate">What the law says, also outside its range.</param>
/// <param name="Outside">Where the model leaves the law's experiments; null where it does not.</param>
public sealed record ModelRate(double Rate, Excess? Outside)
{
    /// <param name="law">One of learning rates that reads columns of models alone.</param>
    /// <param name="model">Any.</param>
    public static ModelRate Of(Law law, Model model)
    {
        Func<string, double?> column = ModelColumns.Of(model, Census.Of(model));
        double rate = law.Evaluate([.. law.Variables.Select(v => v.Value(column)!.Value)]);
        return new ModelRate(rate, RangeCheck.OutsideExperiments(law, column) is [Excess first, ..] ? first : null);
    }
}
