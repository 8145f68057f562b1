using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Transformers;

namespace MoeScale.Training.Tests.Layers.Experts;

/// <summary>What a router pays and how it balances, where that can be told by hand.</summary>
public class RouterTests
{
    private const int Experts = 8;

    public static TheoryData<RouterWeights> EveryWeight => [.. Enum.GetValues<RouterWeights>()];

    [Theory]
    [MemberData(nameof(EveryWeight))]
    public void BalanceLoss_EveryExpertTheSame_IsOne(RouterWeights weights)
    {
        // Token t likes expert t best, then the next one, and so on around: loads and mean probabilities are the same for all.
        using RouterAlone router = new(weights, topK: 2, (t, e) => -0.3f * ((e - t + Experts) % Experts));
        Assert.Equal(Enumerable.Repeat(2L * RouterAlone.Rows / Experts, Experts), router.Load.Routed.ToArray());
        // Exactly its coefficient: sums of eight probabilities in single precision.
        Assert.Equal(1, router.Load.BalanceLoss, 1e-6);
    }

    [Fact]
    public void BalanceLoss_AllAtOneExpert_IsTheNumberOfExperts()
    {
        using RouterAlone router = new(RouterWeights.Softmax, topK: 1, (_, e) => e == 3 ? 40 : 0);
        Assert.Equal(Experts, router.Load.BalanceLoss, 1e-5);
        Assert.Equal(RouterAlone.Rows, router.Load.Routed[3]);
    }

    [Fact]
    public void BalanceLoss_UniformProbabilities_IsOneWhateverTheLoads()
    {
        using RouterAlone router = new(RouterWeights.Softmax, topK: 2, (_, _) => 0);
        // All equal: the first two experts, by the rule for ties.
        Assert.Equal([RouterAlone.Rows, RouterAlone.Rows, 0, 0, 0, 0, 0, 0], router.Load.Routed.ToArray());
        Assert.Equal(1, router.Load.BalanceLoss, 1e-6);
        Assert.Equal(Math.Pow(Math.Log(Experts), 2), router.Load.ZLoss, 1e-5);
        Assert.Equal(Math.Log(Experts), router.Load.TokenEntropy, 1e-6);
        Assert.Equal(0, router.Load.LogitNorm);
    }

    [Fact]
    public void EndStep_UnevenLoads_MovesBiasesAgainstThemAndCountsAnew()
    {
        // Expert 0 has all tokens, expert 1 all but every fourth; the mean load is rows/4.
        using RouterAlone router = new(
            RouterWeights.Sigmoid,
            topK: 2,
            (t, e) =>
                e == 0 ? 3
                : e == 1 && t % 4 != 0 ? 2
                : e == 2 ? 1
                : e == 3 ? -1
                : -2,
            balanceBias: 0.25
        );
        Assert.Equal([RouterAlone.Rows, RouterAlone.Rows * 3 / 4, RouterAlone.Rows / 4, 0, 0, 0, 0, 0], router.Load.Routed.ToArray());
        router.EndStep();
        Assert.Equal([-0.25f, -0.25f, 0, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f], router.Bias);
        // Without a step between nothing more is done.
        router.EndStep();
        Assert.Equal(-0.25f, router.Bias[0]);
        // What the step did is there to be read until the next one begins.
        Assert.Equal(RouterAlone.Rows, router.Load.Tokens);
        // Scores: σ(3) − 0.25 = 0.70, σ(2) − 0.25 = 0.63 or, of every fourth token, σ(−2) − 0.25 < 0; σ(1) = 0.73; σ(−1) + 0.25 = 0.52.
        router.Forward();
        Assert.Equal(RouterAlone.Rows, router.Load.Tokens);
        Assert.Equal([RouterAlone.Rows, 0, RouterAlone.Rows, 0, 0, 0, 0, 0], router.Load.Routed.ToArray());
    }

    [Fact]
    public void Forward_EveryScoreVanishes_GivesWeightsThatAreNumbers()
    {
        using RouterAlone router = new(RouterWeights.SelectedSigmoid, topK: 2, (_, _) => -200);
        Assert.All(router.Weights, w => Assert.Equal(0, w));
        Assert.Equal(0, router.Load.BalanceLoss);
    }

    /// <summary>A router over tokens that are unit vectors, so that its matrix holds the logits of each kind of token.</summary>
    private sealed unsafe class RouterAlone : IDisposable
    {
        public const int Rows = 8 * Experts;

        private readonly ComputeContext _compute = new(threads: 2);
        private readonly MemoryPlan _plan = new(Rows, Rows);
        private readonly Router _router;
        private readonly Guarded<float> _tokens;

        public RouterAlone(RouterWeights weights, int topK, Func<int, int, float> logit, double balanceBias = 0)
        {
            Model model = TinyExperts.Of("switch") with
            {
                ModelWidth = Experts,
                ExpertCount = Experts,
                TopK = topK,
                Routing = new() { Weights = weights, BalanceBias = balanceBias },
            };
            _router = new Router(_plan, _compute, block: 0, model);
            _plan.Allocate(forTraining: true);
            Span<float> matrix = _plan.Parameters.Single(p => p.Role == Role.Router).Weights;
            for (int i = 0; i < matrix.Length; i++)
            {
                matrix[i] = logit(i % Experts, i / Experts);
            }
            _tokens = new([.. Enumerable.Range(0, Rows * Experts).Select(i => i / Experts % Experts == i % Experts ? 1f : 0)]);
            Forward();
        }

        public RouterLoad Load => _router.Load;

        public float[] Bias => _plan.Parameters.Single(p => p.Name == "blocks.0.router.balance_bias").Weights.ToArray();

        public float[] Weights => new ReadOnlySpan<float>(_router.Dispatch.ChoiceWeights, (int)Load.Choices).ToArray();

        public void Forward() => _router.Forward(_tokens, Rows, training: true);

        public void EndStep() => _router.EndStep();

        public void Dispose()
        {
            _tokens.Dispose();
            _plan.Dispose();
            _compute.Dispose();
        }
    }
}
