using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Warnings;
using MoeScale.Planning;

namespace MoeScale.Reporting.Tests;

public class PlanWordsTests
{
    private static readonly RoundingLoss Lost = new(3, 64, 4, 0.12345);

    /// <summary>One of each kind, with the words that a command says of it, and those of a file that has no such settings.</summary>
    public static TheoryData<PlanWarning, string, string?> Warnings =>
        new()
        {
            {
                new PlanWarning.OutsideExperiments(
                    "joint-2025",
                    [new Excess("tokens", 134e9, 80e9), new Excess("top_k", 2, 1, IsHeld: true)]
                ),
                "the best candidate is outside the experiments of joint-2025: tokens 134B is above 80.0B; top_k is 2, not 1",
                null
            },
            { new PlanWarning.OtherShapes("a", "b", "c"), "the shapes are b; a and its cost were made for c", null },
            {
                new PlanWarning.SimplestPreferred(16, 1, 0.00349),
                "the simplest among ties was preferred; experts 16, granularity 1 has a loss 0.0035 lower",
                null
            },
            {
                new PlanWarning.DataRepeat("a", "b"),
                "the data repeat: b says what repeated tokens are worth, which was never tested together with a, "
                    + "and parameters that outgrow the data are not discounted",
                null
            },
            {
                new PlanWarning.MostExpertsWin(32),
                "the most experts that were weighed win; --experts weighs more",
                "the most experts that were weighed win"
            },
            {
                new PlanWarning.LostToLayout(Lost with { Candidates = 1 }),
                "experts 64, granularity 4 loses 0.123 nats to the layout of training, which suits few sizes",
                null
            },
            {
                new PlanWarning.LostToCoarseSizes(Lost, 32, 2),
                "3 candidates lose up to 0.123 nats (experts 64, granularity 4) to coarse sizes; --multiple-of 32 is finer for 2 of them",
                "3 candidates lose up to 0.123 nats (experts 64, granularity 4) to coarse sizes"
            },
            {
                new PlanWarning.LostToCoarseSizes(Lost, null, 0),
                "3 candidates lose up to 0.123 nats (experts 64, granularity 4) to coarse sizes, as whole blocks and heads have them",
                null
            },
            { new PlanWarning.FlopsUnspent(0.3721), "the limits leave 37.2 % of the FLOPs unspent", null },
            { new PlanWarning.NoRange("a"), "a states no range of its experiments, so whether this is outside them cannot be told", null },
            {
                new PlanWarning.NoCache(),
                "the memory holds weights alone; --sequences and --context make room for a KV cache",
                "the memory holds weights alone"
            },
            {
                new PlanWarning.TooFewPositions(1, 32e3, 1024),
                "1 sequence of 32.0K tokens cannot be: the model has 1,024 learned positions, and no sequence is longer; "
                    + "give a shorter context",
                null
            },
            {
                new PlanWarning.LargeCache(
                    64,
                    32e3,
                    0.951,
                    [
                        new(CacheCureKind.Fp8, 8, 2, 37.7e9),
                        new(CacheCureKind.GroupedHeads, 8, 8, 9.44e9),
                        new(CacheCureKind.Latent, 576, 2.67, 28.3e9),
                    ]
                ),
                "the KV cache of 64 sequences of 32.0K tokens is 95 % of the memory, which limits the plan: "
                    + "it is smaller with --kv fp8, 2 times: 37.7 GB; with 8 heads to a KV head, 8 times: 9.44 GB; "
                    + "with latent attention of 576 values a block, 2.7 times: 28.3 GB "
                    + "(n_kv_heads and kv_lora_rank of a shape family; no law here tells what they cost in loss)",
                "the KV cache of 64 sequences of 32.0K tokens is 95 % of the memory, which limits the plan: "
                    + "it is smaller with 8 heads to a KV head, 8 times: 9.44 GB; "
                    + "with latent attention of 576 values a block, 2.7 times: 28.3 GB "
                    + "(n_kv_heads and kv_lora_rank of a shape family; no law here tells what they cost in loss)"
            },
            {
                new PlanWarning.LargeCache(1, 16e3, 0.5, [new(CacheCureKind.Fp8, 8, 2, 37.7e9)]),
                "the KV cache of 1 sequence of 16.0K tokens is 50 % of the memory, which limits the plan: "
                    + "it is smaller with --kv fp8, 2 times: 37.7 GB",
                "the KV cache of 1 sequence of 16.0K tokens is 50 % of the memory, which limits the plan: "
                    + "fewer or shorter sequences take less"
            },
            {
                new PlanWarning.LargeCache(1, 16e3, 0.12, []),
                "the KV cache of 1 sequence of 16.0K tokens is 12 % of the memory, which limits the plan: "
                    + "fewer or shorter sequences take less",
                null
            },
            { new PlanWarning.NoError("a"), "a states no error, so ties cannot be told", null },
            {
                new PlanWarning.DrawsFailed(10, 50),
                "10 of 50 draws of the coefficients have no answer, because the law then has no finite loss or no best size; "
                    + "the intervals leave them out",
                null
            },
            {
                new PlanWarning.FewDraws("a", 39),
                "the sample of a has 39 draws, too few for good intervals; fit again with a larger --bootstrap",
                "the sample of a has 39 draws, too few for good intervals"
            },
            {
                new PlanWarning.BelowEntropy(0.5, 0.88),
                "the predicted loss 0.500 is below the entropy of the text, 0.880, which no model can be",
                null
            },
            {
                new PlanWarning.WideInterval("tokens", 123),
                "the interval of tokens spans a factor of 1.2e2: these runs do not fix it",
                null
            },
            { new PlanWarning.FamilyVaried(["d_ff", "top_k"]), "the grid varies d_ff, top_k, and plans keep to the family's own", null },
            {
                new PlanWarning.FitInterrupted("a"),
                "the fit of a was interrupted: its coefficients are the best so far, not the best",
                null
            },
            { new PlanWarning.FitWarned("a", new FitWarning.Text("one value of E")), "the fit of a warned: one value of E", null },
        };

    [Theory]
    [MemberData(nameof(Warnings))]
    public void Of_EachWarning_SaysSettingsAsWhoeverSpeaksKnowsThem(PlanWarning warning, string words, string? withoutSettings)
    {
        Assert.Equal(words, PlanWords.Of(warning).Say(new Options()));
        // What somebody cannot set is no advice.
        Assert.Equal(withoutSettings ?? words, PlanWords.Of(warning).Say(new Nothing()));
    }

    [Fact]
    public void Warnings_HereAndInTheLibrary_AreTheSameKinds()
    {
        Type[] kinds = [.. typeof(PlanWarning).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(PlanWarning)))];
        Assert.Equal(kinds.Select(k => k.Name).Order(), Warnings.Select(row => row.Data.Item1.GetType().Name).Distinct().Order());
    }

    [Fact]
    public void Lifted_Limits_AreNamedInProse()
    {
        Assert.Equal("", Lifted());
        Assert.Equal("; without the limit of parameters", Lifted(Limit.MaxParams));
        Assert.Equal("; without the limits of memory and training memory", Lifted(Limit.Memory, Limit.TrainingMemory));

        static string Lifted(params Limit[] lifted) => LimitWords.Lifted(new DenseMatch("a", 1, 1, 1, lifted));
    }

    [Fact]
    public void Outside_ARangeOrWhatWasHeld_IsToldWithBothNumbers()
    {
        Assert.Equal("N 20.5 is above 20", new Excess("N", 20.5, 20).InWords());
        Assert.Equal(
            "experts 1 is below 2; experts is 4, not 1",
            Excess.InWords([new Excess("experts", 1, 2), new Excess("experts", 4, 1, IsHeld: true)])
        );
    }

    private sealed class Options : Terms
    {
        public override string Say(Setting setting) => $"--{setting.Name.Replace('_', '-')} {setting.Value}".TrimEnd();
    }

    private sealed class Nothing : Terms
    {
        public override string? Say(Setting setting) => null;
    }
}
