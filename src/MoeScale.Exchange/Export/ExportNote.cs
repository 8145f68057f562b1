using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Exchange.Export;

/// <summary>What somebody must know of an export: what was chosen for want of a word, said only nearly, or left out.</summary>
public abstract record ExportNote
{
    private ExportNote() { }

    /// <summary>For programs: "default_recipe", "initialization".</summary>
    public string Kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(GetType().Name);

    /// <summary>Nobody said these settings; they have the values of runs of this program.</summary>
    public sealed record DefaultRecipe(IReadOnlyList<Setting> Settings) : ExportNote;

    /// <summary>Nobody said this one; it is as small, or as usual, as it can be.</summary>
    public sealed record Chosen(Setting Setting) : ExportNote;

    /// <summary>The learning rate, or the batch, is that of a law.</summary>
    /// <param name="Setting">Which of the two, with its value.</param>
    /// <param name="Law">Its id.</param>
    /// <param name="Outside">Where the law is beyond its experiments, as sentences without a full stop; empty where it is not.</param>
    public sealed record OfLaw(Setting Setting, string Law, IReadOnlyList<string> Outside) : ExportNote;

    /// <summary>Training sequences are as long as the model's context, since nobody said otherwise.</summary>
    public sealed record SequenceOfContext(double Tokens) : ExportNote;

    /// <summary>What the model's makers compute otherwise than its counts show, in words of the model's file.</summary>
    public sealed record ComputedOtherwise(string What) : ExportNote;
}
