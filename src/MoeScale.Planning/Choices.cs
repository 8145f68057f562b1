using MoeScale.Basics;
using MoeScale.Laws;

namespace MoeScale.Planning;

/// <summary>Which expansion rates and granularities a law lets a plan weigh.</summary>
internal static class Choices
{
    private const double Max = PlanRequest.MaxChoice;

    private const int MaxValues = 1000;

    /// <param name="law">The law.</param>
    /// <param name="column">"experts" or "granularity".</param>
    /// <param name="asked">What the user asked for; null for the law's own list.</param>
    /// <exception cref="UserException">A value that the law cannot speak of, or that is no whole number from 1 up.</exception>
    public static IReadOnlyList<double> For(Law law, string column, IReadOnlyList<double>? asked)
    {
        double? held = Held(law, column);
        IReadOnlyList<double> own = Own(law, column);
        if (held is not null && law.Candidates.ContainsKey(column))
        {
            throw new UserException(
                $"'{law.Id}' lists candidates for {column} but holds for {column} {held} only. Let its formula read {column}, "
                    + $"or remove the list."
            );
        }
        if (asked is null)
        {
            return own;
        }
        Setting setting = column == "experts" ? PlanSettings.Experts : PlanSettings.Granularity;
        if (asked.Count > MaxValues)
        {
            throw new UserException($"{setting} lists {asked.Count} values. A plan weighs up to {MaxValues}.");
        }
        foreach (double value in asked)
        {
            if (!(value is >= 1 and <= Max && value == Math.Floor(value)))
            {
                throw new UserException(
                    $"{setting.To(Figures.Shortest(value))} makes no sense: it needs whole numbers from 1 to {Max}, "
                        + $"such as {string.Join(',', own)}."
                );
            }
            if (held is double only && value != only)
            {
                Phrase cure = LawFor(law, column, value) is { Length: > 0 } others
                    ? Phrase.If(PlanSettings.Law, $" Use {OtherLaws(others)}.")
                    : $" Leave {setting} out, or give a law that reads {column}.";
                throw new UserException($"'{law.Id}' holds for {column} {only} only, not for {value}.{cure}");
            }
        }
        return [.. asked.Distinct().Order()];
    }

    /// <summary>Whether a law was made for dense models too: it holds for them, or weighs them of itself.</summary>
    public static bool SpeaksOfDense(Law law) => Own(law, "experts").Contains(1) && Own(law, "granularity").Contains(1);

    /// <summary>The setting that chooses one of some laws.</summary>
    public static Phrase OtherLaws(IEnumerable<string> ids) => Phrase.Join(" or ", ids.Select(id => (Phrase)$"{PlanSettings.Law.To(id)}"));

    // The values that a plan weighs unasked.
    private static IReadOnlyList<double> Own(Law law, string column) =>
        Held(law, column) is double only ? [only] : law.Candidates.GetValueOrDefault(column) ?? [1];

    /// <summary>The one value that a law holds for, or null if it tells values apart.</summary>
    private static double? Held(Law law, string column)
    {
        if (law.Fixed.TryGetValue(column, out double value))
        {
            return value;
        }
        // Without a word about experts, a loss law is one of dense models.
        string[] columns = [.. law.Variables.SelectMany(v => v.Columns)];
        bool readsBoth =
            columns.Any(c => c.StartsWith("active_params", StringComparison.Ordinal))
            && columns.Any(c => c.StartsWith("total_params", StringComparison.Ordinal));
        bool tellsApart =
            columns.Contains(column)
            || columns.Contains("expert_count")
            || columns.Contains("top_k")
            || (column == "granularity" ? columns.Contains("d_expert") : readsBoth);
        return tellsApart ? null : 1;
    }

    /// <summary>Laws of the catalog that hold for the value: the law's dense partner, or those of the same shapes, or else all.</summary>
    private static string[] LawFor(Law law, string column, double value)
    {
        Law[] fitting =
        [
            .. LawCatalog
                .Ids.Select(id => LawCatalog.Open(id))
                .Where(other => other.Predicts == Predictions.Loss && other.Family is not null)
                .Where(other =>
                    Held(other, column) is double held
                        ? held == value
                        : other.Candidates.GetValueOrDefault(column)?.Contains(value) ?? false
                ),
        ];
        Law[] partner = Array.FindAll(fitting, other => other.Id == law.DensePartner);
        Law[] related = Array.FindAll(fitting, other => other.Family == law.Family);
        return
        [
            .. (
                partner.Length > 0 ? partner
                : related.Length > 0 ? related
                : fitting
            ).Select(other => other.Id),
        ];
    }
}
