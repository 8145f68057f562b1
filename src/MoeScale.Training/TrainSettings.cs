using MoeScale.Basics;

namespace MoeScale.Training;

/// <summary>What a run is told of its text, as messages name it. What it is told beside is its recipe.</summary>
public static class TrainSettings
{
    /// <summary>What is trained on.</summary>
    public static readonly Setting Text = Of("text");

    /// <summary>A share of the text, or another text, to score on.</summary>
    public static readonly Setting HeldOut = Of("held_out");

    /// <summary>What turns the text into tokens.</summary>
    public static readonly Setting Tokenizer = Of("tokenizer");

    /// <summary>vocab.json of the tokenizer.</summary>
    public static readonly Setting VocabularyFile = Of("vocab_file");

    /// <summary>merges.txt of the tokenizer.</summary>
    public static readonly Setting MergesFile = Of("merges_file");

    /// <summary>How wide the ids of a file of tokens are.</summary>
    public static readonly Setting TokenType = Of("token_type");

    /// <summary>The id that ends documents of a file of tokens.</summary>
    public static readonly Setting Separator = Of("separator");

    /// <summary>The field of a JSON line that is the document.</summary>
    public static readonly Setting Field = Of("field");

    /// <summary>The folder of the run.</summary>
    public static readonly Setting Out = Of("out");

    private static Setting Of(string name) => new("train", name);
}
