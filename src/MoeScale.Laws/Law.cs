using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Procedure;

namespace MoeScale.Laws;

/// <summary>What a law's formula gives, by its name in law files.</summary>
public static class Predictions
{
    public const string Loss = "loss";
    public const string LearningRate = "learning_rate";
    public const string BatchTokens = "batch_tokens";

    /// <summary>Training tokens that suit a budget.</summary>
    public const string Tokens = "tokens";

    /// <summary>Training FLOPs for each token that suit a budget: the size of the model, said in FLOPs.</summary>
    public const string FlopsPerToken = "flops_per_token";

    /// <summary>FLOPs of the dense model over those of the MoE that reaches the same loss.</summary>
    public const string EfficiencyLeverage = "efficiency_leverage";

    /// <summary>Tokens of new data that are worth as much as tokens of which some repeat.</summary>
    public const string EffectiveTokens = "effective_tokens";

    /// <summary>Every kind of law that the program knows.</summary>
    public static IReadOnlyList<string> All { get; } =
    [Loss, LearningRate, BatchTokens, Tokens, FlopsPerToken, EfficiencyLeverage, EffectiveTokens];

    /// <summary>In what it is counted, for people: "nats per token".</summary>
    public static string UnitOf(string predicts) =>
        predicts switch
        {
            Loss => "nats per token",
            LearningRate => "peak learning rate",
            BatchTokens => "tokens in a global batch",
            Tokens => "training tokens",
            FlopsPerToken => "training FLOPs per token",
            EffectiveTokens => "new tokens worth as much",
            _ => "ratio",
        };
}

/// <summary>The sign that a coefficient must have.</summary>
public enum Sign
{
    Any,
    Positive,
    Negative,
}

/// <param name="Name">Its name in the formula.</param>
/// <param name="Value">Its value.</param>
/// <param name="Sign">The sign that it must have in any fit.</param>
/// <param name="Low">What it must not be below in any fit; null for no such bound but that of its sign.</param>
/// <param name="High">What it must not be above in any fit; null for no such bound but that of its sign.</param>
public sealed record Coefficient(string Name, double Value, Sign Sign, double? Low = null, double? High = null)
{
    /// <summary>Whether a value is inside the bounds, those of the sign counted as zero.</summary>
    public bool Allows(double value) =>
        value >= Math.Max(Low ?? double.NegativeInfinity, Sign == Sign.Positive ? 0 : double.NegativeInfinity)
        && value <= Math.Min(High ?? double.PositiveInfinity, Sign == Sign.Negative ? 0 : double.PositiveInfinity);
}

/// <summary>Smallest and largest value in the experiments behind a law.</summary>
public sealed record Interval(double Low, double High)
{
    // A size that was found by solving for an end lies on it up to rounding.
    private const double Rounding = 1e-9;

    public bool Holds(double value) => value >= Low - (Rounding * Math.Abs(Low)) && value <= High + (Rounding * Math.Abs(High));

    /// <summary>"78.7M to 2.72B", or "2 or more" where there is no upper end.</summary>
    public override string ToString() =>
        double.IsPositiveInfinity(High)
            ? $"{Quantity.FormatCount(Low)} or more"
            : $"{Quantity.FormatCount(Low)} to {Quantity.FormatCount(High)}";
}

/// <summary>
/// A scaling law as data: one formula, its coefficients, what each variable means, where it comes from and where it was
/// tested. Published laws and a user's own are the same thing.
/// </summary>
public sealed record Law
{
    public required string Id { get; init; }

    /// <summary>Folder that relative paths in the file start from; null for a law of the catalog.</summary>
    public string? Folder { get; init; }

    /// <summary>One of <see cref="Predictions.All"/>.</summary>
    public required string Predicts { get; init; }

    /// <summary>The formula as the file writes it.</summary>
    public required string FormulaText { get; init; }

    /// <summary>The named sub-expressions as the file writes them.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> WhereTexts { get; init; }

    /// <summary>The formula over variables and coefficients, sub-expressions filled in.</summary>
    public required Expression Formula { get; init; }

    public required IReadOnlyList<Variable> Variables { get; init; }

    public required IReadOnlyList<Coefficient> Coefficients { get; init; }

    /// <summary>RMSE of the fit, in the unit of what the law predicts; null where none is published.</summary>
    public double? Error { get; init; }

    /// <summary>FLOPs of training, over columns; null if the law has no cost.</summary>
    public CostFormula? TrainingCost { get; init; }

    /// <summary>FLOPs of inference, over columns; null if the law has none.</summary>
    public CostFormula? InferenceCost { get; init; }

    /// <summary>Shape family of the law's models: an id or a path; null if it has none.</summary>
    public string? Family { get; init; }

    /// <summary>
    /// What the models of all experiments had in common, and so what models the law speaks of: a column, or a formula of columns, and
    /// its one value, e.g. an expansion rate of 64, or a top_k / granularity of 1.
    /// </summary>
    public required IReadOnlyDictionary<string, double> Fixed { get; init; }

    /// <summary>Values of a column that a plan tries unless told otherwise.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Candidates { get; init; }

    /// <summary>Range of the experiments, by column, by a formula of columns, or by the letter of a variable that is one.</summary>
    public required IReadOnlyDictionary<string, Interval> Range { get; init; }

    /// <summary>The law of dense models whose losses can be compared with this one's; null if there is none.</summary>
    public string? DensePartner { get; init; }

    /// <summary>Learning-rate and batch-size laws to show with a plan.</summary>
    public required IReadOnlyList<string> Rates { get; init; }

    /// <summary>Laws of tokens or FLOPs per token to show beside a plan.</summary>
    public required IReadOnlyList<string> Allocations { get; init; }

    public string Source { get; init; } = "";

    /// <summary>The paper that it comes from; null where the file names none.</summary>
    public Reference? Reference { get; init; }

    /// <summary>What a user should know before trusting the law; may be empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>How its paper fitted it; null where that is not said.</summary>
    public FitProcedure? Procedure { get; init; }

    /// <summary>Where the coefficients come from, in a law that <c>fit</c> wrote; null for any other.</summary>
    public FittedLaw? Fitted { get; init; }

    /// <summary>The variable that counts parameters, whose convention a reader must know; null if there is none.</summary>
    public Variable? SizeVariable => Variables.FirstOrDefault(v => v.Columns.Any(c => c.Contains("_params", StringComparison.Ordinal)));

    /// <summary>The value of each coefficient by name.</summary>
    public IReadOnlyDictionary<string, double> CoefficientValues => Coefficients.ToDictionary(c => c.Name, c => c.Value);

    /// <summary>"tokens 5B to 500B; experts 1 to 32", or nothing.</summary>
    public string RangeText => string.Join("; ", Range.Select(r => $"{r.Key} {r.Value}"));

    /// <summary>"experts 1, granularity 1", or nothing.</summary>
    public string FixedText => string.Join(", ", Fixed.Select(f => $"{f.Key} {Quantity.FormatCount(f.Value)}"));

    /// <summary>
    /// The formula as it is worked out, a step after those that it names: the parts under <c>where</c> that it uses, each by its name, and
    /// at last the formula itself, under the name "".
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, Expression>> Steps()
    {
        Dictionary<string, Expression> parts = WhereTexts.ToDictionary(w => w.Key, w => Parser.ParseNumber(w.Value, w.Key));
        List<KeyValuePair<string, Expression>> steps = [];
        Add("", Parser.ParseNumber(FormulaText, Id));
        return steps;

        void Add(string name, Expression formula)
        {
            foreach (string part in formula.FreeNames().Where(n => parts.ContainsKey(n) && steps.All(s => s.Key != n)))
            {
                Add(part, parts[part]);
            }
            steps.Add(new(name, formula));
        }
    }

    /// <summary>
    /// What a key of <see cref="Range"/> or <see cref="Fixed"/> means: a letter of the law, a column, or a formula of columns.
    /// </summary>
    public Variable Measure(string key) => Variables.FirstOrDefault(v => v.Name == Names.Plain(key)) ?? RangeCheck.Measure(key);

    /// <summary>The formula ready to evaluate: its inputs are the <see cref="Variables"/>, in order.</summary>
    public CompiledFormula Compile() => CompiledFormula.Compile(Formula, [.. Variables.Select(v => v.Name)], CoefficientValues);

    /// <summary>The prediction at one point.</summary>
    /// <param name="variables">One value for each of <see cref="Variables"/>, in order.</param>
    /// <returns>May be no finite number, outside the domain of the formula.</returns>
    public double Evaluate(params ReadOnlySpan<double> variables) => Compile().Evaluate(variables);
}

/// <summary>A cost in FLOPs as a formula over columns.</summary>
/// <param name="Text">As the file writes it.</param>
/// <param name="Formula">Parsed.</param>
public sealed record CostFormula(string Text, Expression Formula);
