using System.CommandLine;
using System.Globalization;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Published;
using MoeScale.Laws.Runs;
using MoeScale.Planning;

namespace MoeScale.Cli.Input;

/// <summary>What a command line of <c>fit</c> asks for.</summary>
/// <param name="Law">The law whose coefficients are open; null for a bare formula.</param>
/// <param name="FormulaText">The formula as it is written.</param>
/// <param name="Columns">What its letters read.</param>
/// <param name="Request">The fit to all chosen rows.</param>
/// <param name="LeftOut">Rows of the table that were not chosen, and why.</param>
internal sealed record FitQuestion(Law? Law, string FormulaText, FitColumns Columns, FitRequest Request, IReadOnlyList<string> LeftOut)
{
    public HoldOut? HoldOut { get; init; }

    /// <summary>The paper's own procedure; null where the command line says how to fit.</summary>
    public PublishedProcedure? Published { get; init; }

    /// <summary>Whether parabolas are asked for too.</summary>
    public bool IsoFlop { get; init; }

    /// <summary>The column whose values are fitted separately too.</summary>
    public string? By { get; init; }

    public required FittedLawDraft Draft { get; init; }

    /// <summary>"chinchilla-2024", or "the formula".</summary>
    public string Name => Law?.Id ?? "the formula";

    /// <summary>Coefficients of a bare formula that are mostly letters of variables: "N" and "D". They may be meant so.</summary>
    public IReadOnlyList<string> Suspects =>
        Law is not null ? [] : [.. Request.Form.Coefficients.Select(c => c.Name).Where(n => n is "N" or "D" or "C" or "G")];

    /// <exception cref="UserException">The command line, the law or the table do not say what to fit.</exception>
    public static FitQuestion Read(ParseResult parsed)
    {
        string[] runs = RequireRuns(parsed);
        Law? law = ReadLaw(parsed);
        RunTable table = RunTable.Read(runs);
        Expression? bare = law is null ? Parser.ParseNumber(parsed.GetValue(FitArguments.Formula)!, FitArguments.Formula.Name) : null;
        FitColumns columns = ReadColumns(parsed, table, law, bare);
        LawForm form = FitArguments.Restrict(
            parsed,
            law is null ? LawForm.Of(bare!, [.. columns.Letters.Select(l => l.Name)]) : LawForm.Of(law)
        );
        (FitRows rows, List<string> leftOut) = ReadRows(parsed, table, law, columns);
        RequireRoom(parsed, form.Coefficients.Count);
        FitRequest request = new(form, rows)
        {
            Options = FitArguments.ReadSearch(parsed),
            Level = FitArguments.ReadLevel(parsed),
            Bootstrap = FitArguments.ReadBootstrap(parsed),
            Cluster = parsed.GetValue(FitArguments.Cluster),
            Profile = !parsed.GetValue(FitArguments.NoProfile),
        };
        string formula = law?.FormulaText ?? parsed.GetValue(FitArguments.Formula)!;
        PublishedProcedure? published = ReadPublished(parsed, law, columns, request);
        return new FitQuestion(law, formula, columns, published is null ? request : Paper(published.Request, request), leftOut)
        {
            Published = published,
            IsoFlop = ReadApproach(parsed),
            HoldOut = parsed.GetValue(FitArguments.HoldOutText) is string held ? HoldOut.Parse(held) : null,
            By = parsed.GetValue(FitArguments.By) is string by ? table.Column(by, FitArguments.By.Name).Name : null,
            Draft = ReadDraft(parsed, law, columns, formula) with { LeftOut = leftOut },
        };
    }

    // A law that cannot be read again would be told after the hours of its refits.
    private static void RequireRoom(ParseResult parsed, int coefficients)
    {
        int draws = FitArguments.ReadBootstrap(parsed);
        int most = FittedLaw.MaxDraws(coefficients);
        if (parsed.GetValue(FitArguments.Out) is not null && draws > most)
        {
            throw new UserException(
                $"--bootstrap {draws} is too much for --out: a law file keeps each refit, and has room for {most} of "
                    + $"{Plural.Of(coefficients, "coefficient")}. "
                    + "Give fewer, such as 1000, or leave --out out."
            );
        }
    }

    /// <exception cref="UserException">None is given, or it is none.</exception>
    public static RunTable ReadTable(ParseResult parsed)
    {
        RunTable table = RunTable.Read(RequireRuns(parsed));
        return parsed.GetResult(FitArguments.Map) is null && ChartTable.Complaint(table) is UserException chart ? throw chart : table;
    }

    private static FitColumns ReadColumns(ParseResult parsed, RunTable table, Law? law, Expression? bare)
    {
        try
        {
            ColumnMap map = ColumnMap.Parse(table, parsed.GetValue(FitArguments.Map) ?? []);
            FitColumns columns = law is null ? map.For(bare!, parsed.GetValue(FitArguments.Formula)) : map.For(law);
            return columns.Compute is null || ReadApproach(parsed)
                ? columns
                : throw new UserException(
                    $"--map {FitColumns.Flops}={columns.Compute.Text} says what isoFLOP curves take for FLOPs, and no letter of the "
                        + $"formula has that name. Add --approach isoflop, or leave it out."
                );
        }
        catch (UserException e) when (ChartTable.Complaint(table) is UserException chart)
        {
            throw new UserException($"{e.Phrase}\n{chart.Phrase}");
        }
    }

    private static string[] RequireRuns(ParseResult parsed) =>
        parsed.GetValue(FitArguments.Runs) is { Length: > 0 } runs
            ? runs
            : throw new UserException(
                "fit needs a table of runs, one a row. Write for example moescale fit runs.csv --law chinchilla-2024."
            );

    private static Law? ReadLaw(ParseResult parsed)
    {
        string? name = parsed.GetValue(FitArguments.LawName);
        string? formula = parsed.GetValue(FitArguments.Formula);
        return (name, formula) switch
        {
            (null, null) => throw new UserException(
                "fit needs a law. Give one of the catalog or a file with --law, for example --law chinchilla-2024, or a formula with "
                    + "--formula \"c + a*N^-α + b*D^-β\"."
            ),
            (not null, not null) => throw new UserException("--law and --formula both say what to fit. Leave one out."),
            (null, _) => null,
            _ => LawCatalog.Open(name),
        };
    }

    private static PublishedProcedure? ReadPublished(ParseResult parsed, Law? law, FitColumns columns, FitRequest request)
    {
        if (!parsed.GetValue(FitArguments.AsPublished))
        {
            return null;
        }
        Option? own = (
            (Option[])
                [
                    FitArguments.ObjectiveKindName,
                    FitArguments.Delta,
                    FitArguments.Reduce,
                    FitArguments.Ridge,
                    FitArguments.Weight,
                    FitArguments.HoldOutText,
                    FitArguments.By,
                ]
        ).FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
        return own is not null
            ? throw new UserException($"--as-published fits as the law's paper did, and {own.Name} asks for something else. Leave one out.")
            : PublishedProcedure.Of(
                law
                    ?? throw new UserException(
                        "--as-published fits as a law's paper did, and a bare formula has none. Give the law with --law."
                    ),
                request.Form,
                columns,
                request.Rows,
                request.Options
            );
    }

    private static FitRequest Paper(FitRequest paper, FitRequest asked) =>
        paper with
        {
            Level = asked.Level,
            Bootstrap = asked.Bootstrap,
            Cluster = asked.Cluster,
            Profile = asked.Profile,
        };

    private static bool ReadApproach(ParseResult parsed) =>
        parsed.GetValue(FitArguments.Approach) switch
        {
            null => false,
            "isoflop" => true,
            string other => throw new UserException(
                $"--approach '{other}' is not known{Guess.Hint(other, ["isoflop"])}. Known is isoflop; the parametric fit is always made."
            ),
        };

    /// <summary>The rows of a table that a law can be fitted to, and why others are left out.</summary>
    /// <exception cref="UserException">A filter or column that does not exist, or bad rows.</exception>
    public static (FitRows Rows, List<string> LeftOut) ReadRows(ParseResult parsed, RunTable table, Law? law, FitColumns columns)
    {
        List<string> leftOut = [];
        int[] chosen = [.. Enumerable.Range(0, table.RowCount)];
        if (parsed.GetValue(FitArguments.Where) is string where)
        {
            Choose(RunFilter.Parse(where, FitArguments.Where.Name).Select(table, chosen, columns), $"by --where \"{where}\"");
        }
        string best = parsed.GetValue(FitArguments.BestOfColumns) ?? "";
        if (best.Length > 0)
        {
            string[] sides = best.Split(" by ", 2, StringSplitOptions.TrimEntries);
            Variable loss =
                sides.Length == 2 ? Column(sides[1])
                : (law?.Predicts ?? FittedLawDraft.Predicted(columns.Observed.Column)) == Predictions.Loss ? columns.Observed
                : Column(Predictions.Loss);
            Choose(BestOf.Select(table, sides[0], loss, chosen), $"as not the best of their {sides[0]}");
        }
        FitRows rows = FitRows.Take(
            table,
            columns,
            chosen,
            parsed.GetValue(FitArguments.Weight),
            parsed.GetValue(FitArguments.SkipBadRows)
        );
        if (rows.Skipped.Count > 0)
        {
            leftOut.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rows.Skipped.Count:#,0} as bad ({rows.Skipped.First[0].Place}: "
                        + $"{rows.Skipped.First[0].Reason.Say(CommandTerms.All)}{(rows.Skipped.Count > 1 ? ", ..." : "")})"
                )
            );
        }
        return (rows, leftOut);

        // A law of learning rates is fitted to the rates of the runs with the lowest loss, not to the lowest rates.
        Variable Column(string name) =>
            (table.Find(name) ?? table.Find(Names.Plain(name))) is RunColumn { HasNumbers: true } column
                ? new Variable("loss", column.Name, Expression.Variable(column.Name), "")
                : throw new UserException(
                    $"--best-of keeps the run with the lowest loss, and {table.Path} has no column of numbers '{name}'. Name the column: "
                        + $"--best-of \"{best.Split(" by ")[0]} by COLUMN\"."
                );

        void Choose(int[] kept, string why)
        {
            if (kept.Length < chosen.Length)
            {
                leftOut.Add(string.Create(CultureInfo.InvariantCulture, $"{chosen.Length - kept.Length:#,0} {why}"));
            }
            chosen = kept;
        }
    }

    private static FittedLawDraft ReadDraft(ParseResult parsed, Law? law, FitColumns columns, string formula)
    {
        string? path = parsed.GetValue(FitArguments.Out);
        if (path is not null && !columns.Observed.IsColumn)
        {
            throw new UserException(
                $"--out writes a law that predicts a column, and L={columns.Observed.Text} is a formula, whose values a plan would take "
                    + $"for the column's. Put it into a column of the table, or fit without --out."
            );
        }
        string id = parsed.GetValue(FitArguments.Id) ?? (path is null ? law?.Id ?? "fit" : Path.GetFileNameWithoutExtension(path));
        bool isTaken = LawCatalog.Ids.Contains(id, StringComparer.OrdinalIgnoreCase);
        bool isOdd = id.Any(c => !char.IsLetterOrDigit(c) && c is not ('-' or '_' or '.'));
        if (parsed.GetValue(FitArguments.Id) is not null && (isTaken || isOdd))
        {
            throw new UserException(
                $"--id '{id}' "
                    + (isTaken ? "is a law of the catalog" : "has more than letters, digits, '-', '_' and '.'")
                    + ". Give the law a name of its own, such as --id my-law."
            );
        }
        return new FittedLawDraft(
            id.Length > 0 ? id : throw new UserException("--id is empty. Give the law a name, such as --id my-law."),
            CallText.Of(parsed),
            columns
        )
        {
            From = law,
            FormulaText = formula,
            TrainingCost = parsed.GetValue(FitArguments.Cost) is string cost ? ReadCost(cost) : null,
            Family = ReadFamily(parsed),
            IsPlanColumn = name => PlanColumns.Index(name) >= 0,
        };
    }

    private static string? ReadFamily(ParseResult parsed)
    {
        string? family = parsed.GetValue(FitArguments.Family);
        if (family is not null)
        {
            // A name that is none is found out now, not by the plan.
            Models.ShapeFamily.Open(family);
        }
        return family;
    }

    private static CostFormula ReadCost(string text)
    {
        Expression formula = Parser.ParseNumber(text, FitArguments.Cost.Name);
        string? unknown = formula.FreeNames().FirstOrDefault(n => PlanColumns.Index(n) < 0);
        return unknown is null
            ? new CostFormula(text, formula)
            : throw new UserException(
                $"--cost reads '{unknown}', which a plan does not have{Guess.Hint(unknown, PlanColumns.Names)}. It has "
                    + $"{string.Join(", ", PlanColumns.Names)}."
            );
    }
}
