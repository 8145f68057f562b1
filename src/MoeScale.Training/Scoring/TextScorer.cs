using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Kernels;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Scoring;

/// <summary>
/// Scores a string of tokens of any length, given in pieces, by windows of T tokens that begin every S tokens: window k
/// reads tokens [k·S, k·S + T), and what it predicts and no window before did, counts. So each token but the first is a
/// target once. With S = T a token sees 0 to T − 1 others behind it; with a smaller S at least T − S, at T/S times the
/// cost. The last window may be shorter; it is filled up with targets that do not count.
/// </summary>
/// <remarks>
/// Where experts choose, a routing group is so many windows that follow each other. The last group is filled with
/// windows from the beginning of the text, and the last window with the end of the first one, which do not count.
/// </remarks>
internal sealed class TextScorer
{
    private readonly Transformer _model;
    private readonly int _stride;
    private readonly ITokenizer? _tokenizer;
    private readonly long _most;
    private readonly Action<long>? _progress;

    // (T + 1): tokens of the window that is filled, and the target of its last one.
    private readonly int[] _window;
    private readonly int[] _tokens;
    private readonly int[] _targets;
    private readonly int _group;

    // (group, T): the first windows, which fill the last group.
    private readonly int[] _beginning;
    private long _windows;
    private int _length;
    private int _rows;
    private bool _isFirst = true;
    private long _given;
    private double _nats;
    private long _counted;
    private long _bytes;

    /// <param name="model">Its sequence is T.</param>
    /// <param name="stride">S, 1 to T.</param>
    /// <param name="tokenizer">Counts bytes; null where tokens are no text.</param>
    /// <param name="most">What follows so many targets is passed over.</param>
    /// <param name="progress">Is told the targets so far.</param>
    public TextScorer(Transformer model, int stride, ITokenizer? tokenizer, long most = long.MaxValue, Action<long>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stride, model.Sequence);
        _model = model;
        _stride = stride;
        _tokenizer = tokenizer;
        _most = most;
        _progress = progress;
        _window = new int[model.Sequence + 1];
        _tokens = new int[model.Sequences * model.Sequence];
        _targets = new int[_tokens.Length];
        _group = Transformer.GroupOf(model.Model);
        _beginning = new int[_group * model.Sequence];
    }

    /// <summary>Whether nothing that is added counts any more.</summary>
    public bool IsFull => _given > _most;

    public void Add(ReadOnlySpan<ushort> tokens)
    {
        foreach (ushort token in tokens)
        {
            Add(token);
        }
    }

    public void Add(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
        {
            Add(token);
        }
    }

    /// <exception cref="UserException">The model's answers are no numbers, or its experts choose among more windows than there
    /// are.</exception>
    public TextScore End()
    {
        if (_length - 1 > Scored)
        {
            Take();
        }
        RequireGroup(_windows, _model.Model, _model.Sequence);
        Run();
        return new TextScore(_nats, _counted, _tokenizer is null ? null : _bytes);
    }

    private void Add(int token)
    {
        if (IsFull)
        {
            return;
        }
        _window[_length++] = token;
        _given++;
        if (_length == _window.Length)
        {
            Take();
            _length -= _stride;
            _window.AsSpan(_stride, _length).CopyTo(_window);
        }
    }

    // Targets at the start of the window that the one before it scored.
    private int Scored => _isFirst ? 0 : _model.Sequence - _stride;

    private void Take()
    {
        int context = _model.Sequence;
        Span<int> tokens = _tokens.AsSpan(_rows * context, context);
        Span<int> targets = _targets.AsSpan(_rows * context, context);
        _beginning.AsSpan(0, context).CopyTo(tokens);
        targets.Fill(CrossEntropy.Ignored);
        int predicted = _length - 1;
        _window.AsSpan(0, predicted).CopyTo(tokens);
        if (_windows < _group)
        {
            tokens.CopyTo(_beginning.AsSpan((int)_windows * context));
        }
        _windows++;
        ReadOnlySpan<int> counted = _window.AsSpan(Scored + 1, predicted - Scored);
        counted.CopyTo(targets[Scored..]);
        _counted += counted.Length;
        foreach (int token in counted)
        {
            _bytes += _tokenizer is null ? 0 : _tokenizer.Bytes(token).Length;
        }
        _isFirst = false;
        if (++_rows == _model.Sequences)
        {
            Run();
        }
    }

    private void Run()
    {
        int filled = (_rows + _group - 1) / _group * _group;
        int used = filled * _model.Sequence;
        int own = _rows * _model.Sequence;
        _beginning.AsSpan(0, used - own).CopyTo(_tokens.AsSpan(own));
        _targets.AsSpan(own, used - own).Fill(CrossEntropy.Ignored);
        if (used > 0)
        {
            _nats += _model.SumOfLosses(_tokens.AsSpan(0, used), _targets.AsSpan(0, used));
            _rows = 0;
            RequireNumber(_nats);
            _progress?.Invoke(_counted);
        }
    }

    internal static void RequireGroup(long windows, Model model, int context)
    {
        int group = Transformer.GroupOf(model);
        if (windows < group)
        {
            throw new UserException(
                $"The experts of '{model.Name}' choose among {group} sequences at once, "
                    + $"and there are {windows} of {context} tokens to score. Give {(long)group * context} tokens or more."
            );
        }
    }

    internal static void RequireNumber(double nats)
    {
        if (!double.IsFinite(nats))
        {
            throw new UserException(
                "The model's loss is no number: its weights are damaged, or its training went astray. "
                    + "Train it again at a lower learning rate."
            );
        }
    }
}
