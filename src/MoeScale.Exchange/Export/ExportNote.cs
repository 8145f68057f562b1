using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Exchange.Export;

/// <summary>What somebody must know of an export: what was chosen for want of a word, said only nearly, or left out.</summary>
public abstract record ExportNote
{
    private ExportNote() { }

    /// <summary>For programs: "default_recipe", "initialization".</summary>
    public string Kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(GetType().Name);

    /// <summary>Nobody said these; they have the values of runs of this program.</summary>
    /// <param name="Settings">Of the recipe.</param>
    /// <param name="Losses">Of routers: keys of a model file with their values.</param>
    public sealed record DefaultRecipe(IReadOnlyList<Setting> Settings, IReadOnlyList<(string Key, double Value)> Losses) : ExportNote;

    /// <summary>Nobody said this one; it is as small, or as usual, as it can be.</summary>
    public sealed record Chosen(Setting Setting) : ExportNote;

    /// <summary>The learning rate, or the batch, is that of a law.</summary>
    /// <param name="Setting">Which of the two, with its value.</param>
    /// <param name="Law">Its id.</param>
    /// <param name="Outside">Where the law is beyond its experiments, as sentences without a full stop; empty where it is not.</param>
    public sealed record OfLaw(Setting Setting, string Law, IReadOnlyList<string> Outside) : ExportNote;

    /// <summary>A step has other tokens than told: whole sequences, which the ranks can share out.</summary>
    public sealed record NearestBatch(double Told, double Tokens) : ExportNote;

    /// <summary>Training sequences are as long as the model's context, since nobody said otherwise.</summary>
    public sealed record SequenceOfContext(double Tokens) : ExportNote;

    /// <summary>What its file says beside the model, or what reading it had to choose.</summary>
    /// <param name="Text">Sentences without a full stop.</param>
    public sealed record OfReading(string Text) : ExportNote;

    /// <summary>What the model's makers compute otherwise than its counts show, in words of the model's file.</summary>
    public sealed record ComputedOtherwise(string What) : ExportNote;

    /// <summary>Weights begin otherwise than this program's own runs: normal, all of one deviation but those of parts' outputs.</summary>
    /// <param name="Scale">Variance times fan-in of this program's runs.</param>
    /// <param name="Deviation">As it is exported.</param>
    public sealed record Initialization(double Scale, double Deviation) : ExportNote;

    /// <summary>Embedding and head have more rows, so that ranks can share them out; the model has more parameters.</summary>
    public sealed record PaddedVocabulary(double Rows, double Padded, double Parameters) : ExportNote;

    /// <summary>Whole steps only: sequences of the last one that are left out.</summary>
    public sealed record LastStep(double Sequences) : ExportNote;

    /// <summary>Load and capacity of experts are counted over so many tokens: a micro-batch of one data rank.</summary>
    public sealed record CountedPerMicroBatch(double Tokens) : ExportNote;

    /// <summary>It is asked for when the export is used.</summary>
    /// <param name="Setting">By which it can be given now.</param>
    /// <param name="Variable">Of the environment, by which it can be given then.</param>
    public sealed record AskedLater(Setting Setting, string Variable) : ExportNote;

    /// <summary>There is no load-balancing loss; a bias balances the load instead, by so much a step.</summary>
    public sealed record NoBalanceLoss(double Coefficient, double BiasRate) : ExportNote;

    /// <summary>There is no loss that keeps logits of routers small.</summary>
    public sealed record NoZLoss(double Coefficient) : ExportNote;

    /// <summary>No token is dropped, whatever experts have.</summary>
    public sealed record NoCapacity(double Factor) : ExportNote;

    /// <summary>The architecture of Hugging Face that the model is written as.</summary>
    /// <param name="Type">model_type</param>
    public sealed record WrittenAs(string Type) : ExportNote;

    /// <summary>transformers needs code of the architecture beside the files; other programs have it.</summary>
    /// <param name="Type">model_type</param>
    public sealed record OwnCode(string Type) : ExportNote;

    /// <summary>The vocabulary's size counts the rows that pad embedding and head.</summary>
    public sealed record CountedPadding(double Tokens, double Rows) : ExportNote;

    /// <summary>The architecture selects experts with a bias, which is zero here.</summary>
    /// <param name="Parameters">Numbers that the model has more thereby.</param>
    public sealed record ZeroBias(double Parameters) : ExportNote;

    /// <summary>The architecture always has shared experts; here they have no channels.</summary>
    public sealed record EmptySharedExperts : ExportNote;

    /// <summary>A setting of training that the file has no key for.</summary>
    /// <param name="Key">As a model file names it.</param>
    /// <param name="Value">Its value.</param>
    public sealed record NotTrained(string Key, double Value) : ExportNote;

    /// <summary>The run's tokens are no text, so that no tokenizer is written.</summary>
    public sealed record NoTokenizer : ExportNote;

    /// <summary>A checkpoint of Hugging Face has weights, which stay where they are: only those of runs are written.</summary>
    /// <param name="Folder">Of the checkpoint.</param>
    public sealed record WeightsNotCopied(string Folder) : ExportNote;

    /// <summary>The weights are those of the last checkpoint of a run that is on its way.</summary>
    public sealed record UnfinishedRun : ExportNote;
}
