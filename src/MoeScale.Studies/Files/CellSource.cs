using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Files;

/// <summary>
/// What the recipe of one cell is read from: numbers, formulas of its model's columns such as <c>20 * active_params</c>, or a law of
/// learning rates.
/// </summary>
/// <param name="grid">Where the cell comes from.</param>
/// <param name="study">The whole file.</param>
/// <param name="name">Of the cell.</param>
/// <param name="model">Of the cell.</param>
/// <param name="own">What the grid says.</param>
/// <param name="all">With what all cells share.</param>
/// <param name="rateLaw">The law of a cell that is given no rate.</param>
internal sealed class CellSource(
    YamlMap grid,
    YamlMap study,
    string name,
    Model model,
    IReadOnlyDictionary<string, string> own,
    IReadOnlyDictionary<string, string> all,
    Law rateLaw
) : RecipeSource(model, all)
{
    /// <summary>Whether a trainer of the user's trains it.</summary>
    public required bool IsOfUser { get; init; }

    /// <summary>Whether any of its text is held out.</summary>
    public required bool HasHeldOut { get; init; }

    /// <summary>
    /// Where the law that gave the learning rate is beyond its experiments; null before it is read, or where no law gave it.
    /// </summary>
    public OutsideRate? RateOutside { get; private set; }

    public override bool IsForeign => IsOfUser;

    // Cells share settings that some of them do not use.
    public override bool RefusesIdle => false;

    public override bool ScoresOnTheWay => false;

    public override bool HoldsOut => HasHeldOut;

    protected override char BetweenLengths => Settings.BetweenBranches;

    /// <summary>A formula with what comes out.</summary>
    public override string Shown(string text, double value) =>
        Quantity.TryParseCount(text, out _)
            ? base.Shown(text, value)
            : FormattableString.Invariant($"'{text}' ({Figures.Significant(value)})");

    /// <summary>A complaint about the cell, where the setting stands.</summary>
    public override UserException Complaint(RecipeSetting setting, Phrase complaint)
    {
        UserException ofCell = new($"cell '{name}': {complaint.Say(StudyTerms.All)}");
        return own.ContainsKey(setting.Key) ? grid.Error(setting.Key, ofCell)
            : study.OptionalMap("train") is YamlMap train && train.Has(setting.Key) ? train.Error(setting.Key, ofCell)
            : grid.Error(grid.FirstKey, ofCell);
    }

    /// <inheritdoc/>
    public override DefaultRate Rate(Recipe recipe) =>
        Text(RecipeSettings.LearningRate) is string id && IsLaw(id)
            ? new DefaultRate(Within(RecipeSettings.LearningRate, id, OfLaw(id, recipe.Run.Tokens)), "given")
            : base.Rate(recipe);

    /// <summary>
    /// The default rate of a cell that is given none. That of small runs is doubtful for a model larger than those of the law.
    /// </summary>
    protected override DefaultRate DefaultRate()
    {
        ModelRate ofLaw = ModelRate.Of(rateLaw, Model);
        RateOutside =
            ofLaw.Outside is Excess outside && outside.Value > outside.Bound ? new OutsideRate(rateLaw.Id, outside, IsDefault: true) : null;
        return Training.Recipes.DefaultRate.Of(Model, ofLaw.Outside is null ? ofLaw.Rate : null);
    }

    /// <summary>A number, or a formula of columns of the model.</summary>
    protected override double Evaluate(RecipeSetting setting, string text)
    {
        if (Quantity.TryParseCount(text, out double value) || double.IsInfinity(value))
        {
            // 1e400, which a formula would take for infinity, is refused as any other text that is no number.
            return double.IsInfinity(value) ? base.Evaluate(setting, text) : value;
        }
        Expression formula;
        try
        {
            formula = Parser.ParseNumber(text, $"'{setting.Key}'");
        }
        catch (UserException e)
        {
            throw Complaint(setting, e.Phrase);
        }
        string? unknown = formula.FreeNames().FirstOrDefault(n => !ModelColumns.Names.Contains(n));
        if (unknown is not null)
        {
            throw Complaint(
                setting,
                $"'{text}' reads '{unknown}', which is no column of a model{Guess.Hint(unknown, ModelColumns.Names)}; "
                    + $"known are {string.Join(", ", ModelColumns.Names)}."
            );
        }
        Func<string, double?> column = Column();
        return CompiledFormula.Compile(formula, ModelColumns.Names).Evaluate([.. ModelColumns.Names.Select(n => column(n)!.Value)]);
    }

    private static bool IsLaw(string text) => LawCatalog.Ids.Contains(text) || text.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase);

    // The longest run decides: all branches of a trunk share its rate.
    private double OfLaw(string id, double tokens)
    {
        RecipeSetting setting = RecipeSettings.LearningRate;
        Law law = LawCatalog.Open(id, study.Folder);
        if (law.Predicts != Predictions.LearningRate)
        {
            throw Complaint(
                setting,
                $"'{id}' predicts {law.Predicts}; {setting.Name} needs a law of learning rates, a formula or a number."
            );
        }
        Func<string, double?> ofModel = Column();
        double? Read(string column) => column == "tokens" ? tokens : ofModel(column);
        Variable? missing = law.Variables.FirstOrDefault(v => v.Value(Read) is null);
        // That a law speaks of other models says more than where they leave its range.
        Excess? outside = RangeCheck.NotCovered(law, Read).Concat(RangeCheck.OutsideColumns(law, Read)).FirstOrDefault();
        RateOutside = outside is null ? null : new OutsideRate(law.Id, outside);
        return missing is null
            ? law.Evaluate([.. law.Variables.Select(v => v.Value(Read)!.Value)])
            : throw Complaint(
                setting,
                $"'{id}' reads '{missing.Text}', which a cell does not have before it is trained; give another law, a formula or a number."
            );
    }

    private Func<string, double?> Column() => ModelColumns.Of(Model, Census.Of(Model));
}
