using System.Text.Json;
using MoeScale.Models;

namespace MoeScale.Exchange.Export;

/// <summary>A part of a model that a target has no word for: without it, another model would be exported.</summary>
public abstract record ExportGap
{
    private ExportGap() { }

    /// <summary>For programs: "activation", "attention_sinks".</summary>
    public string Kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(GetType().Name);

    /// <summary>Experts choose their tokens.</summary>
    public sealed record ExpertChoice : ExportGap;

    public sealed record OfActivation(Activation Activation) : ExportGap;

    public sealed record OfRouterWeights(RouterWeights Weights, double TopK) : ExportGap;

    /// <summary>A bias balances the load beside weights with which it cannot stand.</summary>
    public sealed record BalanceBias(RouterWeights Weights) : ExportGap;

    /// <summary>θ of rotary positions must be a whole number.</summary>
    public sealed record RotaryBase(double Theta) : ExportGap;

    public sealed record NormAfterParts : ExportGap;

    public sealed record NormAfterExperts : ExportGap;

    public sealed record AttentionSinks : ExportGap;

    public sealed record OfQueryKeyNorm(QueryKeyNorm Norm) : ExportGap;

    public sealed record OfNorm(Normalization Norm) : ExportGap;

    /// <summary>Some parts have a bias, and others not, in a way that cannot be said.</summary>
    public sealed record OfBiases(BiasSet Biases) : ExportGap;

    public sealed record OfPositions(Positions Positions) : ExportGap;

    public sealed record LatentAttention : ExportGap;

    public sealed record SlidingWindow(double Tokens) : ExportGap;

    public sealed record AttentionChunk(double Tokens) : ExportGap;

    /// <summary>A gate of shared experts.</summary>
    public sealed record SharedExpertGate : ExportGap;

    public sealed record PredictionModules(double Count) : ExportGap;

    /// <summary>A line of the model's file that is another one in the nearest model that can be said.</summary>
    /// <param name="Nearest">What that is.</param>
    /// <param name="Key">As a model file names it.</param>
    /// <param name="Ours">Its value; null for none.</param>
    /// <param name="Theirs">That of the nearest; null for none.</param>
    public sealed record OfKey(string Nearest, string Key, string? Ours, string? Theirs) : ExportGap;
}
