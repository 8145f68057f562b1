using MoeScale.Basics;
using MoeScale.Training.HuggingFace;
using MoeScale.Training.Runs;

namespace MoeScale.Exchange.Export.HuggingFace;

/// <summary>
/// A model as a repository of Hugging Face: config.json, and of a run also its weights and its tokenizer, so that transformers, vLLM and
/// others load it.
/// </summary>
public sealed class HuggingFaceTarget : ExportTarget
{
    /// <inheritdoc/>
    public override string Name => "hf";

    /// <inheritdoc/>
    public override string Title => "Hugging Face";

    /// <inheritdoc/>
    public override bool WritesFolder => true;

    /// <inheritdoc/>
    public override IReadOnlyList<ExportGap> Gaps(ExportSubject subject) => ConfigChoice.For(subject.Model).Differences;

    /// <inheritdoc/>
    public override Exported Write(ExportSubject subject, ExportOptions options)
    {
        ConfigChoice choice = ConfigChoice.For(subject.Model);
        List<ExportNote> notes = [.. subject.AllNotes, new ExportNote.WrittenAs(choice.Type), .. choice.Notes(subject.Model)];
        if (subject.WeightsLeft is string left)
        {
            notes.Add(new ExportNote.WeightsNotCopied(left));
        }
        return subject.RunFolder is string folder
            ? WriteRun(choice, TrainedModel.Open(folder), folder, notes)
            : new Exported([ExportedFile.OfText("config.json", choice.Write(subject.Model))], notes);
    }

    private static Exported WriteRun(ConfigChoice choice, TrainedModel trained, string folder, List<ExportNote> notes)
    {
        if (!TensorLayout.Knows(choice.Type))
        {
            throw new UserException($"{folder} holds a model of the architecture {choice.Type}, whose weights are not written here.");
        }
        IReadOnlyList<(string Name, string Text)> tokenizer = trained.HuggingFaceTokenizer();
        if (tokenizer.Count == 0)
        {
            notes.Add(new ExportNote.NoTokenizer());
        }
        if (!trained.IsFinished)
        {
            notes.Add(new ExportNote.UnfinishedRun());
        }
        List<(string Key, object Value)> further = [("torch_dtype", "float32")];
        if (trained.Tokenizer is { Separator: int separator })
        {
            further.AddRange([("bos_token_id", separator), ("eos_token_id", separator)]);
        }
        CheckpointWriter weights = new(choice.Type, trained.Model, trained.WeightsPath!);
        return new Exported(
            [
                .. weights.Files.Select(f => new ExportedFile(f.Name, f.Write)),
                .. tokenizer.Select(f => ExportedFile.OfText(f.Name, f.Text)),
                .. trained.Tokenizer is { Separator: int end }
                    ? [ExportedFile.OfText("generation_config.json", Generation(end))]
                    : (ExportedFile[])[],
                // Last: its presence says that the others are whole.
                ExportedFile.OfText("config.json", choice.Write(trained.Model, further)),
            ],
            notes
        );
    }

    private static string Generation(int separator) =>
        FormattableString.Invariant($"{{\n  \"bos_token_id\": {separator},\n  \"eos_token_id\": {separator},\n  \"do_sample\": true\n}}\n");
}
