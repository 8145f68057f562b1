using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Experts;

/// <summary>What a router makes of its logits, row by row: probabilities, their mean, and the way back.</summary>
internal static unsafe class RouterScores
{
    /// <summary>
    /// Added to a sum of scores before it divides: where all of them vanish, shares are 0 and not 0/0. A sum above 1e−12 swallows it.
    /// DeepSeek-V3's routers add the same.
    /// </summary>
    public const float Smallest = 1e-20f;

    /// <summary>
    /// scores = softmax(logits) or sigmoid(logits); logSums = ln Σ e^logits; entropies = −Σ p·ln p of p = softmax(logits).
    /// </summary>
    /// <param name="logits">(rows, experts)</param>
    /// <param name="sigmoid">Which of the two.</param>
    /// <param name="scores">(rows, experts)</param>
    /// <param name="logSums">(rows)</param>
    /// <param name="entropies">(rows)</param>
    public static void Forward(float* logits, int rows, int experts, bool sigmoid, float* scores, float* logSums, float* entropies) =>
        Simd.Run(new ForwardKernel(logits, rows, experts, sigmoid, scores, logSums, entropies));

    /// <summary>sums[e] += Σ_r scores[r,e] / Σ_e scores[r,e]: each row's shares, so that softmax is taken as it is.</summary>
    /// <param name="scores">(rows, experts)</param>
    /// <param name="sums">(experts)</param>
    public static void AddShares(float* scores, int rows, int experts, bool sigmoid, float* sums)
    {
        if (!sigmoid)
        {
            Sums.Columns(scores, rows, experts, sums);
            return;
        }
        for (int r = 0; r < rows; r++, scores += experts)
        {
            float factor = 1 / SumOf(scores, experts);
            for (int e = 0; e < experts; e++)
            {
                sums[e] += factor * scores[e];
            }
        }
    }

    /// <summary>
    /// The gradient by the logits, in the place of the scores, from that by the scores: Σ of what each choice of a row asks for and of
    /// <paramref name="dShares"/>, which asks it of the shares of every row; and of the z-loss, zScale·ln²(Σ e^logits).
    /// </summary>
    /// <param name="logits">As they went forward.</param>
    /// <param name="scores">As <see cref="Forward"/> left them; the gradient by the logits on return.</param>
    /// <param name="logSums">As <see cref="Forward"/> left them.</param>
    /// <param name="choices">Of each row: experts, and the gradient by their scores.</param>
    /// <param name="dShares">(experts), or null.</param>
    /// <param name="zScale">0 for no z-loss.</param>
    public static void Backward(
        float* logits,
        int rows,
        int experts,
        bool sigmoid,
        float* scores,
        float* logSums,
        RowChoices choices,
        float* dShares,
        float zScale
    ) => Simd.Run(new BackwardKernel(logits, rows, experts, sigmoid, scores, logSums, choices, dShares, zScale));

    [MethodImpl(Body.OfKernel)]
    private static void Forward<V>(float* logits, int rows, int experts, bool sigmoid, float* scores, float* logSums, float* entropies)
        where V : struct, ISimdVector<V>
    {
        V lowest = V.Broadcast(float.NegativeInfinity);
        for (int r = 0; r < rows; r++, logits += experts, scores += experts)
        {
            V most = lowest;
            for (int e = 0; e < experts; e += V.Count)
            {
                most = V.Max(most, V.First(V.Load(logits + e, experts - e), experts - e, lowest));
            }
            float maximum = V.Maximum(most);
            V shift = V.Broadcast(maximum),
                total = V.Zero,
                moment = V.Zero;
            for (int e = 0; e < experts; e += V.Count)
            {
                V below = V.Load(logits + e, experts - e) - shift;
                V power = Exponential.Of(below);
                power.Store(scores + e, experts - e);
                power = V.First(power, experts - e, V.Zero);
                total += power;
                moment = V.MultiplyAdd(power, below, moment);
            }
            float sum = V.Sum(total),
                logSum = MathF.Log(sum);
            logSums[r] = maximum + logSum;
            // −Σ p·ln p with ln p = below − ln Σ e^below.
            entropies[r] = logSum - (V.Sum(moment) / sum);
            V factor = V.Broadcast(1 / sum);
            for (int e = 0; e < experts; e += V.Count)
            {
                V score = sigmoid ? Silu.Sigmoid(V.Load(logits + e, experts - e)) : factor * V.Load(scores + e, experts - e);
                score.Store(scores + e, experts - e);
            }
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Backward<V>(
        float* logits,
        int rows,
        int experts,
        bool sigmoid,
        float* scores,
        float* logSums,
        RowChoices choices,
        float* dShares,
        float zScale
    )
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++, logits += experts, scores += experts)
        {
            ReadOnlySpan<int> chosen = choices.ExpertsOf(r);
            Span<float> asked = choices.GradientsOf(r);
            // d score of a share: (dShare − Σ share·dShare)/Σ score, and of softmax the same with Σ score = 1.
            float sum = sigmoid ? SumOf(scores, experts) : 1;
            float mean = 0;
            if (dShares is not null)
            {
                V dot = V.Zero;
                for (int e = 0; e < experts; e += V.Count)
                {
                    dot = V.MultiplyAdd(V.Load(scores + e, experts - e), V.Load(dShares + e, experts - e), dot);
                }
                mean = V.Sum(dot) / sum;
            }
            for (int i = 0; i < chosen.Length; i++)
            {
                // By the score, then by the logit as far as it is the choice's own.
                float score = scores[chosen[i]];
                asked[i] *= sigmoid ? score * (1 - score) : score;
                mean += sigmoid ? 0 : asked[i];
            }
            V middle = V.Broadcast(mean),
                perSum = V.Broadcast(1 / sum),
                one = V.Broadcast(1);
            V logSum = V.Broadcast(logSums[r]),
                z = V.Broadcast(2 * zScale * logSums[r]);
            for (int e = 0; e < experts; e += V.Count)
            {
                V score = V.Load(scores + e, experts - e);
                V d = dShares is null ? V.Zero - middle : V.Load(dShares + e, experts - e) - middle;
                V dLogit = sigmoid ? d * perSum * score * (one - score) : d * score;
                if (zScale != 0)
                {
                    V probability = sigmoid ? Exponential.Of(V.Load(logits + e, experts - e) - logSum) : score;
                    dLogit = V.MultiplyAdd(z, probability, dLogit);
                }
                dLogit.Store(scores + e, experts - e);
            }
            for (int i = 0; i < chosen.Length; i++)
            {
                scores[chosen[i]] += asked[i];
            }
        }
    }

    private static float SumOf(float* scores, int experts)
    {
        float sum = Smallest;
        for (int e = 0; e < experts; e++)
        {
            sum += scores[e];
        }
        return sum;
    }

    private readonly struct ForwardKernel(
        float* logits,
        int rows,
        int experts,
        bool sigmoid,
        float* scores,
        float* logSums,
        float* entropies
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Forward<V>(logits, rows, experts, sigmoid, scores, logSums, entropies);
    }

    private readonly struct BackwardKernel(
        float* logits,
        int rows,
        int experts,
        bool sigmoid,
        float* scores,
        float* logSums,
        RowChoices choices,
        float* dShares,
        float zScale
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Backward<V>(logits, rows, experts, sigmoid, scores, logSums, choices, dShares, zScale);
    }
}

/// <summary>The experts of each row and the gradients by their scores, in lists one behind the other.</summary>
/// <param name="starts">(rows + 1) where the list of a row begins.</param>
/// <param name="experts">Of each choice.</param>
/// <param name="gradients">Of each choice; used up.</param>
internal readonly unsafe struct RowChoices(int* starts, int* experts, float* gradients)
{
    private readonly int* _starts = starts;
    private readonly int* _experts = experts;
    private readonly float* _gradients = gradients;

    public ReadOnlySpan<int> ExpertsOf(int row) => new(_experts + _starts[row], _starts[row + 1] - _starts[row]);

    public Span<float> GradientsOf(int row) => new(_gradients + _starts[row], _starts[row + 1] - _starts[row]);
}
