using System.Globalization;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Training;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Files;

/// <summary>The recipe of one cell: numbers, or formulas of its model's columns such as <c>20 * active_params</c>.</summary>
/// <param name="grid">Where the cell comes from.</param>
/// <param name="study">The whole file.</param>
/// <param name="name">Of the cell.</param>
/// <param name="model">Of the cell.</param>
/// <param name="own">What the grid says.</param>
/// <param name="all">With what all cells share.</param>
/// <param name="isBuiltIn">Whether <c>train</c> trains it, which takes no rate above <see cref="RecipeLimits.HighestRate"/>; what a trainer
/// of the user's takes, nobody knows.</param>
internal sealed class RecipeReader(
    YamlMap grid,
    YamlMap study,
    string name,
    Model model,
    IReadOnlyDictionary<string, string> own,
    IReadOnlyDictionary<string, string> all,
    bool isBuiltIn
)
{
    private static readonly string[] FromZero = ["warmup", "weight_decay", "checkpoint_seconds"];

    /// <summary>A complaint about a key, where it stands.</summary>
    public UserException Error(string key, string message) =>
        own.ContainsKey(key) ? grid.Error(key, message)
        : study.OptionalMap("train") is YamlMap train && train.Has(key) ? train.Error(key, message)
        : grid.Error(grid.FirstKey, message);

    /// <summary>
    /// Where the law that gave the learning rate is beyond its experiments; null before it is read, or where no law gave it.
    /// </summary>
    public OutsideRate? RateOutside { get; private set; }

    /// <summary>A number above zero or a formula that gives one, or the name of a law.</summary>
    public double Number(string key, double? otherwise = null)
    {
        if (!all.TryGetValue(key, out string? text))
        {
            return otherwise ?? throw Error(key, $"cell '{name}' needs '{key}'");
        }
        double value = key == "learning_rate" && IsLaw(text) ? OfLaw(key, text) : Formula(key, text);
        bool isFromZero = FromZero.Contains(key);
        double most = key == "learning_rate" && isBuiltIn ? RecipeLimits.HighestRate : RecipeLimits.MaxTokens;
        return value >= 0 && value <= most && (value > 0 || isFromZero)
            ? value
            : throw Error(
                key,
                FormattableString.Invariant(
                    $"'{key}' of cell '{name}' comes out as {value:G6}; it needs a number {(isFromZero ? "from 0" : "above 0")} up to {most:G6}"
                )
            );
    }

    /// <summary>A whole number, from 0 up for a seed.</summary>
    public double Whole(string key, double otherwise, double most)
    {
        double value = all.TryGetValue(key, out string? text) ? Formula(key, text) : otherwise;
        double least = key == "seed" ? 0 : 1;
        return value == Math.Floor(value) && value <= most && value >= least
            ? value
            : throw Error(
                key,
                FormattableString.Invariant($"'{key}' of cell '{name}' is {value:G6}; it needs a whole number from {least} to {most:G6}")
            );
    }

    /// <summary>A share of the run.</summary>
    public double Share(string key, double otherwise)
    {
        double value = Number(key, otherwise);
        return value < 1 ? value : throw Error(key, $"'{key}' is {value}; it needs a share of the run, above 0 and below 1, such as 0.2");
    }

    public string Choice(string key, params string[] choices)
    {
        string value = all.GetValueOrDefault(key, choices[0]);
        return choices.Contains(value)
            ? value
            : throw Error(key, $"'{key}' is '{value}'{Guess.Hint(value, choices)}; it needs one of {string.Join(", ", choices)}");
    }

    /// <summary>
    /// The usual rate of a cell that is given none. That of small runs is doubtful for a model larger than those of the law.
    /// </summary>
    public double DefaultLearningRate()
    {
        DefaultRate usual = DefaultRate.Of(model);
        RateOutside =
            usual.Outside is Excess outside && outside.Value > outside.Bound
                ? new OutsideRate(DefaultRate.LawId, outside, IsDefault: true)
                : null;
        return usual.Rate;
    }

    /// <summary>The value of a setting that only <c>train</c> reads.</summary>
    public string Checked(string key) =>
        key == "init_cut"
            ? !isBuiltIn
                ? all[key]
                : Choice(key, "2sd", "0.2")
            : key is "epochs" or "checkpoint_steps"
                ? Whole(key, 0, key == "epochs" ? RecipeLimits.MaxEpochs : RecipeLimits.MaxCheckpointSteps)
                    .ToString(CultureInfo.InvariantCulture)
                : Number(key).ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Lengths of branches, shortest first.</summary>
    public long[] Branches()
    {
        long[] lengths =
        [
            .. all[Settings.Branches]
                .Split(Settings.BetweenBranches, StringSplitOptions.TrimEntries)
                .Select(b => Sequences(Settings.Branches, b))
                .Order(),
        ];
        // Folders are named by them.
        return lengths.Select(l => Quantity.FormatCount(l)).Distinct().Count() == lengths.Length
            ? lengths
            : throw Error(Settings.Branches, $"'branches' of cell '{name}' has lengths that are the same in three digits; give each once");
    }

    /// <summary>Sequences that are trained on together at least: a routing group where experts choose, else 1.</summary>
    public int Group { get; } = Transformer.GroupOf(model);

    /// <summary>Tokens, rounded down to whole sequences, and where experts choose to whole routing groups.</summary>
    public long Sequences(string key, string text)
    {
        double count = Formula(key, text);
        double unit = model.Context * Group;
        return count >= unit && count <= RecipeLimits.MaxTokens ? (long)(Math.Floor(count / unit) * unit)
            : !(count < unit)
                ? throw Error(
                    key,
                    FormattableString.Invariant(
                        $"'{key}' of cell '{name}' is {count:G6} tokens; no run is longer than {RecipeLimits.MaxTokens:G6}"
                    )
                )
            : throw Error(
                key,
                FormattableString.Invariant(
                    $"'{key}' of cell '{name}' is {count:G6} tokens, and {(Group == 1 ? "a sequence" : "a routing group")} has {unit}; raise it, or lower {(Group == 1 ? "'context'" : "'routing_group' or 'context'")}"
                )
            );
    }

    /// <summary>A number, or a formula of columns of the model.</summary>
    public double Formula(string key, string text)
    {
        if (Quantity.TryParseCount(text, out double value))
        {
            return value;
        }
        Expression formula;
        try
        {
            if (double.IsInfinity(value))
            {
                // 1e400, which a formula would take for infinity.
                Quantity.ParseCount(text, $"'{key}'");
            }
            formula = Parser.ParseNumber(text, $"'{key}'");
        }
        catch (UserException e)
        {
            throw Error(key, e.Message.TrimEnd('.'));
        }
        string? unknown = formula.FreeNames().FirstOrDefault(n => !ModelColumns.Names.Contains(n));
        if (unknown is not null)
        {
            throw Error(
                key,
                $"'{text}' reads '{unknown}', which is no column of a model{Guess.Hint(unknown, ModelColumns.Names)}; known are {string.Join(", ", ModelColumns.Names)}"
            );
        }
        Func<string, double?> column = Column();
        return CompiledFormula.Compile(formula, ModelColumns.Names).Evaluate([.. ModelColumns.Names.Select(n => column(n)!.Value)]);
    }

    private static bool IsLaw(string text) => LawCatalog.Ids.Contains(text) || text.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase);

    // The longest run decides: all branches of a trunk share its rate.
    private double OfLaw(string key, string id)
    {
        Law law = LawCatalog.Open(id, study.Folder);
        if (law.Predicts != Predictions.LearningRate)
        {
            throw Error(key, $"'{id}' predicts {law.Predicts}; 'learning_rate' needs a law of learning rates, a formula or a number");
        }
        Func<string, double?> ofModel = Column();
        double tokens = all.TryGetValue("tokens", out string? text) ? Sequences("tokens", text) : Branches()[^1];
        double? Read(string column) => column == "tokens" ? tokens : ofModel(column);
        Variable? missing = law.Variables.FirstOrDefault(v => v.Value(Read) is null);
        // That a law speaks of other models says more than where they leave its range.
        Excess? outside = RangeCheck.NotCovered(law, Read).Concat(RangeCheck.OutsideColumns(law, Read)).FirstOrDefault();
        RateOutside = outside is null ? null : new OutsideRate(law.Id, outside);
        return missing is null
            ? law.Evaluate([.. law.Variables.Select(v => v.Value(Read)!.Value)])
            : throw Error(
                key,
                $"'{id}' reads '{missing.Text}', which a cell does not have before it is trained; give another law, a formula or a number"
            );
    }

    private Func<string, double?> Column() => ModelColumns.Of(model, Census.Of(model));
}
