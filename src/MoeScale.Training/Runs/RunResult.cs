using System.Buffers;
using System.Text;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Runs;

/// <summary>
/// What a run found. As JSON it is one line, so that the results of many runs, one after the other, are a table that can be fitted.
/// </summary>
public sealed record RunResult
{
    // Three thousand years; a TimeSpan holds ten times as many.
    private const double MaxSeconds = 1e11;

    public required Model Model { get; init; }

    public required RunConfiguration Configuration { get; init; }

    /// <summary>Nats per token, held out; of the training text, smoothed, where nothing is held out.</summary>
    public required double Loss { get; init; }

    /// <summary>Where a tokenizer knows the bytes of its tokens.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>The lowest that any model can reach, where it is known.</summary>
    public double? Floor { get; init; }

    public required double TrainingLoss { get; init; }

    public required bool IsHeldOut { get; init; }

    public required long Tokens { get; init; }

    public required long Steps { get; init; }

    /// <summary>Failures of routers that showed in the last steps; null where the model is dense.</summary>
    public int? RouterWarnings { get; init; }

    /// <summary>Spent in steps.</summary>
    public required double Seconds { get; init; }

    /// <summary>The same times threads: a run that goes on may go on with others.</summary>
    public required double ThreadSeconds { get; init; }

    /// <summary>How a file of tokens was read; null for texts.</summary>
    public TokenSource? Source { get; init; }

    /// <summary>The line, with its end.</summary>
    public string ToJson()
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            json.WriteString("model", Model.Name);
            json.WriteNumber("loss", Loss);
            json.WriteNumber("tokens", Tokens);
            Census census = Census.Of(Model);
            Span<double> columns = stackalloc double[ModelColumns.Names.Count];
            ModelColumns.Fill(Model, census, columns);
            for (int i = 0; i < columns.Length; i++)
            {
                json.WriteNumber(ModelColumns.Names[i], columns[i]);
            }
            json.WriteNumber("train_flops", Census.TrainOverInference * census.MatrixFlopsPerToken * Tokens);
            json.WriteNumber("training_loss", TrainingLoss);
            json.WriteBoolean("held_out", IsHeldOut);
            Optional("bits_per_byte", BitsPerByte);
            Optional("loss_floor", Floor);
            Optional("router_warnings", RouterWarnings);
            json.WriteNumber("steps", Steps);
            json.WriteNumber("seconds", Math.Round(Seconds, 3));
            json.WriteNumber("thread_seconds", Math.Round(ThreadSeconds, 3));
            json.WriteNumber("tokens_per_second", Math.Round(Tokens / Seconds));
            foreach (RecipeColumn column in RecipeSettings.Columns)
            {
                Write(json, column.Name, column.Value(Configuration));
            }
            WriteRouting(json);
            json.WriteString("text", string.Join(" ", Configuration.Text));
            json.WriteString("tokenizer", Configuration.Tokenizer);
            if (Source is TokenSource source)
            {
                json.WriteNumber("text_tokens", source.Tokens);
                json.WriteNumber("text_documents", source.Documents);
                json.WriteString("token_type", source.Type.Name());
                json.WriteString("token_type_from", source.TypeFrom);
                json.WriteString("separator", source.Separator is int id ? $"{id}" : TokenReading.NoSeparator);
                json.WriteString("documents_from", source.DocumentsFrom);
            }
            if (Configuration.Trunk.Length > 0)
            {
                json.WriteString("trunk", Configuration.Trunk);
            }
            json.WriteEndObject();

            void Optional(string name, double? value)
            {
                if (value is double number)
                {
                    json.WriteNumber(name, number);
                }
            }
        }
        return Encoding.UTF8.GetString(text.WrittenSpan) + "\n";
    }

    // Under the names of model files, so that runs of several routings can be told apart in one table.
    private void WriteRouting(Utf8JsonWriter json)
    {
        if (Model.IsDense)
        {
            return;
        }
        json.WriteString(RoutingKeys.Kind, Model.Routing.Kind.Name);
        foreach ((string key, object value) in RoutingKeys.Write(Model).Where(k => k.Key != RoutingKeys.Kind))
        {
            Write(json, key, value);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, object value)
    {
        switch (value)
        {
            case double number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case ulong number:
                json.WriteNumber(name, number);
                break;
            default:
                json.WriteString(name, (string)value);
                break;
        }
    }

    /// <summary>Fails where a result read back has not what every run writes.</summary>
    /// <exception cref="JsonException">Says what is missing or cannot be.</exception>
    internal static void Require(JsonElement result)
    {
        foreach (string name in (string[])["loss", "training_loss", "tokens", "steps", "seconds", "tokens_per_second"])
        {
            if (JsonText.Number(result, name) < 0)
            {
                throw new JsonException($"'{name}' is below zero.");
            }
        }
        // No run takes as long as a TimeSpan can be.
        if (JsonText.Number(result, "seconds") > MaxSeconds)
        {
            throw new JsonException("'seconds' are more than any run takes.");
        }
        if (
            !result.TryGetProperty("held_out", out JsonElement heldOut)
            || heldOut.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
        )
        {
            throw new JsonException("'held_out' is neither true nor false.");
        }
        _ = JsonText.OptionalNumber(result, "loss_floor");
        _ = JsonText.OptionalNumber(result, "bits_per_byte");
    }

    internal static RunResult Of(Trainer trainer, TrainingData data)
    {
        double? heldOut = trainer.HeldOutLoss(trainer.Configuration.HeldOutTokens);
        return new RunResult
        {
            Model = trainer.Model.Model,
            Configuration = trainer.Configuration,
            Loss = heldOut ?? trainer.State.SmoothedLoss,
            IsHeldOut = heldOut is not null,
            BitsPerByte =
                heldOut is double loss && data.HeldOutBytes is > 0 and long bytes
                    ? loss * data.HeldOut!.Count * data.HeldOut.Context / bytes / Math.Log(2)
                    : null,
            Floor = data.Floor,
            Source = data.Source,
            TrainingLoss = trainer.State.SmoothedLoss,
            Tokens = trainer.Tokens,
            Steps = trainer.State.Step,
            Seconds = trainer.State.Seconds,
            ThreadSeconds = trainer.State.ThreadSeconds,
        };
    }
}
