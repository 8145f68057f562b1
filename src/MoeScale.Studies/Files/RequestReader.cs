using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Studies.Axes;

namespace MoeScale.Studies.Files;

/// <summary>
/// Reads what a study wants of its runs: a fit, a rate law, plans. All that can be known to fail after hours of training fails here.
/// </summary>
/// <param name="yaml">The file.</param>
/// <param name="cells">Of the study.</param>
/// <param name="columns">Of the runs; null where only the user's trainer knows them.</param>
/// <param name="family">The shape family, as the text of a file; null where the models are none.</param>
internal sealed class RequestReader(YamlMap yaml, IReadOnlyList<Cell> cells, RunColumns? columns, string? family)
{
    /// <summary>Under 'fit'.</summary>
    public static readonly IReadOnlyCollection<string> FitKeys =
    [
        "law",
        "compare",
        "fix",
        "hold_out",
        "where",
        "bootstrap",
        "objective",
        "delta",
    ];

    private const double DefaultBootstrap = 500;

    // A law file keeps each refit; laws of 16 coefficients have room for so many.
    private const double MaxBootstrap = 30_000;

    /// <exception cref="UserException">An unknown law, coefficient or column; with line and cure.</exception>
    public StudyFitRequest Fit()
    {
        YamlMap? fit = yaml.OptionalMap("fit");
        if (fit is null)
        {
            return new StudyFitRequest { Fix = [], Bootstrap = (int)DefaultBootstrap };
        }
        fit.RefuseOthers(FitKeys);
        string? law = fit.OptionalText("law") is string name ? Rooted(name) : null;
        string[]? compare = fit.Has("compare") ? [.. fit.Texts("compare").Select(Rooted)] : null;
        if (compare is [])
        {
            throw fit.Error(
                "compare",
                "'fit.compare' has an empty list; give at least one law, or leave it out to compare those of the catalog"
            );
        }
        Law? chosen = law is null ? null : LossLaw(fit, "law", law);
        Law[] compared = [.. (compare ?? []).Select(l => LossLaw(fit, "compare", l))];
        RequireColumns(fit, chosen);
        double bootstrap = Whole(fit, "bootstrap", DefaultBootstrap, 0, MaxBootstrap);
        return bootstrap == 1
            ? throw fit.Error("bootstrap", "'fit.bootstrap' is 1, one refit, of which nothing can be told; 500 are usual, and 0 is none")
            : new StudyFitRequest
            {
                Law = law,
                Compare = compare,
                Fix = Fixed(fit, chosen is not null ? [chosen] : compared, mustHave: chosen is not null),
                HoldOut = Tried(fit, "hold_out", (text, source) => HoldOut.Parse(text, source).Require),
                Where = Tried(
                    fit,
                    "where",
                    (text, source) =>
                    {
                        RunFilter filter = RunFilter.Parse(text, source);
                        return table => filter.Select(table);
                    }
                ),
                Bootstrap = (int)bootstrap,
                Objective = fit.Has("objective") ? fit.Choice("objective", [.. Objective.Names]) : null,
                Delta = Delta(fit),
            };
    }

    /// <exception cref="UserException">No such law, or one of something else.</exception>
    public string? RateLaw()
    {
        if (yaml.OptionalText("rate_law") is not string name)
        {
            return null;
        }
        Law law = At(yaml, "rate_law", () => LawCatalog.Open(Rooted(name)));
        string? unknown = law.Variables.SelectMany(v => v.Columns).FirstOrDefault(c => !RunColumns.OfOptima.Contains(c));
        return law.Predicts != Predictions.LearningRate
                ? throw yaml.Error(
                    "rate_law",
                    $"'rate_law' is '{name}', which predicts {law.Predicts}; it needs a law of learning rates, such as step-2025-lr"
                )
            : unknown is not null
                ? throw yaml.Error(
                    "rate_law",
                    $"'{name}' reads '{unknown}', which the best rates of a sweep do not have{Guess.Hint(unknown, RunColumns.OfOptima)}; "
                        + $"they have {string.Join(", ", RunColumns.OfOptima)}"
                )
            : Rooted(name);
    }

    /// <param name="fit">The law that plans will follow, if it is named.</param>
    /// <exception cref="UserException">A budget, or choices that no plan can weigh.</exception>
    public IReadOnlyList<StudyPlanRequest> Plans(StudyFitRequest fit)
    {
        IReadOnlyList<YamlMap> maps = yaml.Maps("plan");
        if (maps.Count > 0 && family is null)
        {
            throw yaml.Error(
                "plan",
                "a plan chooses among models of a shape family, and 'model_file' names one model; give 'family' instead of it, or leave "
                    + "'plan' out"
            );
        }
        return [.. maps.Select(map => Plan(map, fit))];
    }

    private StudyPlanRequest Plan(YamlMap map, StudyFitRequest fit)
    {
        map.RefuseOthers(StudyPlanRequest.Keys);
        if (!map.Has("flops"))
        {
            throw yaml.Error("plan", "a plan has no 'flops', the budget that it is for; give for example 'plan: [ { flops: 1e14 } ]'");
        }
        StudyPlanRequest request = new()
        {
            Flops = Positive(map, "flops")!.Value,
            MemoryBytes = map.OptionalText("memory") is string memory
                ? At(map, "memory", () => Quantity.ParseBytes(memory, "'plan.memory'"))
                : null,
            InferenceTokens = map.OptionalNumber("inference_tokens") is double tokens
                ? tokens is >= 0 and <= Budget.Largest
                    ? tokens
                    : throw map.Error("inference_tokens", $"'plan.inference_tokens' is {tokens}; it needs a number from 0 up")
                : 0,
            MaxTokens = Positive(map, "max_tokens"),
            MultipleOf = Whole(map, "multiple_of", 1, 1, PlanRequest.MaxChoice),
            Experts = Choices(map, "experts", c => c.Model.Experts),
            Granularities = Choices(map, "granularity", c => c.Model.Granularity),
        };
        if (fit.Law is not null)
        {
            At(map, map.FirstKey, () => Try(request, LawCatalog.Open(fit.Law)));
        }
        return request;
    }

    // As the answer will fill it in: with the values that were trained, of which a plan keeps to the least where the law does not tell them
    // apart.
    private Plan Try(StudyPlanRequest request, Law law)
    {
        TrainedChoices trained = new(column => cells.Select(c => column == AxisNames.Experts ? c.Model.Experts : c.Model.Granularity));
        Law filled = law with
        {
            DensePartner = null,
            Allocations = [],
            TrainingCost = new CostFormula(StudyPlanRequest.Cost, Parser.ParseNumber(StudyPlanRequest.Cost, "cost")),
            Fitted = null,
            Fixed = trained.Kept(law),
            Candidates = trained.Weighed(law),
        };
        try
        {
            return Planner.Solve(
                new PlanRequest(filled, ShapeFamily.Parse(YamlMap.Parse(family!, yaml.File)), request.ToBudget())
                {
                    Experts = request.Experts,
                    Granularities = request.Granularities,
                    MultipleOf = request.MultipleOf,
                }
            );
        }
        catch (UserException e)
        {
            throw new UserException($"no plan can follow from these runs: {e.Phrase.Say(StudyTerms.All)}");
        }
    }

    private double[] Values(Func<Cell, double> value) => [.. cells.Select(value).Distinct().Order()];

    private double[]? Choices(YamlMap map, string key, Func<Cell, double> trained)
    {
        if (!map.Has(key))
        {
            return null;
        }
        double[] values = map.IsList(key) ? [.. map.Numbers(key)] : [map.Number(key)];
        double[] known = Values(trained);
        double[] wrong = Array.FindAll(values, v => !(v >= 1 && v <= PlanRequest.MaxChoice && v == Math.Floor(v)));
        return values.Length == 0
                ? throw map.Error(
                    key,
                    $"'plan.{key}' has an empty list; give at least one value, or leave it out for those that were trained"
                )
            : wrong.Length > 0
                ? throw map.Error(key, $"'plan.{key}' has {wrong[0]}; it needs whole numbers from 1 to {PlanRequest.MaxChoice}")
            : known is [double only] && values.Any(v => v != only)
                ? throw map.Error(
                    key,
                    $"'plan.{key}' has {values.First(v => v != only)}, and all cells have {only}: their law will speak of no other; "
                        + $"train others too, or leave it out"
                )
            : values;
    }

    /// <summary>Coefficients that are held; each must be one of the law that is fitted, or of one of those that are compared.</summary>
    private KeyValuePair<string, string>[] Fixed(YamlMap fit, Law[] laws, bool mustHave)
    {
        YamlMap? fix = fit.OptionalMap("fix");
        laws =
            laws.Length > 0 || fix is null
                ? laws
                : [.. LawCatalog.Ids.Select(id => LawCatalog.Open(id)).Where(l => l.Predicts == Predictions.Loss)];
        return fix is null ? [] : [.. fix.Keys.Select(key => KeyValuePair.Create(key, FixedValue(fix, key, laws, mustHave)))];
    }

    private string FixedValue(YamlMap fix, string key, Law[] laws, bool mustHave)
    {
        string name = Names.Canonical(key);
        Law[] having = Array.FindAll(laws, l => l.Coefficients.Any(c => c.Name == name));
        if (having.Length == 0)
        {
            string[] known = [.. laws.SelectMany(l => l.Coefficients).Select(c => c.Name).Distinct()];
            throw fix.Error(
                key,
                $"{(laws.Length == 1 ? $"'{laws[0].Id}' has no" : "none of the laws that are compared has a")} coefficient "
                    + $"'{key}'{Guess.Hint(key, known)}; there are {string.Join(", ", known)}"
            );
        }
        string value = Rooted(fix.Text(key));
        // What begins as a number is one, so that 1e400 is no law that is not found.
        double number =
            char.IsAsciiDigit(value[0]) || value[0] is '+' or '-' or '.' && !EmbeddedFolder.IsPath(value)
                ? At(fix, key, () => Quantity.ParseCount(value, $"'fit.fix.{key}'"))
            : At(fix, key, () => LawCatalog.Open(value)) is Law law
            && law.Coefficients.FirstOrDefault(c => c.Name == name) is Coefficient found
                ? found.Value
            : throw fix.Error(
                key,
                $"'{fix.Text(key)}' has no coefficient '{key}' whose value could be taken; give a number, or another law"
            );
        foreach (Law held in mustHave ? having : having.Take(1))
        {
            At(fix, key, () => LawForm.Of(held).Hold(name, number));
        }
        return value;
    }

    private static Law LossLaw(YamlMap fit, string key, string name)
    {
        Law law = At(fit, key, () => LawCatalog.Open(name));
        return law.Predicts == Predictions.Loss
            ? law
            : throw fit.Error(
                key,
                $"'{law.Id}' predicts {law.Predicts}; 'fit.{key}' needs laws of losses, such as "
                    + $"joint-2025{(law.Predicts == Predictions.LearningRate ? ". A law of rates belongs under 'rate_law'" : "")}"
            );
    }

    private void RequireColumns(YamlMap fit, Law? law)
    {
        string? unknown = columns is null
            ? null
            : law?.Variables.SelectMany(v => v.Columns).FirstOrDefault(c => !columns.Numbers.Contains(c));
        if (unknown is not null)
        {
            throw fit.Error(
                "law",
                $"'{law!.Id}' reads '{unknown}', which the runs will not have{Guess.Hint(unknown, columns!.Numbers)}; they have "
                    + $"{string.Join(", ", columns.Numbers)}"
            );
        }
    }

    /// <summary>A filter, read, and tried on a table with the columns that runs will have.</summary>
    private string? Tried(YamlMap fit, string key, Func<string, string, Action<RunTable>> parse)
    {
        if (fit.OptionalText(key) is not string text)
        {
            return null;
        }
        At(
            fit,
            key,
            () =>
            {
                Action<RunTable> require = parse(text, $"'fit.{key}'");
                if (columns is not null)
                {
                    require(columns.Sample());
                }
                return text;
            }
        );
        return text;
    }

    private static double? Delta(YamlMap fit)
    {
        double? delta = Positive(fit, "delta");
        return delta is not null && fit.OptionalText("objective") is string kind && kind is not ("log-huber" or "huber")
            ? throw fit.Error("delta", $"'fit.delta' belongs to log-huber and huber; objective {kind} has none. Leave one of them out")
            : delta;
    }

    private static double? Positive(YamlMap map, string key) =>
        map.OptionalNumber(key) is not double value ? null
        : value is > 0 and <= Budget.Largest ? value
        : throw map.Error(key, $"'{key}' is {value}; it needs a number above zero");

    /// <summary>A whole number between limits.</summary>
    internal static double Whole(YamlMap map, string key, double otherwise, double least, double most)
    {
        double value = map.OptionalNumber(key) ?? otherwise;
        return value == Math.Floor(value) && value >= least && value <= most
            ? value
            : throw map.Error(key, FormattableString.Invariant($"'{key}' is {value}; it needs a whole number from {least} to {most}"));
    }

    private static T At<T>(YamlMap map, string key, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (UserException e)
        {
            throw map.Error(key, new UserException(e.Phrase.Say(StudyTerms.All)));
        }
    }

    // Laws of one's own stand beside the study.
    private string Rooted(string name) =>
        EmbeddedFolder.IsPath(name) ? Path.GetFullPath(name, yaml.Folder ?? Environment.CurrentDirectory) : name;
}
