using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export.Megatron;

/// <summary>A script that trains a model with Megatron-LM, complete but for where the text and the program are.</summary>
internal sealed class MegatronTarget : ExportTarget
{
    private const double ByteIds = 256;

    public override string Name => "megatron";

    public override string Title => "Megatron-LM";

    public override bool HasTraining => true;

    public override IReadOnlyList<Setting> Settings { get; } =
    [
        .. ExportSettings.OfRecipe.Select(s => s.Name),
        .. ExportSettings.OfLayout,
        ExportSettings.DataPath,
        ExportSettings.Tokenizer,
        ExportSettings.GpusPerNode,
        ExportSettings.Sbatch,
    ];

    public override IReadOnlyList<ExportGap> Gaps(ExportSubject subject) => [.. MegatronModelArguments.Gaps(subject)];

    public override Exported Write(ExportSubject subject, ExportOptions options)
    {
        EngineRun counted = EngineRun.Of(subject);
        (Model model, RunConfiguration run) = (counted.Model, counted.Run);
        EngineLayout.Require(model, run, options);
        if (subject.Window is not null && options.ContextParallel > 1)
        {
            throw new UserException(
                $"'{model.Name}' attends within a window, which is not exported for ranks that divide a sequence. Leave "
                    + $"{ExportSettings.ContextParallel} out."
            );
        }
        if (MegatronScript.Nodes(options) * Math.Min(options.Ranks, options.GpusPerNode) != options.Ranks)
        {
            throw new UserException(
                $"{options.Ranks:0} ranks do not fill machines of {ExportSettings.GpusPerNode.To($"{options.GpusPerNode}")}. Change one of "
                    + $"them."
            );
        }
        List<ExportNote> notes = [.. subject.AllNotes];
        double rows = Rows(model, options.Layout.TensorParallel, notes);
        notes.Add(new ExportNote.Initialization(run.InitialScale, counted.Deviation));
        if (!model.IsDense && (model.Routing.BalanceLoss > 0 || model.Routing.CapacityFactor is not null))
        {
            notes.Add(new ExportNote.CountedPerMicroBatch((double)run.MicroBatchSequences * run.Context));
        }
        string[] said = [.. MegatronModelArguments.SaidOtherwise(model).Select(s => s.Key)];
        LeftOutPart[] lost = [.. LeftOutPart.Of(model).Where(p => p.Keys.Count == 0 || !p.Keys.All(said.Contains))];
        if (lost.Length > 0)
        {
            notes.Add(new ExportNote.ComputedOtherwise(LeftOutPart.Join(lost)));
        }
        if (counted.LeftOver > 0)
        {
            notes.Add(new ExportNote.LastStep(counted.LeftOver));
        }
        MegatronRunArguments training = new(counted, options);
        MegatronArguments arguments = new();
        MegatronModelArguments.Write(arguments, model, subject.Window, rows, counted.Deviation);
        training.Write(arguments);
        string? tokenizer = options.Tokenizer ?? NameOf(subject.Tokenizer);
        bool isNone = tokenizer == TokenizerKinds.None;
        training.WriteData(
            arguments,
            isNone ? null : "\"$TOKENIZER\"",
            subject.Tokenizer == TokenizerKinds.Bytes && options.Tokenizer is null ? ByteIds : model.VocabularySize
        );
        List<(string Name, string? Value, string Meaning)> variables =
        [
            ("MEGATRON", null, "the folder of Megatron-LM, with pretrain_gpt.py"),
            ("DATA_PATH", options.DataPath, "names of .bin and .idx without the ending, with or without weights before them"),
        ];
        if (!isNone)
        {
            variables.Add(("TOKENIZER", tokenizer, "a tokenizer of Hugging Face, a name or a folder"));
        }
        variables.Add(
            ("CHECKPOINTS", $"checkpoints/{Shell.Word(subject.Name)}", "where checkpoints go; the run goes on from the last one")
        );
        notes.AddRange(
            variables
                .Where(v => v.Value is null && v.Name != "MEGATRON")
                .Select(v => new ExportNote.AskedLater(v.Name == "TOKENIZER" ? ExportSettings.Tokenizer : ExportSettings.DataPath, v.Name))
        );
        string text = MegatronScript.Write(subject, options, variables, arguments);
        string ending = options.IsBatchScript ? "sbatch" : "sh";
        return new Exported([ExportedFile.OfText($"{Shell.Word(subject.Name)}.{ending}", text, isExecutable: true)], notes);
    }

    // Texts of bytes, of a synthetic language and of given tokens are tokens already.
    private static string? NameOf(string? tokenizer) =>
        tokenizer switch
        {
            null => null,
            TokenizerKinds.Gpt2 => TokenizerKinds.Gpt2,
            _ => TokenizerKinds.None,
        };

    private static double Rows(Model model, int tensorRanks, List<ExportNote> notes)
    {
        double rows = model.VocabularyRows;
        double padded = Math.Ceiling(rows / tensorRanks) * tensorRanks;
        if (padded != rows)
        {
            notes.Add(new ExportNote.PaddedVocabulary(rows, padded, (padded - rows) * model.ModelWidth * (model.TiedEmbeddings ? 1 : 2)));
        }
        return padded;
    }
}
