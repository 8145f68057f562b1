using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Experts;

namespace MoeScale.Training.Layers.Experts;

/// <summary>Each token takes the experts of its top_k highest scores; of equal ones the lower number.</summary>
/// <remarks>
/// With a capacity, experts fill up in the order of the tokens of the micro-batch, each token with its best choice
/// first: who comes to a full expert passes it by. So a token can lose a place to earlier tokens only, in training too;
/// with all first choices before all second ones, as GShard has it, later tokens could take it. A token whose weights
/// are scaled to the sum 1 is scaled before that, as if none were lost.
/// </remarks>
internal sealed unsafe class TokenChoice : ISelection
{
    private readonly ComputeContext _compute;
    private readonly Parameter? _balanceBias;
    private readonly int _experts;
    private readonly int _topK;
    private readonly double? _capacityFactor;
    private readonly bool _scales;
    private readonly int[] _placed;

    /// <param name="compute">Of the model.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="balanceBias">(experts) added to scores for the selection only; null for none.</param>
    public TokenChoice(ComputeContext compute, Model model, Parameter? balanceBias)
    {
        _compute = compute;
        _balanceBias = balanceBias;
        _experts = (int)model.ExpertCount;
        _topK = (int)model.TopK;
        _capacityFactor = model.Routing.CapacityFactor;
        _scales = model.Routing.Weights is RouterWeights.SelectedSoftmax or RouterWeights.SelectedSigmoid;
        _placed = new int[_experts];
    }

    /// <summary>The most slots of an expert: ⌈factor · rows · top_k / experts⌉.</summary>
    /// <remarks>Of the factor as it is written: 1.1 · 100 / 10 is 11, though the nearest double to 1.1 lies above it.</remarks>
    public static int Capacity(double factor, int rows, int topK, int experts) =>
        (int)Math.Min(rows, Math.Ceiling(factor * rows * topK / experts * (1 - 1e-12)));

    /// <inheritdoc/>
    public void Select(float* logits, float* scores, int rows, bool training, Dispatch dispatch, Span<int> routed)
    {
        dispatch.Begin(rows, (nint)rows * _topK);
        _compute.Pool.Run(ComputeContext.Chunks(rows), new ChooseRows(this, logits, scores, rows, dispatch));
        dispatch.ChoiceStarts[rows] = rows * _topK;
        routed.Clear();
        for (int i = 0; i < rows * _topK; i++)
        {
            routed[dispatch.ChoiceExperts[i]]++;
        }
        int capacity = training && _capacityFactor is double factor ? Capacity(factor, rows, _topK, _experts) : rows;
        for (int e = 0; e < _experts; e++)
        {
            _placed[e] = Math.Min(routed[e], capacity);
        }
        dispatch.SetCounts(_placed);
        Array.Clear(_placed);
        for (int row = 0, choice = 0; row < rows; row++)
        {
            for (int end = choice + _topK; choice < end; choice++)
            {
                int expert = dispatch.ChoiceExperts[choice];
                if (_placed[expert] < capacity)
                {
                    dispatch.Place(choice, row, dispatch.FirstOf(expert) + _placed[expert]++);
                }
                else
                {
                    dispatch.ChoiceSlots[choice] = -1;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void BackwardWeights(float* scores, int firstRow, int endRow, Dispatch dispatch)
    {
        if (!_scales)
        {
            return;
        }
        for (int row = firstRow; row < endRow; row++)
        {
            // w_i = s_i/Σs:  ds_i = (dw_i − Σ_j dw_j·w_j)/Σs.
            float sum = RouterScores.Smallest,
                mean = 0;
            for (int i = dispatch.ChoiceStarts[row]; i < dispatch.ChoiceStarts[row + 1]; i++)
            {
                sum += scores[((nint)row * _experts) + dispatch.ChoiceExperts[i]];
                mean += dispatch.ChoiceGradients[i] * dispatch.ChoiceWeights[i];
            }
            for (int i = dispatch.ChoiceStarts[row]; i < dispatch.ChoiceStarts[row + 1]; i++)
            {
                dispatch.ChoiceGradients[i] = (dispatch.ChoiceGradients[i] - mean) / sum;
            }
        }
    }

    private void Choose(int row, float* logits, float* scores, Dispatch dispatch)
    {
        int first = row * _topK;
        dispatch.ChoiceStarts[row] = first;
        int* experts = dispatch.ChoiceExperts + first;
        float* keys = dispatch.ChoiceGradients + first;
        if (_balanceBias is null)
        {
            // By logits: scores near 0 or 1 may round to equal ones.
            TopK.Of(logits, null, _experts, _topK, experts, keys);
        }
        else
        {
            TopK.Of(scores, _balanceBias.Weight, _experts, _topK, experts, keys);
        }
        float sum = RouterScores.Smallest;
        for (int i = 0; i < _topK; i++)
        {
            sum += scores[experts[i]];
        }
        for (int i = 0; i < _topK; i++)
        {
            dispatch.ChoiceWeights[first + i] = _scales ? scores[experts[i]] / sum : scores[experts[i]];
        }
    }

    private readonly struct ChooseRows(TokenChoice owner, float* logits, float* scores, int rows, Dispatch dispatch) : IChunkedJob
    {
        private readonly float* _logits = logits;
        private readonly float* _scores = scores;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            for (int row = first; row < first + count; row++)
            {
                nint at = (nint)row * owner._experts;
                owner.Choose(row, _logits + at, _scores + at, dispatch);
            }
        }
    }
}
