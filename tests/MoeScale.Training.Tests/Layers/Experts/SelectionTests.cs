using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Reference;
using MoeScale.Training.Tests.Transformers;

namespace MoeScale.Training.Tests.Layers.Experts;

/// <summary>Who meets whom, against sorting and counting, where many scores are equal.</summary>
public unsafe class SelectionTests
{
    [Fact]
    public void TokenChoice_RandomScores_RoutesAsDocumented()
    {
        Random random = new(1);
        int dropped = 0;
        for (int turn = 0; turn < 80; turn++)
        {
            int experts = random.Next(1, 20),
                topK = random.Next(1, experts + 1),
                rows = random.Next(1, 150);
            Model model = TinyExperts.Of("softmax") with
            {
                ExpertCount = experts,
                TopK = topK,
                Routing = new() { CapacityFactor = turn % 3 == 0 ? null : 0.25 * random.Next(1, 9) },
            };
            foreach (bool training in (bool[])[true, false])
            {
                dropped += Check(model, rows, 1, training, withBias: turn % 2 == 0, turn);
            }
        }
        Assert.InRange(dropped, 1000, int.MaxValue);
    }

    [Fact]
    public void ExpertChoice_RandomScores_RoutesAsDocumented()
    {
        Random random = new(1);
        for (int turn = 0; turn < 80; turn++)
        {
            int topK = random.Next(1, 5),
                share = random.Next(1, 4),
                times = random.Next(1, 5);
            // group·topK = share·experts, a token at most once an expert.
            int group = share * times,
                experts = topK * times,
                sequence = random.Next(1, 20);
            Model model = TinyExperts.Of("expert choice") with { ExpertCount = experts, TopK = topK, RoutingGroup = group };
            Assert.Null(Buildable.WhyNot(model, 1));
            Assert.Equal(0, Check(model, random.Next(1, 4) * group * sequence, sequence, training: turn % 2 == 0, withBias: false, turn));
        }
    }

    [Theory]
    [InlineData(1.0, 100, 1, 8, 13)]
    [InlineData(1.25, 64, 2, 8, 20)]
    [InlineData(1.1, 100, 1, 10, 11)] // 1.1·100 is above 110 in double precision
    [InlineData(0.7, 10, 1, 1, 7)]
    [InlineData(1.0, 3, 1, 8, 1)]
    [InlineData(1e-9, 512, 1, 8, 1)]
    [InlineData(100.0, 12, 2, 4, 12)] // no expert meets a token twice
    public void Capacity_KnownCases_IsTheFormula(double factor, int rows, int topK, int experts, int expected) =>
        Assert.Equal(expected, TokenChoice.Capacity(factor, rows, topK, experts));

    [Fact]
    public void Capacity_FactorsOfTwoDigits_AreTakenAsWritten()
    {
        for (int hundredths = 1; hundredths <= 400; hundredths++)
        {
            foreach (
                (int rows, int topK, int experts) in ((int, int, int)[])
                    [(100, 1, 10), (4096, 2, 64), (131072, 8, 256), (70, 3, 7), (12, 1, 5)]
            )
            {
                int expected = Math.Min(rows, RoutingReference.Capacity(hundredths / 100.0, rows, topK, experts));
                Assert.Equal(expected, TokenChoice.Capacity(hundredths / 100.0, rows, topK, experts));
            }
        }
    }

    /// <returns>Choices that found their expert full.</returns>
    private static int Check(Model model, int rows, int sequence, bool training, bool withBias, int seed)
    {
        int experts = (int)model.ExpertCount,
            topK = (int)model.TopK;
        using ComputeContext compute = new(threads: 2);
        using MemoryPlan plan = new(rows, sequence);
        Parameter? bias = withBias ? plan.Vector("bias", Role.Biases, experts, Beginning.Zero) : null;
        Dispatch dispatch = new(plan, "routing", experts, rows * topK);
        ISelection selection =
            model.Routing.Kind == RoutingKind.ExpertChoice ? new ExpertChoice(plan, compute, model) : new TokenChoice(compute, model, bias);
        plan.Allocate(forTraining: false);
        Draw draw = new(seed);
        // Some experts are liked better; quarters are exact, so that equal is equal.
        using Guarded<float> scores = new([.. draw.Integers(rows * experts, 12).Select((i, at) => 0.25f * (1 + i + (at % experts)))]);
        float[] biases = [.. draw.Integers(experts, 9).Select(i => 0.25f * i)];
        biases.CopyTo(bias is null ? biases : bias.Weights);
        int[] routed = new int[experts];
        selection.Select(scores, scores, rows, training, dispatch, routed);

        Choice[] expected = RoutingReference.Choose(model, sequence, Draw.Wide(scores.Span), withBias ? Draw.Wide(biases) : null, training);
        Assert.Equal(expected, Read(dispatch, rows));
        Assert.Equal(Enumerable.Range(0, experts).Select(e => expected.Count(c => c.Expert == e)), routed);
        // Routed and dropped are all there are.
        int lost = expected.Count(c => !c.IsServed);
        Assert.Equal(rows * topK, dispatch.Slots + lost);
        Assert.Equal(rows * topK, routed.Sum());
        CheckSlots(dispatch, expected, scores.Span);
        return lost;
    }

    private static Choice[] Read(Dispatch d, int rows) =>
        [
            .. Enumerable
                .Range(0, rows)
                .SelectMany(r =>
                    Enumerable
                        .Range(d.ChoiceStarts[r], d.ChoiceStarts[r + 1] - d.ChoiceStarts[r])
                        .Select(i => new Choice(r, d.ChoiceExperts[i], d.ChoiceSlots[i] >= 0))
                ),
        ];

    // Each choice that was served has a slot of its own, among those of its expert, which knows its token and weight.
    private static void CheckSlots(Dispatch d, Choice[] choices, ReadOnlySpan<float> scores)
    {
        HashSet<int> used = [];
        for (int i = 0; i < choices.Length; i++)
        {
            int expert = choices[i].Expert,
                slot = d.ChoiceSlots[i];
            Assert.Equal(scores[(choices[i].Token * d.Experts) + expert], d.ChoiceWeights[i]);
            if (choices[i].IsServed)
            {
                Assert.True(used.Add(slot));
                Assert.InRange(slot, d.FirstOf(expert), d.FirstOf(expert) + d.CountOf(expert) - 1);
                Assert.Equal(choices[i].Token, d.SlotTokens[slot]);
                Assert.Equal(d.ChoiceWeights[i], d.SlotWeights[slot]);
            }
        }
        Assert.Equal(d.Slots, used.Count);
    }
}
