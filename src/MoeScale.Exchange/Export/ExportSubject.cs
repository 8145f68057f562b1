using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export;

/// <summary>What is exported: a model, and as much as is known of how it is trained.</summary>
public sealed record ExportSubject
{
    /// <summary>As it is called where it comes from; names of files and runs follow from it.</summary>
    public required string Name { get; init; }

    public required Model Model { get; init; }

    /// <summary>Settings of a recipe that the subject tells: keys of <see cref="RecipeSettings"/>, and their values as text.</summary>
    public IReadOnlyDictionary<string, string> Known { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens of a training sequence; null where only the model's context is known.</summary>
    public int? Sequence { get; init; }

    /// <summary>As run.json says it: "bytes", "gpt2", "synthetic", "none"; null where nothing is said.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The folder of a run, with the model's weights in it; null where there are none.</summary>
    public string? RunFolder { get; init; }

    /// <summary>The folder of a checkpoint of Hugging Face, whose weights are not read; null where there are none.</summary>
    public string? WeightsLeft { get; init; }

    /// <summary>
    /// How it is trained, with every number worked out; null for a target that exports no training
    /// (<see cref="ExportTarget.HasTraining"/>).
    /// </summary>
    public RunConfiguration? Run { get; init; }

    /// <summary>Tokens of the window of attention, where training sequences are longer, so that it counts; null otherwise.</summary>
    public double? Window => Model.WindowedBlocks > 0 && Model.SlidingWindow < Trained ? Model.SlidingWindow : null;

    /// <summary>Tokens of a chunk of attention, where training sequences are longer; null otherwise.</summary>
    public double? Chunk => Model.ChunkedBlocks > 0 && Model.AttentionChunk < Trained ? Model.AttentionChunk : null;

    /// <summary>What was chosen on the way here.</summary>
    public IReadOnlyList<ExportNote> Notes { get; init; } = [];

    /// <summary><see cref="Notes"/>, and what reading the model had to say.</summary>
    public IEnumerable<ExportNote> AllNotes => Model.Note.Length > 0 ? Notes.Append(new ExportNote.OfReading(Model.Note)) : Notes;

    private double Trained => Run?.Context ?? Sequence ?? Model.Context;
}
