using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>
/// Every weight, gradient, activation and scratch area of a model in memory of its own between poisoned cells, instead of side by side:
/// nothing is written beyond its end, and nothing depends on what another layer left in shared memory.
/// </summary>
public sealed unsafe class ScratchMemoryTests
{
    // Enough for several parts of an expert's slots and of its weight gradients, and for several chunks of rows.
    private const int Sequences = 16,
        Sequence = 64;

    private static readonly Model Tall = TinyModels.Of("joint-2025") with
    {
        ModelWidth = 64,
        HeadWidth = 32,
        Blocks = 1,
        ExpertCount = 2,
        ExpertWidth = 264,
        VocabularySize = 130,
        Context = Sequence,
    };

    private static readonly Model[] TallModels =
    [
        Tall with
        {
            Name = "tall switch",
            Routing = new() { CapacityFactor = 1 },
        },
        Tall with
        {
            Name = "tall, two of four",
            ExpertCount = 4,
            TopK = 2,
            Activation = Activation.Gelu,
            SharedWidth = 40,
            Biases = BiasSet.Layers | BiasSet.Router,
        },
        Tall with
        {
            Name = "tall expert choice",
            NormAfterExperts = true,
            Routing = Routing.ExpertChoice,
            RoutingGroup = 2,
        },
        Tall with
        {
            Name = "tall dense",
            ExpertCount = 1,
            FeedForwardWidth = 264,
            Biases = BiasSet.Layers | BiasSet.Head,
        },
    ];

    public static TheoryData<string> Names =>
        [.. TallModels.Select(m => m.Name), .. TinyExperts.Names.Select(n => n.Data), .. TinyModels.Names.Select(n => n.Data)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ForwardBackward_WithEachAreaBetweenGuards_WritesNothingBeyond(string name)
    {
        (Model model, int sequences, int sequence) = Of(name);
        using Transformer plain = new(model, sequences, sequence, threads: 2),
            guarded = new(model, sequences, sequence, threads: 2);
        TinyModels.Fill(plain, seed: 1);
        TinyModels.Fill(guarded, seed: 1);
        List<Guarded<float>> guards = [];
        foreach (Parameter p in guarded.Parameters)
        {
            p.Weight = Guard(p.Weight, p.Count);
            p.Gradient = Guard(p.Gradient, p.Count);
        }
        foreach (ActivationBuffer area in guarded.Plan.Buffers)
        {
            area.Data = Guard(area.Data, area.Count);
        }
        foreach (SharedBuffer area in guarded.Plan.Sharers)
        {
            Guarded<float> poisoned = new((int)area.Count);
            guards.Add(poisoned);
            area.Data = poisoned;
        }
        for (int step = 0; step < 2; step++)
        {
            (int[] tokens, int[] targets) = TinyModels.Batch(model, sequences * sequence, seed: step);
            float scale = 1f / TinyModels.Counted(targets);
            Assert.Equal(plain.ForwardBackward(tokens, targets, scale), guarded.ForwardBackward(tokens, targets, scale));
            foreach ((Parameter p, Parameter q) in plain.Parameters.Zip(guarded.Parameters))
            {
                Near.SameBits($"gradient of {p.Name} in step {step}", q.Gradients, p.Gradients);
            }
            plain.EndStep();
            guarded.EndStep();
            Near.SameBits("logits", guarded.Logits(tokens, 0, tokens.Length), plain.Logits(tokens, 0, tokens.Length));
        }
        guards.ForEach(g => g.Dispose());

        float* Guard(float* content, nint count)
        {
            Guarded<float> guard = new(new ReadOnlySpan<float>(content, (int)count));
            guards.Add(guard);
            return guard;
        }
    }

    [Fact]
    public void Areas_AskedForMoreThanTheyHave_Refuse()
    {
        (Model model, int sequences, int sequence) = Of("tall switch");
        using Transformer transformer = new(model, sequences, sequence, threads: 2);
        Assert.NotEmpty(transformer.Plan.Sharers);
        Assert.All(transformer.Plan.Sharers, area => CheckEnd(area.Name, area.Count, area.Require));
        Assert.All(transformer.Plan.Buffers, area => CheckEnd(area.Name, area.Count, area.Require));
        int tokens = sequences * sequence;
        Assert.Throws<InvalidOperationException>(() => transformer.Dispatches[0].Begin(tokens, tokens + 1));
        Assert.Throws<InvalidOperationException>(() => transformer.Dispatches[0].SetCounts([tokens, 1]));
    }

    private static void CheckEnd(string name, nint count, Action<nint> require)
    {
        require(count);
        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => require(count + 1)).Message, StringComparison.Ordinal);
    }

    private static (Model Model, int Sequences, int Sequence) Of(string name) =>
        TallModels.FirstOrDefault(m => m.Name == name) is Model tall ? (tall, Sequences, Sequence)
        : TinyExperts.Names.Any(n => n.Data == name) ? (TinyExperts.Of(name), TinyExperts.Sequences, TinyExperts.Sequence)
        : (TinyModels.Of(name), TinyModels.Sequences, TinyModels.Sequence);
}
