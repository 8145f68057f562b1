using MoeScale.Models;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>Counts what all threads allocate, so nothing else may run meanwhile.</summary>
[Collection(nameof(Alone))]
public class TrainingAllocationTests
{
    [Theory]
    [InlineData("joint-2025")]
    [InlineData("gpt-2")]
    public void Step_InSteadyState_AllocatesNothing(string name) => Check(TinyModels.Of(name));

    [Theory]
    [InlineData("switch")]
    [InlineData("selected sigmoid, balanced by a bias")]
    [InlineData("expert choice")]
    public void Step_OfExpertsInSteadyState_AllocatesNothing(string name) => Check(TinyExperts.Of(name) with { ExpertWidth = 48 });

    private static void Check(Model model)
    {
        using Transformer transformer = new(
            model with
            {
                ModelWidth = 64,
                HeadWidth = 32,
                FeedForwardWidth = 256,
                Context = 64,
            },
            4,
            64,
            threads: 3
        );
        using AdamWOptimizer optimizer = new(transformer, new AdamWSettings());
        transformer.Initialize(new(), seed: 1);
        (int[] tokens, int[] targets) = TinyModels.Batch(transformer.Model, 4 * 64, seed: 2);
        Assert.Equal(
            0,
            Allocations.MinOf(
                10,
                () =>
                {
                    transformer.ClearGradients();
                    transformer.ForwardBackward(tokens, targets, 1e-2f);
                    optimizer.Step(1e-3);
                    transformer.EndStep();
                    transformer.Loss(tokens, targets);
                }
            )
        );
    }
}
