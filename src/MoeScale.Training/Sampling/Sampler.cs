using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Sampling;

/// <summary>
/// Continues a sequence of tokens, one by one. Each token is computed from the last T tokens, T being the model's
/// sequence: where there are more, the window slides by one and its first token counts as position 0, as in training.
/// </summary>
/// <remarks>
/// The whole window is computed again for each token: no second forward pass has to agree with the one that is trained.
/// docs/using-a-model.md tells the speed.
/// </remarks>
public sealed class Sampler
{
    private readonly Transformer _model;
    private readonly SamplingSettings _settings;
    private readonly int _vocabulary;
    private readonly int _stop;
    private readonly TokenDraw _draw;
    private readonly int[] _window;

    /// <param name="model">Of one sequence, as long as is ever needed: shorter ones are faster.</param>
    /// <param name="settings">How tokens are drawn.</param>
    /// <param name="vocabulary">Only ids below it are drawn.</param>
    /// <param name="stop">The token that ends a document and the continuation; −1 for none.</param>
    /// <exception cref="UserException">A setting is outside its range, or the model is none of <see cref="Require"/>.</exception>
    public Sampler(Transformer model, SamplingSettings settings, int vocabulary, int stop = -1)
    {
        Require(model.Model);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabulary, model.Vocabulary);
        _model = model;
        _settings = settings.Check();
        _vocabulary = vocabulary;
        _stop = stop;
        _draw = new TokenDraw(settings, vocabulary);
        _window = new int[model.Sequence];
    }

    /// <summary>The tokens that follow, computed as they are asked for; the token that stops is the last one.</summary>
    /// <param name="prompt">One token at least.</param>
    /// <param name="count">At most so many.</param>
    /// <exception cref="UserException">The model's logits are no numbers.</exception>
    public IEnumerable<int> Continue(IReadOnlyList<int> prompt, int count)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Count);
        List<int> tokens = [.. prompt];
        for (int i = 0; i < count; i++)
        {
            int token = Next(tokens, (ulong)i);
            yield return token;
            if (token == _stop)
            {
                yield break;
            }
            tokens.Add(token);
        }
    }

    /// <exception cref="UserException">
    /// No text can be drawn from such a model, whose experts choose among sequences: says what can be done.
    /// </exception>
    public static void Require(Model model)
    {
        if (Transformer.GroupOf(model) is > 1 and int group)
        {
            throw new UserException(
                $"'{model.Name}' cannot be sampled: its experts choose among the tokens of {group} sequences at once "
                    + $"(routing {model.Routing.Kind.Name}), and a prompt is one: what stood in the others would decide what is drawn. "
                    + $"Score texts with it instead, or train one with routing {RoutingKind.Default.Name}."
            );
        }
    }

    private int Next(List<int> tokens, ulong number)
    {
        int length = Math.Min(tokens.Count, _window.Length);
        tokens.CopyTo(tokens.Count - length, _window, 0, length);
        // No token sees those behind it, so what fills the rest does not matter.
        Array.Clear(_window, length, _window.Length - length);
        ReadOnlySpan<float> logits = _model.Logits(_window, length - 1, 1);
        return _draw.Next(
            logits[.._vocabulary],
            CounterRandom.Unit(CounterRandom.Bits(CounterRandom.Key(_settings.Seed, 0x73616D706C65), number))
        );
    }
}
