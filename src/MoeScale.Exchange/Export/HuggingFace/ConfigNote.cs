namespace MoeScale.Exchange.Export.HuggingFace;

/// <summary>What a config.json does not say of a model, or says beside it.</summary>
public abstract record ConfigNote
{
    private ConfigNote() { }

    /// <summary>What the model computes otherwise is not in the file.</summary>
    /// <param name="What">As the model file says it.</param>
    public sealed record LeftOut(string What) : ConfigNote;

    /// <summary>transformers needs the code of the architecture beside the file; other programs have it.</summary>
    /// <param name="Type">model_type</param>
    public sealed record OwnCode(string Type) : ConfigNote;

    /// <summary>vocab_size counts the rows that pad embedding and head.</summary>
    public sealed record PaddedVocabulary(double Tokens, double Rows) : ConfigNote;

    /// <summary>The architecture selects experts with a bias, which is zero here.</summary>
    /// <param name="Parameters">Numbers that the model has more thereby.</param>
    public sealed record ZeroBias(double Parameters) : ConfigNote;

    /// <summary>The architecture always has shared experts; here they have no channels.</summary>
    public sealed record EmptySharedExperts : ConfigNote;

    /// <summary>A setting of training that the file has no key for.</summary>
    /// <param name="Key">As a model file names it.</param>
    /// <param name="Value">Its value.</param>
    public sealed record NotTrained(string Key, double Value) : ConfigNote;
}
