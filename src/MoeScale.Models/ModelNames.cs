namespace MoeScale.Models;

/// <summary>Parts of a model as a model file names them.</summary>
public static class ModelNames
{
    /// <summary>"swiglu"</summary>
    public static string Of(Activation activation) => ModelTemplate.Write(activation);

    /// <summary>"per_head"</summary>
    public static string Of(QueryKeyNorm norm) =>
        norm switch
        {
            QueryKeyNorm.None => "none",
            QueryKeyNorm.Full => "full",
            _ => "per_head",
        };

    /// <summary>"rmsnorm"</summary>
    public static string Of(Normalization norm) => norm.ToString().ToLowerInvariant();

    /// <summary>"rope"</summary>
    public static string Of(Positions positions) => positions.ToString().ToLowerInvariant();

    /// <summary>"[qkv]", or "true" for those of all layers of a block.</summary>
    public static string Of(BiasSet biases) => ModelTemplate.Write(biases);
}
