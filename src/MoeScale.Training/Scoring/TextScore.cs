namespace MoeScale.Training.Scoring;

/// <summary>How well a model predicts a text.</summary>
/// <param name="Nats">The sum of the losses of all targets.</param>
/// <param name="Tokens">Targets: every token of the text, and the one that ends each document.</param>
/// <param name="Bytes">What the targets are of text in UTF-8; null where they are no text.</param>
public sealed record TextScore(double Nats, long Tokens, long? Bytes)
{
    /// <summary>Nats per token.</summary>
    public double Loss => Nats / Tokens;

    /// <summary>e^loss: as if one token were drawn from so many.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>
    /// nats / (bytes · ln 2), which does not depend on the tokenizer; the ends of documents are paid for too. Null where the tokens are no
    /// text.
    /// </summary>
    public double? BitsPerByte => Bytes is > 0 ? Nats / (Bytes.Value * Math.Log(2)) : null;

    /// <summary>What the language itself has, nats per token, where it is known: no model loses less.</summary>
    public double? Floor { get; init; }
}
