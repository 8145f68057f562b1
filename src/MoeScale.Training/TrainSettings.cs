using MoeScale.Basics;

namespace MoeScale.Training;

/// <summary>What a run is told, as its messages name it.</summary>
public static class TrainSettings
{
    /// <summary>What is trained on.</summary>
    public static readonly Setting Text = new("train", "text");

    /// <summary>A share of the text, or another text, to score on.</summary>
    public static readonly Setting HeldOut = new("train", "held_out");

    /// <summary>How wide the ids of a file of tokens are.</summary>
    public static readonly Setting TokenType = new("train", "token_type");

    /// <summary>The id that ends documents of a file of tokens.</summary>
    public static readonly Setting Separator = new("train", "separator");

    /// <summary>The folder of the run.</summary>
    public static readonly Setting Out = new("train", "out");

    /// <summary>Variance of the weights at the start times the inputs of each.</summary>
    public static readonly Setting InitialScale = new("train", "init_scale");

    /// <summary>The share or the tokens of a run over which its rate rises.</summary>
    public static readonly Setting Warmup = new("train", "warmup");
}
