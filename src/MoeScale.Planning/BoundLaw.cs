using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>A law that predicts loss, and its costs, as functions of the columns of a planned run (<see cref="PlanColumns"/>).</summary>
internal sealed class BoundLaw
{
    private readonly Expression _lossFormula;
    private readonly CompiledFormula _loss;
    private readonly CompiledFormula _trainingCost;
    private readonly CompiledFormula? _inferenceCost;

    /// <exception cref="UserException">The law reads what a plan cannot give, or has no cost.</exception>
    /// <param name="law">The law.</param>
    /// <param name="family">The shapes, at one of which the costs are tried.</param>
    /// <param name="withInference">Whether the plan pays for inference.</param>
    public BoundLaw(Law law, ShapeFamily family, bool withInference)
    {
        RequireLoss(law);
        RequireKnownRange(law);
        Law = law;
        if (law.Variables.All(v => v.Column != "tokens"))
        {
            throw new UserException($"'{law.Id}' reads no tokens, so it cannot weigh a larger model against more data. A plan needs a variable with the column 'tokens'.");
        }
        _lossFormula = Bind(law, law.Formula);
        _loss = CompiledFormula.Compile(_lossFormula, PlanColumns.Names);
        _trainingCost = Cost(law, family, law.TrainingCost, "training", "tokens", "6 * active_params * tokens");
        if (withInference)
        {
            _inferenceCost = Cost(law, family, law.InferenceCost, "inference", "inference_tokens", "2 * active_params * inference_tokens");
        }
    }

    /// <exception cref="UserException">The law reads what a plan cannot give, or has no cost.</exception>
    public static BoundLaw For(PlanRequest request) => new(request.Law, request.Family, withInference: request.Budget.InferenceTokens > 0);

    public Law Law { get; }

    /// <summary>The prediction of any law at the columns of a planned run, ready to evaluate.</summary>
    /// <exception cref="UserException">The law reads a column that a plan does not have.</exception>
    public static CompiledFormula Compile(Law law) => CompiledFormula.Compile(Bind(law, law.Formula), PlanColumns.Names);

    /// <exception cref="UserException">The law predicts something else.</exception>
    public static void RequireLoss(Law law)
    {
        if (law.Predicts != Predictions.Loss)
        {
            throw new UserException($"'{law.Id}' predicts {law.Predicts}; a plan needs a law that predicts loss, such as joint-2025.");
        }
    }

    public double Loss(ReadOnlySpan<double> columns) => _loss.Evaluate(columns);

    /// <summary>FLOPs of training on one token.</summary>
    public double TrainFlopsPerToken(Span<double> columns)
    {
        columns[PlanColumns.Tokens] = 1;
        return _trainingCost.Evaluate(columns);
    }

    /// <summary>FLOPs of inference on the column inference_tokens; 0 when no inference was asked for.</summary>
    public double InferenceFlops(ReadOnlySpan<double> columns) => _inferenceCost?.Evaluate(columns) ?? 0;

    /// <summary>
    /// Where the law has the form m·X^μ + n·D^ν + c at this expansion rate and granularity, and training costs k·X·D, the X
    /// that minimises it: X = (ν·n / (μ·m))^(1/(μ+ν)) · (F/k)^(ν/(μ+ν)), from setting dL/d ln X = 0 along X·D = F/k.
    /// </summary>
    /// <returns>The column X and its best value; null if the law has no such form.</returns>
    public (int Column, double Value)? ClosedForm(double flops, double expansion, double granularity)
    {
        Dictionary<string, double> known = new() { ["experts"] = expansion, ["granularity"] = granularity };
        IReadOnlyList<PowerTerm>? loss = PowerSum.TryReduce(_lossFormula, known);
        if (_inferenceCost is not null || loss is null
            || PowerSum.TryReduce(Law.TrainingCost!.Formula, known) is not [{ Exponents.Count: 2 } cost] || cost.Exponent("tokens") != 1)
        {
            return null;
        }
        (string size, double power) = cost.Exponents.First(e => e.Key != "tokens");
        PowerTerm[] varying = [.. loss.Where(t => t.Exponents.Count > 0)];
        if (power != 1 || varying.Length != 2
            || Array.Find(varying, t => t.Exponents.Count == 1 && t.Exponent(size) < 0 && t.Coefficient > 0) is not PowerTerm m
            || Array.Find(varying, t => t.Exponents.Count == 1 && t.Exponent("tokens") < 0 && t.Coefficient > 0) is not PowerTerm n)
        {
            return null;
        }
        double mu = m.Exponent(size);
        double nu = n.Exponent("tokens");
        double value = Math.Pow(nu * n.Coefficient / (mu * m.Coefficient), 1 / (mu + nu)) * Math.Pow(flops / cost.Coefficient, nu / (mu + nu));
        return (PlanColumns.Index(size), value);
    }

    // A misspelt column would silently disable the flag that it was meant to raise.
    private static void RequireKnownRange(Law law)
    {
        string[] known = [.. PlanColumns.Names, RangeCheck.TokensPerActiveParam];
        string? unknown = law.Range.Keys.FirstOrDefault(c => !known.Contains(c));
        if (unknown is not null)
        {
            throw new UserException($"'{law.Id}' states a range of '{unknown}', which is no column of a plan{Guess.Hint(unknown, known)}. It has {string.Join(", ", known)}.");
        }
    }

    private static Expression Bind(Law law, Expression formula)
    {
        Dictionary<string, Expression> meaning = law.Coefficients.ToDictionary(c => c.Name, c => Expression.Number(c.Value));
        foreach (Variable variable in law.Variables)
        {
            if (PlanColumns.Index(variable.Column) < 0)
            {
                throw new UserException(
                    $"'{law.Id}' reads the column '{variable.Column}' ({variable.Name}), which a plan does not have{Guess.Hint(variable.Column, PlanColumns.Names)}. It has {string.Join(", ", PlanColumns.Names)}.");
            }
            meaning.Add(variable.Name, Expression.Variable(variable.Column));
        }
        return formula.Substitute(meaning);
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
                $"The cost of {kind} of '{law.Id}' reads '{unknown}', which is no column{Guess.Hint(unknown, PlanColumns.Names)}. Columns are {string.Join(", ", PlanColumns.Names)}.");
        }
        CompiledFormula compiled = CompiledFormula.Compile(cost.Formula, PlanColumns.Names);
        // D = F / (cost of one token) holds only where a million tokens cost a million times as much, which one model shows.
        Model model = family.Model(1024, expansion: 2, granularity: 2);
        double[] columns = new double[PlanColumns.Names.Count];
        ModelColumns.Fill(model, Census.Of(model), columns);
        int column = PlanColumns.Index(tokens);
        columns[column] = 1;
        double one = compiled.Evaluate(columns);
        columns[column] = 1e6;
        double many = compiled.Evaluate(columns);
        return one > 0 && Math.Abs(many - (1e6 * one)) <= 1e-9 * many
            ? compiled
            : throw new UserException($"The cost of {kind} of '{law.Id}', {cost.Text}, must be above zero and proportional to {tokens}, as in {example}.");
    }
}
