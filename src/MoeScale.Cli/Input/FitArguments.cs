using System.CommandLine;
using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;

namespace MoeScale.Cli.Input;

/// <summary>The options of <c>fit</c>, and what each says by itself; <see cref="FitQuestion"/> puts them together.</summary>
internal static class FitArguments
{
    private const string DefaultExample = "--map N=params,L=val_loss";

    public static readonly Argument<string[]> Runs = new("runs")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description =
            "Tables of finished runs, one a row: files, folders, patterns in quotes such as 'runs/*.jsonl', or - for standard input; CSV, "
            + "JSON Lines, JSON lists or Parquet, perhaps gzip. Several are read as one table.",
    };

    public static readonly Option<string> LawName = new("--law")
    {
        HelpName = "ID|FILE",
        Description = "The law to fit: its formula, signs and bounds; its coefficients are where the search begins.",
    };
    public static readonly Option<string> Formula = new("--formula")
    {
        HelpName = "FORMULA",
        Description =
            "A bare formula instead, e.g. \"c + a*N^-α + b*D^-β\". "
            + "Names that are columns or mapped are variables, all others coefficients.",
    };
    public static readonly Option<string[]> Map = new("--map")
    {
        HelpName = "N=COLUMN,..",
        Description =
            $"What letters read: columns, or formulas of columns; L is what the law predicts. E.g. {DefaultExample}. In formulas and "
            + "filters a column with signs in its name stands in backticks: 'L=`val/loss`+0'. Give those in single quotes: a shell runs "
            + "backticks as a command, also in double quotes. train_flops=COLUMN is what --approach isoflop takes for FLOPs.",
    };
    public static readonly Option<string> Where = new("--where")
    {
        HelpName = "FILTER",
        Description = "Rows to fit, by columns and letters, e.g. \"router = 'RL-R' and step >= 240000\", 'N > 1e8 and `val/loss` < 6'.",
    };
    public static readonly Option<string> BestOfColumns = new("--best-of")
    {
        HelpName = "COLUMNS",
        Description =
            "Of the runs that agree in these columns keep the one with the lowest loss, e.g. "
            + "active_params,tokens, or \"active_params,tokens by val_loss\".",
    };
    public static readonly Option<string> Weight = new("--weight")
    {
        HelpName = "COLUMN",
        Description = "Weight of a row: a column, or a formula such as 1/loss. Default: all weigh the same.",
    };
    public static readonly Option<bool> SkipBadRows = new("--skip-bad-rows")
    {
        Description = "Leave out rows with missing, non-finite or non-positive values, and count them, instead of refusing them.",
    };
    public static readonly Option<string[]> Fix = new("--fix")
    {
        HelpName = "NAME=VALUE|LAW",
        Description = "Hold a coefficient at a number, or at the value that it has in another law: c=1.69,α=chinchilla-2024.",
    };
    public static readonly Option<string[]> Tie = new("--tie") { HelpName = "β=α", Description = "Make one coefficient follow another." };
    public static readonly Option<string> By = new("--by")
    {
        HelpName = "COLUMN",
        Description = "Fit each value of this column separately too, beside the joint fit.",
    };

    public static readonly Option<string> ObjectiveKindName = new("--objective")
    {
        HelpName = "KIND",
        Description = $"{string.Join(", ", Objective.Names)}. Default log-huber.",
    };
    public static readonly Option<string> Delta = new("--delta")
    {
        HelpName = "X",
        Description = "Where Huber's loss turns from squares to absolute values. Default 1e-3.",
    };
    public static readonly Option<string> Reduce = new("--reduce")
    {
        HelpName = "sum|mean",
        Description = "How rows are taken together. Default sum.",
    };
    public static readonly Option<string> Ridge = new("--ridge")
    {
        HelpName = "X",
        Description = "Weight of the sum of squared coefficients. Default 0.",
    };
    public static readonly Option<string> Starts = new("--starts") { HelpName = "N", Description = "Starting points. Default 512." };
    public static readonly Option<string> Seed = new("--seed")
    {
        HelpName = "N",
        Description = "Of starting points and bootstrap. Default 1.",
    };
    public static readonly Option<string> Threads = new("--threads")
    {
        HelpName = "N",
        Description = "At most so many; the digits do not depend on it. Default: one a processor.",
    };

    public static readonly Option<string> Bootstrap = new("--bootstrap")
    {
        HelpName = "N",
        Description = "Refits to resampled rows: intervals come from them, and the law file keeps them for plan.",
    };
    public static readonly Option<string> Cluster = new("--cluster")
    {
        HelpName = "COLUMN",
        Description =
            "Rows that agree in this column depend on each other, "
            + "such as points of one training trunk: standard errors and bootstrap take them whole.",
    };
    public static readonly Option<bool> NoProfile = new("--no-profile")
    {
        Description = "Intervals from standard errors alone, without a profile of the objective for each coefficient.",
    };
    public static readonly Option<string> Level = new("--level")
    {
        HelpName = "SHARE",
        Description = "Share of repetitions that intervals mean to cover. Default 0.95.",
    };
    public static readonly Option<string> HoldOutText = new("--hold-out")
    {
        HelpName = "ROWS",
        Description = "Rows to predict, not to fit: a filter, lowest-loss:20%, or rolling:COLUMN to go forward.",
    };

    public static readonly Option<string> Compare = new("--compare")
    {
        HelpName = "ID,ID,..",
        Description = "Fit several laws to the same rows and rank them, by their error on rows held out where --hold-out names some.",
    };
    public static readonly Option<string> Approach = new("--approach")
    {
        HelpName = "isoflop",
        Description = "Add parabolas of loss through the sizes of each compute budget, and what they get wrong by themselves.",
    };
    public static readonly Option<bool> AsPublished = new("--as-published")
    {
        Description = "Fit as the law's paper did: objective, weights, starts, held-out rows and choice of its law file.",
    };

    public static readonly Option<string> Out = new("--out")
    {
        HelpName = "FILE",
        Description = "Write the fitted law (YAML), for plan --law FILE.",
    };
    public static readonly Option<string> Id = new("--id")
    {
        HelpName = "NAME",
        Description = "Name of the fitted law. Default: the name of the file of --out.",
    };
    public static readonly Option<string> Cost = new("--cost")
    {
        HelpName = "FORMULA",
        Description = "FLOPs of training, for plans, e.g. \"6*active_params*tokens\". Default: those of the law.",
    };
    public static readonly Option<string> Family = new("--family")
    {
        HelpName = "ID|FILE",
        Description = "Shape family of plans. Default: that of the law.",
    };
    public static readonly Option<string> Svg = new("--svg")
    {
        HelpName = "FILE",
        Description = "Draw predicted against observed, and the residuals in a second file: fit.svg and fit-residuals.svg.",
    };

    public static readonly Option<string> Png = new("--png")
    {
        HelpName = "FILE",
        Description = "The same as PNG: fit.png and fit-residuals.png.",
    };

    /// <summary>What to minimise.</summary>
    /// <exception cref="UserException">No such kind, or a delta that nothing reads.</exception>
    public static Objective ReadObjective(ParseResult parsed)
    {
        string kind = parsed.GetValue(ObjectiveKindName) ?? Objective.Names[0];
        int index = Array.IndexOf([.. Objective.Names], kind);
        if (index < 0)
        {
            throw new UserException(
                $"--objective '{kind}' is not known{Guess.Hint(kind, Objective.Names)}. Known are {string.Join(", ", Objective.Names)}."
            );
        }
        ObjectiveKind known = (ObjectiveKind)index;
        double? delta = Options.Positive(parsed, Delta);
        if (delta is not null && known is not (ObjectiveKind.LogHuber or ObjectiveKind.Huber))
        {
            throw new UserException($"--delta belongs to log-huber and huber; --objective {kind} has none. Leave one out.");
        }
        string reduce = parsed.GetValue(Reduce) ?? "sum";
        return new Objective(
            known,
            delta ?? new Objective().Delta,
            reduce switch
            {
                "sum" => Reduction.Sum,
                "mean" => Reduction.Mean,
                _ => throw new UserException(
                    $"--reduce '{reduce}' is not known{Guess.Hint(reduce, ["sum", "mean"])}. Known are sum and mean."
                ),
            },
            Options.Count(parsed, Ridge) ?? 0
        );
    }

    public static FitOptions ReadSearch(ParseResult parsed)
    {
        FitOptions usual = new();
        return usual with
        {
            Objective = ReadObjective(parsed),
            Starts = (int)(Options.Whole(parsed, Starts, FitProcedure.MaxStarts) ?? usual.Starts),
            Seed =
                parsed.GetValue(Seed) is not string seed ? usual.Seed
                : ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value
                : throw new UserException($"--seed '{seed}' is no seed. It needs a whole number from 0 up, such as 1."),
            Threads = (int)(Options.Whole(parsed, Threads, Options.MaxThreads) ?? usual.Threads),
        };
    }

    public static int ReadBootstrap(ParseResult parsed) =>
        Options.Whole(parsed, Bootstrap, FitRequest.MaxBootstrap) switch
        {
            null => 0,
            1 => throw new UserException("--bootstrap 1 makes one refit, of which nothing can be told. 1,000 are usual."),
            double draws => (int)draws,
        };

    /// <summary>0.95 or 95%.</summary>
    public static double ReadLevel(ParseResult parsed)
    {
        if (parsed.GetValue(Level) is not string text)
        {
            return FitRequest.DefaultLevel;
        }
        bool percent = text.EndsWith('%');
        double value = Quantity.ParseCount(percent ? text[..^1] : text, Level.Name) / (percent ? 100 : 1);
        return value is > 0 and < 1
            ? value
            : throw new UserException($"--level '{text}' is no share between 0 and 1. Write for example 0.9 or 90%.");
    }

    /// <summary>The form with coefficients held and tied as asked.</summary>
    /// <exception cref="UserException">A coefficient, value or law that does not exist.</exception>
    public static LawForm Restrict(ParseResult parsed, LawForm form)
    {
        foreach ((string name, string value) in Pairs(parsed, Fix, "c=1.69 or c=chinchilla-2024"))
        {
            form = form.Hold(
                name,
                Quantity.TryParseCount(value, out double number) ? number
                    : LawCatalog.Ids.Contains(value, StringComparer.OrdinalIgnoreCase) || EmbeddedFolder.IsPath(value)
                        ? ValueIn(value, name)
                    : throw new UserException(
                        $"--fix {name}={value}: '{value}' is neither a number nor a law{Guess.Hint(value, LawCatalog.Ids)}. "
                            + $"Write for example --fix {name}=1.69, --fix {name}=chinchilla-2024 or --fix {name}=other-law.yaml."
                    )
            );
        }
        foreach ((string name, string leader) in Pairs(parsed, Tie, "β=α"))
        {
            form = form.Tie(name, leader);
        }
        return form;
    }

    private static double ValueIn(string lawName, string coefficient)
    {
        Law law = LawCatalog.Open(lawName);
        string canonical = Formulas.Names.Canonical(coefficient);
        return law.Coefficients.FirstOrDefault(c => c.Name == canonical)?.Value
            ?? throw new UserException(
                $"--fix {coefficient}={lawName}: "
                    + $"'{law.Id}' has no coefficient "
                    + $"'{coefficient}'{Guess.Hint(coefficient, law.Coefficients.Select(c => c.Name))}. "
                    + $"It has {string.Join(", ", law.Coefficients.Select(c => c.Name))}."
            );
    }

    private static IEnumerable<(string Name, string Value)> Pairs(ParseResult parsed, Option<string[]> option, string example)
    {
        HashSet<string> seen = [];
        foreach (string entry in (parsed.GetValue(option) ?? []).SelectMany(e => e.Split(',')))
        {
            string[] sides = entry.Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides.Length != 2 || sides[0].Length == 0 || sides[1].Length == 0)
            {
                throw new UserException($"{option.Name} '{entry}' is not NAME=VALUE. Write for example {option.Name} {example}.");
            }
            if (!seen.Add(Formulas.Names.Canonical(sides[0])))
            {
                throw new UserException($"{option.Name} names '{sides[0]}' twice; leave one out.");
            }
            yield return (sides[0], sides[1]);
        }
    }
}
