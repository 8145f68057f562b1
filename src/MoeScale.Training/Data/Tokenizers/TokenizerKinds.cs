namespace MoeScale.Training.Data.Tokenizers;

/// <summary>What turns a text into tokens, as configurations and files of runs name it.</summary>
public static class TokenizerKinds
{
    public const string Bytes = "bytes";

    public const string Gpt2 = "gpt2";

    /// <summary>The tokenizer.json of a checkpoint.</summary>
    public const string HuggingFace = "huggingface";

    /// <summary>The text is made of tokens. So it is called itself, too, where a path is expected.</summary>
    public const string Synthetic = "synthetic";

    /// <summary>The text is a file of tokens of which no more is known.</summary>
    public const string None = "none";
}
