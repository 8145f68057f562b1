using MoeScale.Basics;

namespace MoeScale.Exchange.Import;

/// <summary>Settings of an import that messages name.</summary>
public static class ImportSettings
{
    public static readonly Setting Format = new("import", "as");
    public static readonly Setting Sequence = new("import", "sequence");
    public static readonly Setting BatchTokens = new("import", "batch_tokens");
    public static readonly Setting Model = new("import", "model");
}
