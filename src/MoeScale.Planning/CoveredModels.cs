using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>
/// Whether the models of a plan are those that its law speaks of. A law that reads the number of experts alone takes for granted how
/// many of them a token uses; asked about another model it would answer all the same, and for a model that is not the one asked about.
/// </summary>
internal static class CoveredModels
{
    /// <summary>Where a family shows what its models are.</summary>
    public const double ExampleSize = 1024;

    /// <summary>Fails where a family's models at one choice are not those that the law speaks of.</summary>
    /// <param name="law">The law.</param>
    /// <param name="family">The shapes.</param>
    /// <param name="experts">E.</param>
    /// <param name="granularity">G.</param>
    /// <param name="columns">Those of a model of the family; null for one of the example size.</param>
    /// <exception cref="UserException">Says what differs, and which laws speak of such models.</exception>
    public static void Require(Law law, ShapeFamily family, double experts, double granularity, double[]? columns = null)
    {
        Func<string, double?> column = OfModel(columns ?? Example(family, experts, granularity));
        string at = $"the family {family.Id} at experts {Figures.Significant(experts)} and granularity {Figures.Significant(granularity)}";
        foreach ((string name, double asked) in ((string, double)[])[("experts", experts), ("granularity", granularity)])
        {
            // The search works out a law at what was asked for, once for all sizes.
            if (column(name) is double own && Math.Abs(own - asked) > 1e-9 * asked && law.Variables.Any(v => v.Columns.Contains(name)))
            {
                throw new UserException(
                    $"{at} has models with {name} {own:G6}, of which '{law.Id}' would tell the loss of {name} {asked:G6}. "
                        + "Let the sizes of the family follow experts and granularity: expert_count is their product, "
                        + "d_expert is d_ff / granularity."
                );
            }
        }
        if (RangeCheck.NotCovered(law, column) is { Count: > 0 } notCovered)
        {
            IEnumerable<Law> speaking = LawCatalog
                .Ids.Select(id => LawCatalog.Open(id))
                .Where(l => Tells(l) && RangeCheck.NotCovered(l, column).Count == 0);
            string[] others = [.. speaking.Select(l => l.Id)];
            Phrase cure = others.Length > 0 ? Phrase.If(PlanSettings.Law, $"Use {Choices.OtherLaws(others)}, or", "Use") : "Use";
            throw new UserException(
                $"'{law.Id}' does not speak of these models: in {at}, {Excess.InWords(notCovered)}. "
                    + $"{cure} a family of models that it speaks of."
            );
        }
    }

    /// <summary>Whether a family has dense models, and the law speaks of them.</summary>
    public static bool HaveDense(Law law, ShapeFamily family)
    {
        Model dense = family.Model(ExampleSize, experts: 1, granularity: 1);
        return Choices.SpeaksOfDense(law)
            && dense is { IsDense: true, TopK: 1 }
            && RangeCheck.NotCovered(law, OfModel(Example(family, 1, 1))).Count == 0;
    }

    // Of the laws that a plan may use, those that say of which experts they speak.
    private static bool Tells(Law law) =>
        law.Predicts == Predictions.Loss
        && law.Family is not null
        && (law.Fixed.Count > 0 || law.Variables.Any(v => v.Columns.Contains("top_k")));

    private static double[] Example(ShapeFamily family, double experts, double granularity)
    {
        Model model = family.Model(ExampleSize, experts, granularity);
        double[] columns = new double[PlanColumns.Names.Count];
        PlanColumns.Fill(model, Census.Of(model), columns);
        return columns;
    }

    // How long a model is trained is no matter of what it is.
    private static Func<string, double?> OfModel(double[] columns) =>
        name => PlanColumns.Index(name) is int i and >= 0 && i < PlanColumns.Tokens ? columns[i] : null;
}
