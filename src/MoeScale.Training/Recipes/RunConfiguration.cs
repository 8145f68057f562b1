using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MoeScale.Basics;
using MoeScale.Training.Layers;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Recipes;

/// <summary>
/// Everything but the model that decides the bits of a run, as run.json holds it: two runs of one configuration, model and text end with
/// the same weights.
/// Threads, folders and how often a checkpoint is written are no part of it.
/// </summary>
public sealed record RunConfiguration
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Files and folders, "dotnet-docs" or "synthetic".</summary>
    public required IReadOnlyList<string> Text { get; init; }

    /// <summary>Files and folders that are held out whole; empty where a share of the text is.</summary>
    public IReadOnlyList<string> HeldOut { get; init; } = [];

    /// <summary>The share of the documents that is held out.</summary>
    public double HeldOutShare { get; init; }

    /// <summary>The field of a JSON line that is the document.</summary>
    public string Field { get; init; } = "text";

    /// <summary>"bytes", "gpt2", "synthetic", or "none" for tokens of which no more is known.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>The tokenizer's exact name, with the hash of its files.</summary>
    public string TokenizerName { get; init; } = "";

    /// <summary>Of a file of tokens: what its ids are said to be; empty where nothing is said.</summary>
    public string TokenType { get; init; } = "";

    /// <summary>Of a file of tokens: the id that is said to end documents, or "none"; empty where nothing is said.</summary>
    public string Separator { get; init; } = "";

    /// <summary>D: trained on; whole sequences, and where experts choose whole routing groups of them.</summary>
    public required long Tokens { get; init; }

    /// <summary>How often a token may be met.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>T: tokens of a sequence.</summary>
    public required int Context { get; init; }

    /// <summary>Sequences of a step.</summary>
    public required int BatchSequences { get; init; }

    /// <summary>Sequences that are computed at once; the gradients of a larger step add up.</summary>
    public required int MicroBatchSequences { get; init; }

    /// <summary>See <see cref="BatchRamp"/>.</summary>
    public double RampTokens { get; init; }

    public RateShape Schedule { get; init; }

    /// <summary>The highest.</summary>
    public required double LearningRate { get; init; }

    /// <summary>"given", "law ID", "default" or "sweep".</summary>
    public string LearningRateFrom { get; init; } = "given";

    public double WarmupTokens { get; init; }

    public double DecayTokens { get; init; }

    /// <summary>Of the initial weights and of the order of the data.</summary>
    public ulong Seed { get; init; }

    public double InitialScale { get; init; } = 0.1;

    public InitialCut InitialCut { get; init; }

    public AdamWSettings Optimizer { get; init; } = new();

    /// <summary>At most so many held-out tokens are scored at the end.</summary>
    public long HeldOutTokens { get; init; } = DefaultRecipe.HeldOutTokens;

    /// <summary>A part of them is scored whenever so many tokens were trained on.</summary>
    public double HeldOutEvery { get; init; }

    /// <summary>Lengths of the decayed branches, of a trunk.</summary>
    public IReadOnlyList<long> Branches { get; init; } = [];

    /// <summary>What it branched off, of a branch.</summary>
    public string Trunk { get; init; } = "";

    /// <summary>The configuration of a branch of this trunk, but for <see cref="Trunk"/>: that of the same run alone.</summary>
    /// <param name="length">Its tokens.</param>
    /// <param name="decayShare">Of them, in which the rate falls.</param>
    public RunConfiguration Branch(long length, double decayShare) =>
        this with
        {
            Tokens = length,
            Schedule = RateShape.Wsd,
            DecayTokens = decayShare * length,
            Branches = [],
        };

    internal long Sequences => Tokens / Context;

    internal int LargestMicroBatch => Math.Min(MicroBatchSequences, BatchSequences);

    internal LearningRateSchedule Rates => new(Schedule, LearningRate, Tokens, WarmupTokens, DecayTokens);

    /// <param name="group">Sequences of a routing group of the model, or 1.</param>
    internal BatchRamp Ramp(int group) => new(BatchSequences, RampTokens, group);

    internal Initialization Initialization => new(InitialScale, InitialCut);

    /// <summary>How it stands in run.json.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <exception cref="UserException">The file cannot be read, or is no run.json of this version.</exception>
    public static RunConfiguration Read(string path)
    {
        string text = TextFile.Read(path);
        try
        {
            return
                JsonText.Parse(text).Deserialize<RunConfiguration>(Json)
                    is { LearningRate: > 0, Optimizer: not null, Text: not null, Branches: not null } read
                ? read
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new UserException(
                $"{path} is no configuration of a run, or one of another version. Give another folder, or remove this one."
            );
        }
    }

    /// <summary>When held-out text is scored on the way changes nothing that is trained, nor its result.</summary>
    private const string Scoring = "held_out_every";

    /// <summary>The first setting that differs, in words that follow "because "; null where none does.</summary>
    /// <param name="now">The other one.</param>
    public string? Difference(RunConfiguration now)
    {
        JsonObject there = JsonSerializer.SerializeToNode(this, Json)!.AsObject();
        JsonObject here = JsonSerializer.SerializeToNode(now, Json)!.AsObject();
        return Difference("", there, here);
    }

    private static string? Difference(string prefix, JsonObject there, JsonObject here)
    {
        foreach ((string name, JsonNode? value) in there)
        {
            if (value is JsonObject inner)
            {
                if (Difference($"{prefix}{name}.", inner, here[name]!.AsObject()) is string difference)
                {
                    return difference;
                }
            }
            else if (name != Scoring && !JsonNode.DeepEquals(value, here[name]))
            {
                return $"{prefix}{name} is {Text(value)} there and {Text(here[name])} now";
            }
        }
        return null;
        static string Text(JsonNode? node) => node is JsonArray list ? $"[{string.Join(", ", list)}]" : $"{node}";
    }
}
