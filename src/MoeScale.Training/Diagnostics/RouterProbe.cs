using MoeScale.Training.Data;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Diagnostics;

/// <summary>
/// The first sequences that are held out, asked again and again: which experts do their tokens meet now? As in evaluation, none is dropped.
/// </summary>
internal sealed unsafe class RouterProbe
{
    /// <summary>About so many tokens are looked at: a share of choices is then known to a hundredth or so.</summary>
    public const int DefaultTokens = 2048;

    private readonly Transformer _model;
    private readonly ISequences _heldOut;
    private readonly Batch _batch;
    private readonly ExpertChoices[] _choices;
    private readonly int _computed;
    private readonly int _kept;

    private RouterProbe(Transformer model, ISequences heldOut, int computed, int kept)
    {
        (_model, _heldOut, _computed, _kept) = (model, heldOut, computed, kept);
        _batch = new Batch(Math.Min(model.Sequences, computed), model.Sequence);
        _choices = [.. model.Dispatches.Select(d => new ExpertChoices(kept * model.Sequence, d.Experts))];
    }

    /// <summary>Of each layer with experts, as the last <see cref="Ask"/> found them.</summary>
    public IReadOnlyList<ExpertChoices> Choices => _choices;

    /// <summary>Tokens of the probe's sequences, one after the other.</summary>
    public int[] Tokens
    {
        get
        {
            int length = _model.Sequence;
            int[] tokens = new int[_kept * length];
            int[] window = new int[length + 1];
            for (int i = 0; i < _kept; i++)
            {
                _heldOut.Read(i, window);
                window.AsSpan(0, length).CopyTo(tokens.AsSpan(i * length));
            }
            return tokens;
        }
    }

    /// <summary>Null where nothing is held out, or less than a group from which experts choose.</summary>
    public static RouterProbe? Of(Transformer model, ISequences? heldOut)
    {
        if (heldOut is null)
        {
            return null;
        }
        // Where experts choose, the tokens of whole groups decide; only the first sequences of them are kept.
        long group = Transformer.GroupOf(model.Model);
        long wanted = Math.Max(1, DefaultTokens / model.Sequence);
        long computed = Math.Min((wanted + group - 1) / group * group, heldOut.Count / group * group);
        return computed == 0 ? null : new RouterProbe(model, heldOut, (int)computed, (int)Math.Min(wanted, computed));
    }

    /// <summary>Fills <see cref="Choices"/>.</summary>
    public void Ask()
    {
        int length = _model.Sequence;
        foreach (ExpertChoices choices in _choices)
        {
            choices.Clear();
        }
        for (int first = 0; first < _computed; first += _batch.Sequences)
        {
            int count = Math.Min(_batch.Sequences, _computed - first);
            _batch.Load(_heldOut, first, count);
            _model.SumOfLosses(_batch.Tokens[..(count * length)], _batch.Targets[..(count * length)]);
            int rows = Math.Clamp(_kept - first, 0, count) * length;
            for (int layer = 0; layer < _choices.Length; layer++)
            {
                Note(_model.Dispatches[layer], rows, _choices[layer], first * length);
            }
        }
    }

    private static void Note(Dispatch dispatch, int rows, ExpertChoices choices, int firstToken)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int i = dispatch.ChoiceStarts[row]; i < dispatch.ChoiceStarts[row + 1]; i++)
            {
                choices[firstToken + row, dispatch.ChoiceExperts[i]] = true;
            }
        }
    }
}
