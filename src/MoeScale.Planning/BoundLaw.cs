using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>A law that predicts loss, and its costs, as functions of the columns of a planned run (<see cref="PlanColumns"/>).</summary>
internal sealed class BoundLaw
{
    /// <summary>What repeated tokens are worth under a law that knows of new ones only.</summary>
    public const string RepeatsLaw = "muennighoff-2023-repeats";

    // A frontier asks hundreds of times.
    private static readonly Lazy<Law> Repeats = new(() => LawCatalog.Open(RepeatsLaw));

    private readonly ShapeFamily _family;
    private readonly Law? _repeats;
    private readonly Expression _lossFormula;
    private readonly List<LawOfChoice> _choices = [];
    private readonly CompiledFormula _trainingCost;
    private readonly CompiledFormula? _inferenceCost;

    /// <exception cref="UserException">The law reads what a plan cannot give, or has no cost.</exception>
    /// <param name="law">The law.</param>
    /// <param name="family">The shapes, at one of which the costs are tried.</param>
    /// <param name="withInference">Whether the plan pays for inference.</param>
    /// <param name="repeats">What tokens are worth that repeat, for a law that does not say so itself; null where all are new.</param>
    public BoundLaw(Law law, ShapeFamily family, bool withInference, Law? repeats = null)
    {
        PlannableLaw.Require(law);
        Law = law;
        _family = family;
        _repeats = repeats;
        _lossFormula = LossFormula(law, repeats);
        _trainingCost = Cost(law, family, law.TrainingCost, "training", "tokens", "6 * active_params * tokens");
        if (withInference)
        {
            _inferenceCost = Cost(law, family, law.InferenceCost, "inference", "inference_tokens", "2 * active_params * inference_tokens");
        }
    }

    // The costs hold no coefficient of the law.
    private BoundLaw(BoundLaw other, Law law)
    {
        Law = law;
        _family = other._family;
        _repeats = other._repeats;
        _lossFormula = LossFormula(law, other._repeats);
        _trainingCost = other._trainingCost;
        _inferenceCost = other._inferenceCost;
    }

    /// <exception cref="UserException">The law reads what a plan cannot give, or has no cost.</exception>
    public static BoundLaw For(PlanRequest request) =>
        new(
            request.Law,
            request.Family,
            withInference: request.Budget.InferenceTokens > 0,
            request.Budget.UniqueTokens is null ? null : Repeats.Value
        );

    public Law Law { get; }

    /// <summary>The same law with other coefficients, a value for each in order.</summary>
    public BoundLaw With(ReadOnlySpan<double> coefficients)
    {
        Coefficient[] values = [.. Law.Coefficients];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = values[i] with { Value = coefficients[i] };
        }
        return new BoundLaw(this, Law with { Coefficients = values });
    }

    /// <summary>The prediction of any law at the columns of a planned run, ready to evaluate.</summary>
    /// <exception cref="UserException">The law reads a column that a plan does not have.</exception>
    public static CompiledFormula Compile(Law law)
    {
        PlannableLaw.RequireKnown(law);
        return CompiledFormula.Compile(Bind(law), PlanColumns.Names);
    }

    /// <summary>Whether the law itself tells new tokens from repeated ones.</summary>
    public static bool SpeaksOfRepeats(Law law) => law.Variables.Any(v => v.Columns.Contains("unique_tokens"));

    /// <summary>
    /// The law at one expansion rate and granularity, with all that depends on these two alone worked out: a search asks
    /// for hundreds of sizes of each, a frontier for each of them again.
    /// </summary>
    /// <exception cref="UserException">The shapes are there another kind of model than the law speaks of.</exception>
    public LawOfChoice At(double experts, double granularity)
    {
        LawOfChoice? known = _choices.Find(s => s.Experts == experts && s.Granularity == granularity);
        if (known is null)
        {
            CoveredModels.Require(Law, _family, experts, granularity);
            Dictionary<string, double> held = new() { ["experts"] = experts, ["granularity"] = granularity };
            Expression loss = _lossFormula.Substitute(held.ToDictionary(h => h.Key, h => Expression.Number(h.Value)));
            // What inference costs leaves less for training of a larger model, which the closed form knows nothing of.
            ClosedForm? closed = _inferenceCost is null ? ClosedForm.TryReduce(loss, Law.TrainingCost!.Formula, held) : null;
            known = new LawOfChoice(experts, granularity, CompiledFormula.Compile(loss, PlanColumns.Names), closed);
            _choices.Add(known);
        }
        return known;
    }

    /// <summary>FLOPs of training on one token.</summary>
    public double TrainFlopsPerToken(Span<double> columns)
    {
        columns[PlanColumns.Tokens] = 1;
        return _trainingCost.Evaluate(columns);
    }

    /// <summary>FLOPs of inference on the column inference_tokens; 0 when no inference was asked for.</summary>
    public double InferenceFlops(ReadOnlySpan<double> columns) => _inferenceCost?.Evaluate(columns) ?? 0;

    // The loss sees what the tokens are worth; the cost, what they are.
    private static Expression LossFormula(Law law, Law? repeats) =>
        repeats is null || SpeaksOfRepeats(law)
            ? Bind(law)
            : Bind(law).Substitute(new Dictionary<string, Expression> { ["tokens"] = Bind(repeats) });

    /// <summary>The law's formula over the columns of a plan.</summary>
    private static Expression Bind(Law law)
    {
        Dictionary<string, Expression> meaning = law.Coefficients.ToDictionary(c => c.Name, c => Expression.Number(c.Value));
        foreach (Variable variable in law.Variables)
        {
            meaning.Add(variable.Name, variable.Formula);
        }
        return law.Formula.Substitute(meaning);
    }

    private static CompiledFormula Cost(Law law, ShapeFamily family, CostFormula? cost, string kind, string tokens, string example)
    {
        if (cost is null)
        {
            throw new UserException($"'{law.Id}' has no cost of {kind}. Add to its file: cost: {{ {kind}: {example} }}");
        }
        string? unknown = cost.Formula.FreeNames().FirstOrDefault(n => PlanColumns.Index(n) < 0);
        if (unknown is not null)
        {
            throw new UserException(
                $"The cost of {kind} of '{law.Id}' reads '{unknown}', which is no column{Guess.Hint(unknown, PlanColumns.Names)}. "
                    + $"Columns are {string.Join(", ", PlanColumns.Names)}."
            );
        }
        CompiledFormula compiled = CompiledFormula.Compile(cost.Formula, PlanColumns.Names);
        // D = F / (cost of one token) holds only where a million tokens cost a million times as much, which one model shows.
        Model model = family.Model(CoveredModels.ExampleSize, experts: 2, granularity: 2);
        double[] columns = new double[PlanColumns.Names.Count];
        PlanColumns.Fill(model, Census.Of(model), columns);
        int column = PlanColumns.Index(tokens);
        columns[column] = 1;
        double one = compiled.Evaluate(columns);
        columns[column] = 1e6;
        double many = compiled.Evaluate(columns);
        return one > 0 && Math.Abs(many - (1e6 * one)) <= 1e-9 * many
            ? compiled
            : throw new UserException(
                $"The cost of {kind} of '{law.Id}', {cost.Text}, must be above zero and proportional to {tokens}, as in {example}."
            );
    }
}
