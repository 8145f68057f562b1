using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;

namespace MoeScale.Cli.Verbs;

/// <summary>Reads <c>fit --compare</c>: several laws for the same rows.</summary>
internal static class FitComparison
{
    private static readonly Option[] OfOneFit =
    [
        FitArguments.Formula,
        FitArguments.Fix,
        FitArguments.Tie,
        FitArguments.By,
        FitArguments.Bootstrap,
        FitArguments.Cluster,
        FitArguments.NoProfile,
        FitArguments.Approach,
        FitArguments.AsPublished,
        FitArguments.Out,
        FitArguments.Id,
        FitArguments.Cost,
        FitArguments.Family,
        FitArguments.Svg,
        FitArguments.Png,
    ];

    /// <exception cref="UserException">The command line does not say what to compare, or nothing can be.</exception>
    public static LawComparison Run(ParseResult parsed, RunTable table, Func<FitOptions, FitOptions> watched)
    {
        if (OfOneFit.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is Option option)
        {
            throw new UserException($"--compare fits several laws, and {option.Name} is about one. Leave one out.");
        }
        string[] names =
        [
            .. parsed.GetValue(FitArguments.LawName) is string law ? [law] : Array.Empty<string>(),
            .. parsed.GetValue(FitArguments.Compare)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        ];
        names = [.. names.Distinct()];
        if (names.Length == 0)
        {
            throw new UserException("--compare names no law. Write for example --compare chinchilla-2024,kaplan-2020.");
        }
        Law[] laws = [.. names.Select(n => LawCatalog.Open(n))];
        string[] entries = [.. (parsed.GetValue(FitArguments.Map) ?? []).SelectMany(e => Names.Split(e, ','))];
        RequireLetters(entries, laws);
        HoldOut? holdOut = parsed.GetValue(FitArguments.HoldOutText) is string text ? HoldOut.Parse(text) : null;
        FitOptions options = watched(FitArguments.ReadSearch(parsed));
        double level = FitArguments.ReadLevel(parsed);
        // Of a law that reads no column that others read, the mapping is none of its business.
        LawCandidate[] candidates =
        [
            .. laws.Select(
                (l, i) =>
                    LawCandidate.Of(
                        names[i],
                        () =>
                        {
                            FitColumns columns = ColumnMap
                                .Parse(
                                    table,
                                    entries.Where(e =>
                                        Letter(e) is string letter
                                        && (letter == FitColumns.Predicted || l.Variables.Any(v => v.Name == letter))
                                    )
                                )
                                .For(l);
                            return (LawForm.Of(l), columns, FitQuestion.ReadRows(parsed, table, l, columns).Rows);
                        }
                    )
            ),
        ];
        return LawComparison.Run(candidates, options, holdOut, level);
    }

    private static void RequireLetters(string[] entries, Law[] laws)
    {
        string[] known = [.. laws.SelectMany(l => l.Variables.Select(v => v.Name)).Append(FitColumns.Predicted).Distinct()];
        if (entries.FirstOrDefault(e => !e.Contains('=', StringComparison.Ordinal)) is string none)
        {
            throw new UserException($"--map: '{none}' maps no letter to a column. Write for example --map N=params_active,L=loss.");
        }
        if (entries.FirstOrDefault(e => !known.Contains(Letter(e))) is string unused)
        {
            throw new UserException(
                $"--map: '{Letter(unused)}' is no letter of these laws{Guess.Hint(Letter(unused), known)}; their letters are "
                    + $"{string.Join(", ", known)}."
            );
        }
    }

    private static string Letter(string entry) => Names.Canonical(Names.Plain(Names.Split(entry, '=', 2)[0].Trim()));
}
