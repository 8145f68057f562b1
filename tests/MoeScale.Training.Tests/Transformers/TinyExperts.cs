using MoeScale.Models;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>Models of every routing, small enough for each of their parameters to be moved by itself.</summary>
internal static class TinyExperts
{
    public const int Sequences = 4,
        Sequence = 5;

    private static readonly Model Gated = TinyModels.Of("joint-2025") with
    {
        Context = Sequence,
        ExpertCount = 4,
        ExpertWidth = 5,
        Blocks = 1,
    };

    private static readonly Model Biased = TinyModels.Of("gpt-2") with
    {
        Context = Sequence,
        ExpertCount = 4,
        ExpertWidth = 5,
        Blocks = 1,
        Biases = BiasSet.Layers | BiasSet.Router,
    };

    // Coefficients far above the usual ones: what they do to a gradient is to be seen beside the rest of it.
    private static readonly Model[] Models =
    [
        Gated with
        {
            Name = "switch",
            Blocks = 2,
            Routing = new()
            {
                CapacityFactor = 1,
                BalanceLoss = 0.3,
                ZLoss = 0.1,
            },
        },
        Biased with
        {
            Name = "switch, every bias, none dropped",
            ExpertCount = 3,
            Routing = new() { BalanceLoss = 0.2, ZLoss = 0.05 },
        },
        Gated with
        {
            Name = "softmax",
            ExpertCount = 5,
            TopK = 2,
            Routing = new()
            {
                CapacityFactor = 0.75,
                BalanceLoss = 0.2,
                ZLoss = 0,
            },
        },
        Biased with
        {
            Name = "softmax, no loss of its own",
            TopK = 3,
            Routing = new()
            {
                CapacityFactor = 0.6,
                BalanceLoss = 0,
                ZLoss = 0,
            },
        },
        Biased with
        {
            Name = "selected softmax",
            Activation = Activation.GeGlu,
            TopK = 2,
            Routing = new()
            {
                Weights = RouterWeights.SelectedSoftmax,
                CapacityFactor = 1,
                BalanceLoss = 0.1,
            },
        },
        Gated with
        {
            Name = "sigmoid",
            Routing = new()
            {
                Weights = RouterWeights.Sigmoid,
                CapacityFactor = 1.2,
                BalanceLoss = 0.2,
                ZLoss = 0.1,
            },
        },
        Biased with
        {
            Name = "selected sigmoid, balanced by a bias",
            ExpertCount = 6,
            TopK = 3,
            SharedWidth = 7,
            Routing = new()
            {
                Weights = RouterWeights.SelectedSigmoid,
                BalanceBias = 0.1,
                BalanceLoss = 0.3,
                ZLoss = 0,
            },
        },
        Gated with
        {
            Name = "softmax, balanced by a bias",
            TopK = 2,
            Biases = BiasSet.Router,
            Routing = new()
            {
                BalanceBias = 0.1,
                BalanceLoss = 0,
                ZLoss = 0.2,
            },
        },
        Gated with
        {
            Name = "shared experts and a norm",
            TopK = 2,
            SharedWidth = 6,
            NormAfterExperts = true,
            Biases = BiasSet.SharedExperts,
        },
        Gated with
        {
            Name = "dense blocks between",
            Blocks = 3,
            LeadingDenseBlocks = 1,
            MoeEvery = 2,
            TopK = 2,
            ExpertWidth = 3,
            Activation = Activation.Relu,
        },
        Gated with
        {
            Name = "dense blocks at both ends",
            Blocks = 4,
            LeadingDenseBlocks = 1,
            TrailingDenseBlocks = 2,
            TopK = 2,
            ExpertWidth = 3,
            Activation = Activation.GeGluTanh,
        },
        Gated with
        {
            Name = "one expert and a shared one",
            ExpertCount = 1,
            SharedWidth = 4,
        },
        Biased with
        {
            Name = "expert choice",
            Biases = BiasSet.None,
            Blocks = 2,
            TopK = 2,
            NormAfterExperts = true,
            Routing = Routing.ExpertChoice,
            RoutingGroup = 2,
        },
        Gated with
        {
            Name = "expert choice, shared experts",
            TopK = 1,
            ExpertCount = 2,
            SharedWidth = 3,
            Biases = BiasSet.Experts | BiasSet.Router,
            Routing = Routing.ExpertChoice,
            RoutingGroup = 4,
        },
    ];

    public static TheoryData<string> Names => [.. Models.Select(m => m.Name)];

    public static Model Of(string name) => Models.Single(m => m.Name == name);
}
