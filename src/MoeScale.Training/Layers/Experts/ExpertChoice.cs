using MoeScale.Models;
using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers.Experts;

/// <summary>
/// Each expert takes its share, group · top_k / experts, of the tokens of each group: those with the highest scores; of
/// equal ones that of the earlier sequence. A group is the tokens at one position of some sequences, so that no token's
/// fate depends on a later one.
/// </summary>
/// <remarks>
/// A token may meet any number of experts, none included; top_k of them on average. Its choices are in the order of the experts.
/// </remarks>
internal sealed unsafe class ExpertChoice : ISelection
{
    private readonly ComputeContext _compute;
    private readonly int _experts;
    private readonly int _group;
    private readonly int _share;
    private readonly int _sequence;
    private readonly SharedBuffer _taken;
    private readonly SharedBuffer _keys;
    private readonly nint _keysOfThread;
    private readonly int[] _counts;

    public ExpertChoice(MemoryPlan plan, ComputeContext compute, Model model)
    {
        _compute = compute;
        _experts = (int)model.ExpertCount;
        _group = (int)model.RoutingGroup;
        _share = (int)Math.Round(model.RoutingGroup * model.TopK / model.ExpertCount);
        _sequence = plan.Sequence;
        _taken = plan.Share("tokens that experts took", (nint)plan.Rows * (int)model.TopK);
        _keysOfThread = (_group + _share + 15) / 16 * 16;
        _keys = plan.Share("scores that experts compare", compute.Pool.Threads * _keysOfThread);
        _counts = new int[_experts];
    }

    /// <inheritdoc/>
    public void Select(float* logits, float* scores, int rows, bool training, Dispatch dispatch, Span<int> routed)
    {
        int groups = rows / _group;
        if (groups * _group != rows || rows / _sequence % _group != 0)
        {
            throw new InvalidOperationException($"{rows / _sequence} sequences are no whole groups of {_group}.");
        }
        int each = groups * _share;
        dispatch.Begin(rows, (nint)_experts * each);
        _taken.Require((nint)_experts * each);
        _keys.Require(_compute.Pool.Threads * _keysOfThread);
        _compute.Pool.Run(groups, new TakeOfGroup(this, scores, groups));
        Array.Fill(_counts, each);
        _counts.CopyTo(routed);
        dispatch.SetCounts(_counts);
        int* taken = (int*)_taken.Data;
        int* starts = dispatch.ChoiceStarts;
        // Counted one place ahead, summed, and then used as the place of the next choice, which leaves the starts.
        new Span<int>(starts, rows + 1).Clear();
        for (int slot = 0; slot < _experts * each; slot++)
        {
            starts[taken[slot] + 1]++;
        }
        for (int row = 0; row < rows; row++)
        {
            starts[row + 1] += starts[row];
        }
        for (int expert = 0; expert < _experts; expert++)
        {
            for (int slot = expert * each; slot < (expert + 1) * each; slot++)
            {
                int row = taken[slot];
                int choice = starts[row]++;
                dispatch.ChoiceExperts[choice] = expert;
                dispatch.ChoiceWeights[choice] = scores[((nint)row * _experts) + expert];
                dispatch.Place(choice, row, slot);
            }
        }
        for (int row = rows; row > 0; row--)
        {
            starts[row] = starts[row - 1];
        }
        starts[0] = 0;
    }

    /// <inheritdoc/>
    public void BackwardWeights(float* scores, int firstRow, int endRow, Dispatch dispatch)
    {
        // The weights are the scores.
    }

    private readonly struct TakeOfGroup(ExpertChoice owner, float* scores, int groups) : IChunkedJob
    {
        private readonly float* _scores = scores;

        public void Run(int chunk, int worker)
        {
            int length = owner._sequence,
                experts = owner._experts,
                share = owner._share;
            int position = chunk % length;
            nint first = ((nint)chunk / length * owner._group * length) + position;
            float* keys = owner._keys.Data + (worker * owner._keysOfThread);
            float* best = keys + owner._group;
            for (int expert = 0; expert < experts; expert++)
            {
                for (int i = 0; i < owner._group; i++)
                {
                    keys[i] = _scores[((first + ((nint)i * length)) * experts) + expert];
                }
                int* taken = (int*)owner._taken.Data + (((nint)expert * groups) + chunk) * share;
                TopK.Of(keys, null, owner._group, share, taken, best);
                for (int i = 0; i < share; i++)
                {
                    taken[i] = (int)(first + ((nint)taken[i] * length));
                }
            }
        }
    }
}
