using System.Text.Json;
using System.Text.Json.Serialization;
using MoeScale.Basics;
using MoeScale.Reporting;

namespace MoeScale.Studies.Answers;

/// <summary>What a study found, as fit.json keeps it for the report. Losses in nats per token.</summary>
public sealed record StudyAnswer
{
    public required string Study { get; init; }

    public required string Question { get; init; }

    /// <summary>Cells of the study, and how many of them have results.</summary>
    public required int Cells { get; init; }

    public required int CellsDone { get; init; }

    /// <summary>Cells without results.</summary>
    public IReadOnlyList<UndoneCell> Undone { get; init; } = [];

    /// <summary>Runs that a limit of cost left out.</summary>
    public IReadOnlyList<string> NotTrained { get; init; } = [];

    /// <summary>What the study settled by itself and whoever reads its answer should know, in sentences without full stop.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Rows of the table that the fit read.</summary>
    public required int Runs { get; init; }

    /// <summary>Rows of the table that it did not.</summary>
    public IReadOnlyList<NotFitted> NotFitted { get; init; } = [];

    /// <summary>Settings in which the runs differ, tokens among them: columns of the table.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Of those that are formulas of the model: by setting and trunk, what the study says.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Formulas { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Rows of the table that are no runs of the study, as a copy may have them.</summary>
    [JsonPropertyName("strangers")]
    public IReadOnlyList<string> UnknownRuns { get; init; } = [];

    /// <summary>The one of them that is the free size of the shape family; null where the models are no family.</summary>
    public string? Size { get; init; }

    /// <summary>What each setting changes.</summary>
    public IReadOnlyList<ContrastAnswer> Contrasts { get; init; } = [];

    /// <summary>How far repeated runs differ; null where none is repeated.</summary>
    public ScatterAnswer? Scatter { get; init; }

    /// <summary>The law whose form was fitted; null where none could be.</summary>
    public string? Law { get; init; }

    /// <summary>Whether there is a law to plan with.</summary>
    [JsonIgnore]
    public bool HasLaw => StatusKind == LawStatus.Converged;

    /// <summary>Whether there is a law, and why not.</summary>
    public required LawStatus StatusKind { get; init; }

    /// <summary>The same in words; where what the study asks for is refused in whole sentences, else without full stop.</summary>
    public required string Status { get; init; }

    public IReadOnlyList<CoefficientAnswer> Coefficients { get; init; } = [];

    /// <summary>Share of repetitions that intervals mean to cover.</summary>
    public double Level { get; init; }

    /// <summary>RMSE on the fitted rows.</summary>
    public double? Error { get; init; }

    /// <summary>Runs that are held out, predicted from the others; null where that could not be.</summary>
    public HeldOutAnswer? HeldOut { get; init; }

    /// <summary>The fitted floor beside the true one; null where one of them is not known.</summary>
    public FloorAnswer? Floor { get; init; }

    /// <summary>
    /// Which rows laws are tested on, as a filter of the table; null where none could be held out, and laws are ranked by the rows that
    /// they are fitted to.
    /// </summary>
    public string? HoldOut { get; init; }

    /// <summary>What holds for all laws that are compared, in sentences without full stop.</summary>
    public IReadOnlyList<string> ComparedNotes { get; init; } = [];

    /// <summary>By rank, then those that the grid cannot identify.</summary>
    public IReadOnlyList<ComparedAnswer> Compared { get; init; } = [];

    public RateAnswer? Rates { get; init; }

    /// <summary>What the runs do not support: kinds with their numbers, and sentences without full stop.</summary>
    public IReadOnlyList<WarningJson> Warnings { get; init; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, StudyJson.Answers.StudyAnswer) + "\n";

    /// <exception cref="UserException">The file cannot be read, or is of another version.</exception>
    public static StudyAnswer Read(string path)
    {
        try
        {
            // Of thousands of runs it is larger than what people write by hand.
            using FileStream file = PlainFile.Open(path, "the answer of a study");
            return JsonSerializer.Deserialize(file, StudyJson.Answers.StudyAnswer) is { IsWhole: true } answer
                ? answer
                : throw new JsonException();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {TextFile.Reason(e)}.");
        }
        catch (JsonException)
        {
            throw new UserException($"{path} is no answer of a study, or one of another version. 'study report' writes it again.");
        }
    }

    // Whoever wrote the file may have left a list out.
    private bool IsWhole =>
        Array.TrueForAll(
            (object?[])
                [
                    Undone,
                    NotTrained,
                    Notes,
                    NotFitted,
                    Settings,
                    Formulas,
                    UnknownRuns,
                    Contrasts,
                    Coefficients,
                    ComparedNotes,
                    Compared,
                    Warnings,
                ],
            l => l is not null
        );
}

/// <param name="Cell">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Reason">Why it failed, as its trainer said; empty where it did not.</param>
public sealed record UndoneCell(string Cell, UndoneState State, string Reason);

/// <param name="Run">Its name.</param>
/// <param name="Kind">Why it is not fitted.</param>
public sealed record NotFitted(string Run, NotFittedKind Kind)
{
    /// <summary>The same in words.</summary>
    public string Reason => StudyWords.Of(Kind);
}

/// <summary>The same models trained with different values of one setting.</summary>
/// <param name="Setting">Its key.</param>
/// <param name="Values">In the order of the study, of models that have the setting.</param>
/// <param name="Rows">One for each combination of everything else.</param>
public sealed record ContrastAnswer(string Setting, IReadOnlyList<string> Values, IReadOnlyList<ContrastRow> Rows)
{
    /// <summary>For each value but the first, how it differs from that in the longest runs of each model.</summary>
    [JsonIgnore]
    public IReadOnlyList<ContrastSummary> AtMostTokens
    {
        get
        {
            return
            [
                .. Enumerable
                    .Range(1, Values.Count - 1)
                    .Select(v =>
                        (
                            Value: Values[v],
                            Differences: Rows.Where(r => r.Differences[v] is not null)
                                .GroupBy(r => string.Join('|', r.Others.Values))
                                .Select(g => g.MaxBy(r => r.Tokens)!.Differences[v]!.Value)
                                .ToArray()
                        )
                    )
                    .Where(d => d.Differences.Length > 0)
                    .Select(d => new ContrastSummary(
                        d.Value,
                        d.Differences.Length,
                        d.Differences.Average(),
                        d.Differences.Min(),
                        d.Differences.Max()
                    )),
            ];
        }
    }
}

/// <param name="Others">Every other setting in which runs differ; empty text for one that they do not have.</param>
/// <param name="Tokens">Of the runs.</param>
/// <param name="Losses">Mean over seeds, a loss a value; null where there is no such run.</param>
/// <param name="Differences">From the loss of the first value, over the seeds that both have, else of the means; null at the first value,
/// and where one of the two is missing.</param>
/// <param name="Seeds">How many both have; of the first value, all of its own.</param>
public sealed record ContrastRow(
    IReadOnlyDictionary<string, string> Others,
    double Tokens,
    IReadOnlyList<double?> Losses,
    IReadOnlyList<double?> Differences,
    IReadOnlyList<int> Seeds
);

/// <param name="Value">Of the setting.</param>
/// <param name="Count">Comparisons of it with the first value.</param>
/// <param name="Mean">Loss less that of the first value, nats.</param>
/// <param name="Low">The least of these.</param>
/// <param name="High">The largest.</param>
public sealed record ContrastSummary(string Value, int Count, double Mean, double Low, double High);

/// <param name="Deviation">Standard deviation of a run's loss over seeds, pooled over all that were repeated.</param>
/// <param name="Degrees">Of freedom: repeats of trunks, since the branches of one share its noise.</param>
public sealed record ScatterAnswer(double Deviation, int Degrees);

public sealed record CoefficientAnswer(string Name, double Value, double? Low, double? High);

/// <param name="Text">Which rows, as a filter of the table.</param>
/// <param name="Rows">How many.</param>
/// <param name="Rmse">On them.</param>
/// <param name="Mape">Mean absolute percentage error.</param>
/// <param name="Coverage">Share of them inside their prediction interval; null where there is none.</param>
public sealed record HeldOutAnswer(string Text, int Rows, double Rmse, double Mape, double? Coverage);

/// <param name="Name">Of the coefficient.</param>
/// <param name="Value">Fitted.</param>
/// <param name="Low">Lower end of its interval; null where it is open.</param>
/// <param name="High">Upper end; null where it is open.</param>
/// <param name="Truth">The entropy of the text.</param>
public sealed record FloorAnswer(string Name, double Value, double? Low, double? High, double Truth)
{
    /// <summary>Whether anything is known of where it may lie.</summary>
    [JsonIgnore]
    public bool HasInterval => Low is not null || High is not null;

    [JsonIgnore]
    public bool IsHeld => (Low ?? double.NegativeInfinity) <= Truth && Truth <= (High ?? double.PositiveInfinity);
}

/// <param name="Law">Its id.</param>
/// <param name="Free">Coefficients; null where it was not fitted.</param>
/// <param name="Rmse">On the fitted rows.</param>
/// <param name="HeldOutRmse">On the held-out rows.</param>
/// <param name="Reason">Why it was not fitted, or what cannot be trusted; empty for nothing.</param>
public sealed record ComparedAnswer(string Law, int? Free, double? Rmse, double? HeldOutRmse, string Reason);

/// <param name="Law">The form.</param>
/// <param name="StatusKind">Whether there is a law, and why not.</param>
/// <param name="Status">The same in words; where it is refused in whole sentences, else without full stop.</param>
/// <param name="Coefficients">Fitted.</param>
/// <param name="Optima">The best rate of each sweep.</param>
/// <param name="LeftOut">Sweeps without one, and why.</param>
public sealed record RateAnswer(
    string Law,
    RateStatus StatusKind,
    string Status,
    IReadOnlyList<CoefficientAnswer> Coefficients,
    IReadOnlyList<RateOptimum> Optima,
    IReadOnlyList<string> LeftOut
)
{
    /// <summary>Whether the next study may take its rates from it.</summary>
    [JsonIgnore]
    public bool HasLaw => StatusKind == RateStatus.Converged;
}

/// <param name="ActiveParams">Of the model.</param>
/// <param name="Tokens">Of the runs.</param>
/// <param name="LearningRate">At which the parabola through the lowest three losses is lowest.</param>
/// <param name="Loss">There.</param>
/// <param name="Tried">Rates.</param>
public sealed record RateOptimum(double ActiveParams, double Tokens, double LearningRate, double Loss, int Tried);
