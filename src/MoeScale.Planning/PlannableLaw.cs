using MoeScale.Basics;
using MoeScale.Laws;

namespace MoeScale.Planning;

/// <summary>Whether a plan can follow from a law.</summary>
internal static class PlannableLaw
{
    /// <exception cref="UserException">The law predicts something else than loss, or does not weigh size against tokens, or reads what a
    /// plan cannot give.</exception>
    public static void Require(Law law)
    {
        if (law.Predicts != Predictions.Loss)
        {
            throw new UserException($"'{law.Id}' predicts {law.Predicts}; a plan needs a law that predicts loss, such as joint-2025.");
        }
        RequireKnown(law);
        if (law.Fixed.TryGetValue("tokens", out double held))
        {
            throw new UserException(
                $"All runs behind '{law.Id}' had {Quantity.FormatCount(held)} tokens, "
                    + $"so it cannot weigh a larger model against more data: no plan follows from it. "
                    + $"'moescale laws eval {law.Id}' gives its loss at a point."
            );
        }
        if (!law.Variables.Any(v => v.Columns.Contains("tokens")))
        {
            throw new UserException(
                $"'{law.Id}' reads no tokens, so it cannot weigh a larger model against more data. "
                    + $"A plan needs a variable with the column 'tokens'."
            );
        }
    }

    /// <exception cref="UserException">The law reads what a plan does not have.</exception>
    public static void RequireKnown(Law law)
    {
        RequireKnownColumns(law);
        RequireKnownRange(law);
    }

    private static void RequireKnownColumns(Law law)
    {
        foreach (Variable variable in law.Variables)
        {
            if (variable.Columns.FirstOrDefault(c => PlanColumns.Index(c) < 0) is string unknown)
            {
                throw new UserException(
                    $"'{law.Id}' reads the column '{unknown}' ({variable.Name}), which a plan does not "
                        + $"have{Guess.Hint(unknown, PlanColumns.Names)}. It has {string.Join(", ", PlanColumns.Names)}. "
                        + $"Name one of them, or a formula of them, under 'variables' of the law file."
                );
            }
        }
    }

    // A misspelt column would silently disable the flag that it was meant to raise.
    private static void RequireKnownRange(Law law)
    {
        string[] known = [.. PlanColumns.Names, RangeCheck.TokensPerActiveParam, .. law.Variables.Select(v => v.Name)];
        string? unknown = law
            .Range.Keys.Where(k => !known.Contains(k))
            .SelectMany(k => law.Measure(k).Columns)
            .FirstOrDefault(c => !known.Contains(c));
        if (unknown is not null)
        {
            throw new UserException(
                $"'{law.Id}' states a range of '{unknown}', which is no column of a plan and no letter of the "
                    + $"law{Guess.Hint(unknown, known)}. It has {string.Join(", ", known)}."
            );
        }
    }
}
