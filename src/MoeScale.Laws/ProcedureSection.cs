using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Procedure;

namespace MoeScale.Laws;

/// <summary>Reads the <c>fit</c> section of a law file: how its paper fitted it.</summary>
internal static class ProcedureSection
{
    /// <summary>The way to choose among the fits from all starts, in files.</summary>
    public const string SelectByObjective = "objective";
    public const string SelectByError = "training-and-held-out";

    private static readonly string[] ObjectiveKeys = ["delta", "reduce", "ridge"];

    private static readonly string[] Keys = ["objective", .. ObjectiveKeys, "weight", "starts", "fix", "hold_out", "select"];

    /// <exception cref="UserException">Says file, line and cure.</exception>
    public static FitProcedure Read(YamlMap map, IReadOnlyList<Coefficient> coefficients)
    {
        map.RefuseOthers(Keys);
        string? weight = map.OptionalText("weight");
        if (weight is not null)
        {
            Parser.ParseNumber(weight, map.Place("weight"));
        }
        Dictionary<string, IReadOnlyList<double>> starts = ReadStarts(map, coefficients);
        Dictionary<string, string> fix = ReadByCoefficient(map, "fix", coefficients, (fixes, name, _) => fixes.Text(name));
        if (fix.Keys.FirstOrDefault(starts.ContainsKey) is string both)
        {
            throw map.Error("fix", $"'{both}' is held under 'fix' and started under 'starts'; leave one out");
        }
        string? holdOut = map.OptionalText("hold_out");
        bool byError = map.Choice("select", [SelectByObjective, SelectByError], SelectByObjective) == SelectByError;
        return byError && holdOut is null
            ? throw map.Error("select", $"'{SelectByError}' needs 'hold_out', the rows that are held out")
            : new FitProcedure(ReadObjective(map, "objective"), weight, starts, fix, holdOut, byError);
    }

    /// <summary>An objective from the keys delta, reduce, ridge and the one that names its kind.</summary>
    public static Objective ReadObjective(YamlMap map, string kindKey)
    {
        Objective usual = new();
        ObjectiveKind kind = (ObjectiveKind)Array.IndexOf([.. Objective.Names], map.Choice(kindKey, [.. Objective.Names], usual.Name));
        double? delta = map.OptionalNumber("delta");
        if (delta is not null && kind is not (ObjectiveKind.LogHuber or ObjectiveKind.Huber))
        {
            throw map.Error("delta", "'delta' belongs to huber and log-huber; leave it out, or change the objective");
        }
        if (delta <= 0)
        {
            throw map.Error("delta", $"'delta' is {delta}; it needs a number above zero");
        }
        double ridge = map.OptionalNumber("ridge") ?? 0;
        return ridge < 0
            ? throw map.Error("ridge", $"'ridge' is {ridge}; it needs a number not below zero")
            : new Objective(
                kind,
                delta ?? usual.Delta,
                map.Choice("reduce", ["sum", "mean"], "sum") == "mean" ? Reduction.Mean : Reduction.Sum,
                ridge
            );
    }

    /// <summary>A map from coefficients of the law.</summary>
    public static Dictionary<string, T> ReadByCoefficient<T>(
        YamlMap map,
        string key,
        IReadOnlyList<Coefficient> coefficients,
        Func<YamlMap, string, Coefficient, T> read
    )
    {
        Dictionary<string, T> values = [];
        if (map.OptionalMap(key) is YamlMap named)
        {
            foreach (string name in named.Keys)
            {
                Coefficient coefficient =
                    coefficients.FirstOrDefault(c => c.Name == Names.Canonical(name))
                    ?? throw named.Error(
                        name,
                        $"'{name}' is no coefficient of the "
                            + $"law{Guess.Hint(name, coefficients.Select(c => c.Name))}; "
                            + $"it has {string.Join(", ", coefficients.Select(c => c.Name))}"
                    );
                if (!values.TryAdd(coefficient.Name, read(named, name, coefficient)))
                {
                    throw named.Error(name, $"'{name}' stands there twice (a Greek letter and its English name are one name)");
                }
            }
        }
        return values;
    }

    private static Dictionary<string, IReadOnlyList<double>> ReadStarts(YamlMap map, IReadOnlyList<Coefficient> coefficients)
    {
        Dictionary<string, IReadOnlyList<double>> starts = ReadByCoefficient<IReadOnlyList<double>>(
            map,
            "starts",
            coefficients,
            ReadValues
        );
        double size = starts.Values.Aggregate(1.0, (product, values) => product * values.Count);
        return size <= FitProcedure.MaxStarts
            ? starts
            : throw map.Error(
                "starts",
                $"the product of all lists is {Quantity.FormatCount(size)} starting points; "
                    + $"up to {Quantity.FormatCount(FitProcedure.MaxStarts)} can be tried"
            );
    }

    private static double[] ReadValues(YamlMap map, string name, Coefficient coefficient)
    {
        IReadOnlyList<string> texts = map.IsList(name) ? map.Texts(name) : [map.Text(name)];
        double[] values = [.. texts.Select(text => Constant(map, name, text))];
        return values.Length == 0 ? throw map.Error(name, $"'{name}' has no starting value; give one, or leave it out")
            // Zero stands for the bound of a sign: Hoffmann et al. start exponents there.
            : Array.FindIndex(values, v => !coefficient.Allows(v)) is int outside and >= 0
                ? throw map.Error(
                    name,
                    $"a start of '{name}' is {values[outside]}, "
                        + $"which the sign or the bounds of the coefficient do not allow; change one of them"
                )
            : values;
    }

    // A grid may be even in the logarithm: [exp(0), exp(5), exp(10)].
    private static double Constant(YamlMap map, string name, string text)
    {
        if (Quantity.TryParseCount(text, out double value))
        {
            return value;
        }
        Expression formula = Parser.ParseNumber(text, map.Place(name));
        value = formula.FreeNames().Count == 0 ? CompiledFormula.Compile(formula, []).Evaluate([]) : double.NaN;
        return double.IsFinite(value)
            ? value
            : throw map.Error(name, $"a start of '{name}' is '{text}'; it needs a number, such as 0.5 or exp(5)");
    }
}
