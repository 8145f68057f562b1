using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MoeScale.Basics;

namespace MoeScale.Studies.Answers;

/// <summary>What a study found, as fit.json keeps it for the report. Losses in nats per token.</summary>
public sealed record StudyAnswer
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public required string Study { get; init; }

    public required string Question { get; init; }

    /// <summary>Cells of the study, and how many of them have results.</summary>
    public required int Cells { get; init; }

    public required int CellsDone { get; init; }

    /// <summary>Rows of the table that the fit read.</summary>
    public required int Runs { get; init; }

    /// <summary>The law whose form was fitted; null where none could be.</summary>
    public string? Law { get; init; }

    /// <summary>"converged", or why there is no law, in words.</summary>
    public required string Status { get; init; }

    public IReadOnlyList<CoefficientAnswer> Coefficients { get; init; } = [];

    /// <summary>Share of repetitions that intervals mean to cover.</summary>
    public double Level { get; init; }

    /// <summary>RMSE on the fitted rows.</summary>
    public double? Error { get; init; }

    /// <summary>The largest runs, predicted from the others; null where that could not be.</summary>
    public HeldOutAnswer? HeldOut { get; init; }

    /// <summary>The fitted floor beside the true one; null where one of them is not known.</summary>
    public FloorAnswer? Floor { get; init; }

    /// <summary>By rank, then those that the grid cannot identify.</summary>
    public IReadOnlyList<ComparedAnswer> Compared { get; init; } = [];

    public RateAnswer? Rates { get; init; }

    /// <summary>What the runs do not support, in sentences without full stop.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <exception cref="UserException">The file cannot be read, or is of another version.</exception>
    public static StudyAnswer Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<StudyAnswer>(TextFile.Read(path), Json) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new UserException($"{path} is no answer of a study, or one of another version. 'study report' writes it again.");
        }
    }
}

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
    public bool IsHeld => (Low ?? double.NegativeInfinity) <= Truth && Truth <= (High ?? double.PositiveInfinity);
}

/// <param name="Law">Its id.</param>
/// <param name="Free">Coefficients; null where it was not fitted.</param>
/// <param name="Rmse">On the fitted rows.</param>
/// <param name="HeldOutRmse">On the held-out rows.</param>
/// <param name="Reason">Why it was not fitted, or what cannot be trusted; empty for nothing.</param>
public sealed record ComparedAnswer(string Law, int? Free, double? Rmse, double? HeldOutRmse, string Reason);

/// <param name="Law">The form.</param>
/// <param name="Status">"converged", or why there is no law.</param>
/// <param name="Coefficients">Fitted.</param>
/// <param name="Optima">The best rate of each sweep.</param>
/// <param name="LeftOut">Sweeps without one, and why.</param>
public sealed record RateAnswer(string Law, string Status, IReadOnlyList<CoefficientAnswer> Coefficients, IReadOnlyList<RateOptimum> Optima, IReadOnlyList<string> LeftOut);

/// <param name="ActiveParams">Of the model.</param>
/// <param name="Tokens">Of the runs.</param>
/// <param name="LearningRate">At which the parabola through the lowest three losses is lowest.</param>
/// <param name="Loss">There.</param>
/// <param name="Tried">Rates.</param>
public sealed record RateOptimum(double ActiveParams, double Tokens, double LearningRate, double Loss, int Tried);
