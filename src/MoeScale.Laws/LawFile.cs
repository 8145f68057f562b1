using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws;

/// <summary>Reads a law from YAML and checks that it says everything it needs, and nothing that it does not use.</summary>
public static class LawFile
{
    private static readonly string[] Keys =
    [
        "id",
        "predicts",
        "formula",
        "where",
        "variables",
        "coefficients",
        "error",
        "cost",
        "family",
        "fixed",
        "candidates",
        "range",
        "dense_partner",
        "rates",
        "allocations",
        "source",
        "reference",
        "note",
        "fit",
        "fitted",
    ];

    /// <summary>Step Law's pair depends on sizes and tokens only, so it is shown where a law names no rate laws.</summary>
    internal static readonly IReadOnlyList<string> DefaultRates = ["step-2025-lr", "step-2025-batch"];

    private const int MaxParts = 200;

    /// <exception cref="UserException">The law is incomplete or contradicts itself; says file, line and cure.</exception>
    public static Law Parse(YamlMap yaml)
    {
        yaml.RefuseOthers(Keys);
        string predicts = yaml.Choice("predicts", [.. Predictions.All]);
        List<Variable> variables = ReadVariables(yaml.Map("variables"));
        List<Coefficient> coefficients = yaml.OptionalMap("coefficients") is YamlMap map ? ReadCoefficients(map) : [];
        string formulaText = yaml.Text("formula");
        List<KeyValuePair<string, string>> where = ReadWhere(yaml);
        Expression formula = ReadFormula(yaml, formulaText, where);
        CheckNames(yaml, formula, where, variables, coefficients);
        YamlMap? cost = yaml.OptionalMap("cost");
        cost?.RefuseOthers(["training", "inference"]);
        return new Law
        {
            Id = yaml.Text("id"),
            Folder = yaml.Folder,
            Predicts = predicts,
            FormulaText = formulaText,
            WhereTexts = where,
            Formula = formula,
            Variables = variables,
            Coefficients = coefficients,
            Error = ReadError(yaml),
            TrainingCost = ReadCost(cost, "training"),
            InferenceCost = ReadCost(cost, "inference"),
            Family = yaml.OptionalText("family"),
            Fixed = ReadColumns(yaml, "fixed", ReadFixed),
            Candidates = ReadColumns(yaml, "candidates", ReadCandidates),
            Range = ReadRange(yaml, variables),
            DensePartner = yaml.OptionalText("dense_partner"),
            Rates =
                yaml.Has("rates") ? yaml.Texts("rates")
                : predicts == Predictions.Loss ? DefaultRates
                : [],
            Allocations = yaml.Texts("allocations"),
            Source = yaml.OptionalText("source") ?? "",
            Reference = yaml.OptionalMap("reference") is YamlMap reference ? Reference.Read(reference) : null,
            Note = yaml.OptionalText("note") ?? "",
            Procedure = yaml.OptionalMap("fit") is YamlMap fit ? ProcedureSection.Read(fit, coefficients) : null,
            Fitted = yaml.OptionalMap("fitted") is YamlMap fitted ? FittedSection.Read(fitted, coefficients) : null,
        };
    }

    private static List<Variable> ReadVariables(YamlMap map)
    {
        List<Variable> variables = [];
        foreach (string name in map.Keys)
        {
            // The letter of a bare formula is a column, whose name may have any sign.
            if (!Names.IsQuoted(name))
            {
                CheckName(map, name);
            }
            YamlMap? details = map.IsMap(name) ? map.Map(name) : null;
            details?.RefuseOthers(["column", "meaning"]);
            string column = details?.Text("column") ?? map.Text(name);
            Expression formula = Parser.ParseNumber(column, details?.Place("column") ?? map.Place(name));
            if (formula.FreeNames().Count == 0)
            {
                throw map.Error(
                    name,
                    $"'{column}' reads no column; a variable is a column, such as active_params, or a formula of columns"
                );
            }
            variables.Add(new Variable(Names.Canonical(Names.Plain(name)), column, formula, details?.OptionalText("meaning") ?? ""));
        }
        return variables.Count > 0
            ? variables
            : throw new UserException($"{map.File}: 'variables' is empty. A law reads at least one column, such as N: active_params.");
    }

    private static List<Coefficient> ReadCoefficients(YamlMap map)
    {
        List<Coefficient> coefficients = [];
        foreach (string name in map.Keys)
        {
            CheckName(map, name);
            YamlMap? details = map.IsMap(name) ? map.Map(name) : null;
            details?.RefuseOthers(["value", "sign", "low", "high"]);
            double value = details?.Number("value") ?? map.Number(name);
            Sign sign = details?.Choice("sign", ["positive", "negative", "any"], "any") switch
            {
                "positive" => Sign.Positive,
                "negative" => Sign.Negative,
                _ => Sign.Any,
            };
            // Zero is the bound of a sign, at which a fit may end.
            if ((sign == Sign.Positive && value < 0) || (sign == Sign.Negative && value > 0))
            {
                throw map.Error(
                    name,
                    $"'{name}' is {value} but its sign is declared {(sign == Sign.Positive ? "positive" : "negative")}; change one of "
                        + $"the two"
                );
            }
            Coefficient coefficient = new(
                Names.Canonical(name),
                value,
                sign,
                details?.OptionalNumber("low"),
                details?.OptionalNumber("high")
            );
            RequireBounds(map, name, coefficient);
            coefficients.Add(coefficient);
        }
        return coefficients;
    }

    private static void RequireBounds(YamlMap map, string name, Coefficient c)
    {
        if (c.Low >= c.High)
        {
            throw map.Error(name, $"the bounds of '{name}' leave nothing: low is {c.Low}, high is {c.High}; low needs to be the smaller");
        }
        if (!c.Allows(c.Value))
        {
            throw map.Error(
                name,
                $"'{name}' is {c.Value}, outside its bounds ({(c.Low is double low ? $"low {low}" : "no low")}, "
                    + $"{(c.High is double high ? $"high {high}" : "no high")}); change one of them"
            );
        }
    }

    private static List<KeyValuePair<string, string>> ReadWhere(YamlMap yaml)
    {
        List<KeyValuePair<string, string>> where = [];
        if (yaml.OptionalMap("where") is YamlMap map)
        {
            if (map.Keys.Count > MaxParts)
            {
                throw yaml.Error("where", $"'where' names {map.Keys.Count} parts; a law may have {MaxParts}");
            }
            foreach (string name in map.Keys)
            {
                CheckName(map, name);
                where.Add(new(Names.Canonical(name), map.Text(name)));
            }
        }
        return where;
    }

    private static Expression ReadFormula(YamlMap yaml, string text, List<KeyValuePair<string, string>> where)
    {
        Dictionary<string, Expression> parts = [];
        foreach ((string name, string part) in where)
        {
            if (!parts.TryAdd(name, Parser.ParseNumber(part, yaml.Map("where").Place(name))))
            {
                throw yaml.Error("where", $"'{name}' is defined twice (a Greek letter and its English name are one name)");
            }
        }
        Dictionary<string, Expression> resolved = NamedParts.Resolve(parts, (_, message) => yaml.Error("where", message));
        return Parser.ParseNumber(text, yaml.Place("formula")).Substitute(resolved);
    }

    private static void CheckNames(
        YamlMap yaml,
        Expression formula,
        List<KeyValuePair<string, string>> where,
        List<Variable> variables,
        List<Coefficient> coefficients
    )
    {
        string[] declared = [.. variables.Select(v => v.Name), .. coefficients.Select(c => c.Name), .. where.Select(w => w.Key)];
        string? twice = declared.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null)
        {
            throw yaml.Error(
                "formula",
                $"'{twice}' is declared more than once; a name is a variable, a coefficient or a part under 'where' (a Greek letter and "
                    + $"its English name are one name)"
            );
        }
        IReadOnlyList<string> used = formula.FreeNames();
        string? unknown = used.FirstOrDefault(n => !declared.Contains(n));
        if (unknown is not null)
        {
            throw yaml.Error(
                "formula",
                $"the formula uses '{unknown}'{Guess.Hint(unknown, declared)}, which is neither a variable, a coefficient nor a part "
                    + $"under 'where'; declare it, or correct its spelling (case counts)"
            );
        }
        string? unused = variables.Select(v => v.Name).Concat(coefficients.Select(c => c.Name)).FirstOrDefault(n => !used.Contains(n));
        if (unused is not null)
        {
            throw yaml.Error(
                "formula",
                $"the formula does not use '{unused}', which is declared; remove the declaration, or correct the formula"
            );
        }
    }

    private static double? ReadError(YamlMap yaml) =>
        yaml.OptionalNumber("error") is not double error ? null
        : error > 0 ? error
        : throw yaml.Error("error", $"'error' is {error}; it is the RMSE of the fit, a number above zero");

    private static CostFormula? ReadCost(YamlMap? cost, string key) =>
        cost?.OptionalText(key) is string text ? new CostFormula(text, Parser.ParseNumber(text, cost.Place(key))) : null;

    private static Dictionary<string, T> ReadColumns<T>(YamlMap yaml, string key, Func<YamlMap, string, T> read)
    {
        Dictionary<string, T> columns = [];
        if (yaml.OptionalMap(key) is YamlMap map)
        {
            foreach (string column in map.Keys)
            {
                columns.Add(column, read(map, column));
            }
        }
        return columns;
    }

    /// <summary>The columns of which a plan weighs several values.</summary>
    private static readonly string[] Choices = ["experts", "granularity"];

    /// <summary>
    /// The columns that tell the models of a law from others, and tokens, of which all experiments may have had one number.
    /// </summary>
    private static readonly string[] Held =
    [
        .. Choices,
        "tokens",
        "top_k",
        "expert_count",
        "shared_experts",
        "moe_every",
        "leading_dense_blocks",
    ];

    /// <summary>Of these a model may have none.</summary>
    private static readonly string[] MayBeZero = ["shared_experts", "leading_dense_blocks"];

    // A formula of columns, such as top_k / granularity, may be any number.
    private static double ReadFixed(YamlMap map, string key)
    {
        Expression measure = Parser.ParseNumber(key, map.Place(key));
        string? unknown = measure.FreeNames().FirstOrDefault(n => !Held.Contains(n));
        if (unknown is not null || measure.FreeNames().Count == 0)
        {
            throw map.Error(
                key,
                $"'fixed.{unknown ?? key}' is not known here{Guess.Hint(unknown ?? key, Held)}; known are {string.Join(", ", Held)}, and "
                    + $"formulas of them"
            );
        }
        double value = map.Number(key);
        return measure.Operation != Operation.Name || IsCount(value) || (value == 0 && MayBeZero.Contains(key))
            ? value
            : throw map.Error(key, $"'{key}' is {value}; it needs a whole number from {(MayBeZero.Contains(key) ? 0 : 1)} up");
    }

    private static IReadOnlyList<double> ReadCandidates(YamlMap map, string column)
    {
        map.RefuseOthers(Choices);
        IReadOnlyList<double> values = map.Numbers(column);
        return values.Count > 0 && values.All(IsCount)
            ? values
            : throw map.Error(column, $"'{column}' needs a list of whole numbers from 1 up, such as [1, 2, 4]");
    }

    private static bool IsCount(double value) => value >= 1 && value == Math.Floor(value);

    // A letter that stands for one column is that column, so that a range of N caps what a plan calls active_params.
    private static Dictionary<string, Interval> ReadRange(YamlMap yaml, List<Variable> variables)
    {
        Dictionary<string, Interval> range = [];
        foreach ((string key, Interval interval) in ReadColumns(yaml, "range", ReadInterval))
        {
            Variable? letter = variables.Find(v => v.Name == Names.Canonical(Names.Plain(key)));
            if (letter is null)
            {
                // A key that is no letter is a column or a formula of columns; which columns there are, a plan knows.
                Parser.ParseNumber(key, yaml.Map("range").Place(key));
            }
            if (!range.TryAdd(letter is null ? key : Names.InFormula(letter.IsColumn ? letter.Column : letter.Name), interval))
            {
                throw yaml.Error("range", $"'{key}' has two ranges, one by its letter and one by its column; leave one out");
            }
        }
        return range;
    }

    private static Interval ReadInterval(YamlMap map, string column)
    {
        IReadOnlyList<double> ends = map.Numbers(column, mayBeInfinite: true);
        return ends.Count == 2 && ends[0] <= ends[1] && double.IsFinite(ends[0])
            ? new Interval(ends[0], ends[1])
            : throw map.Error(
                column,
                $"the range of '{column}' needs two numbers, the smaller first, such as [79M, 2.7B], or [2, .inf] where there is no "
                    + $"upper end"
            );
    }

    private static void CheckName(YamlMap map, string name)
    {
        if (!Names.IsName(name))
        {
            throw map.Error(name, $"'{name}' cannot be a name in a formula; a name is letters, digits and _, and no function or keyword");
        }
    }
}
