using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Vectors;
using MoeScale.Training.Layers;

namespace MoeScale.Training.Transformers;

/// <summary>What AdamW is told once.</summary>
/// <param name="Beta1">Of the first moment.</param>
/// <param name="Beta2">Of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled, for matrices; gains and biases do not decay.</param>
/// <param name="Clip">Longest gradient, over all parameters; infinite for none.</param>
public sealed record AdamWSettings(
    double Beta1 = 0.9,
    double Beta2 = 0.95,
    double Epsilon = 1e-8,
    double WeightDecay = 0.1,
    double Clip = 1
);

/// <summary>AdamW with clipping over all parameters of a model, on all threads. Loshchilov and Hutter 2019 (arXiv:1711.05101).</summary>
public sealed unsafe class AdamWOptimizer : IDisposable
{
    private readonly Transformer _model;
    private readonly AdamWSettings _settings;
    private readonly NativeFloats _first;
    private readonly NativeFloats _second;
    private readonly double[] _squares;
    private readonly (nint Offset, int Length, bool Decays)[] _ranges;

    /// <param name="model">A model with gradients.</param>
    /// <param name="settings">Constants.</param>
    public AdamWOptimizer(Transformer model, AdamWSettings settings)
    {
        _model = model;
        _settings = settings;
        _first = MemoryPlan.Zeroed(model.ParameterFloats);
        _second = MemoryPlan.Zeroed(model.ParameterFloats);
        _squares = new double[ArenaJobs.Chunks(model.ParameterFloats)];
        _ranges = [.. model.Parameters.SelectMany(Ranges)];
    }

    /// <summary>Steps made: t of the bias correction. Set when moments are read from a checkpoint.</summary>
    public long Steps { get; set; }

    /// <summary>Bytes of both moments.</summary>
    public long TensorBytes => TensorBytesFor(_model);

    internal static long TensorBytesFor(Transformer model) => 2L * sizeof(float) * model.ParameterFloats;

    /// <summary>The first moments of a parameter, in place.</summary>
    public Span<float> First(Parameter p) => new(_first.Data + p.Offset, p.Count);

    /// <summary>The second moments of a parameter, in place.</summary>
    public Span<float> Second(Parameter p) => new(_second.Data + p.Offset, p.Count);

    /// <summary>One step with the gradients of the model.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <returns>The length of the gradient before clipping; where it is no number, nothing was changed.</returns>
    public double Step(double rate)
    {
        _model.Pool.Run(_squares.Length, new AddSquares(_model.Gradients, _model.ParameterFloats, _squares));
        double norm = Math.Sqrt(_squares.Sum());
        if (!double.IsFinite(norm))
        {
            return norm;
        }
        Steps++;
        double scale = Math.Min(1, _settings.Clip / norm);
        AdamWStep decaying = new(rate, _settings.Beta1, _settings.Beta2, _settings.Epsilon, _settings.WeightDecay, Steps, scale);
        AdamWStep other = new(rate, _settings.Beta1, _settings.Beta2, _settings.Epsilon, 0, Steps, scale);
        _model.Pool.Run(_ranges.Length, new Update(this, decaying, other));
        return norm;
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static IEnumerable<(nint Offset, int Length, bool Decays)> Ranges(Parameter p)
    {
        for (int at = 0; at < p.Count; at += ArenaJobs.ChunkFloats)
        {
            yield return (p.Offset + at, Math.Min(ArenaJobs.ChunkFloats, p.Count - at), p.Decays);
        }
    }

    private readonly struct AddSquares(float* gradients, nint floats, double[] squares) : IChunkedJob
    {
        private readonly float* _gradients = gradients;

        public void Run(int chunk, int worker) =>
            squares[chunk] = Sums.OfSquares(_gradients + ((nint)chunk * ArenaJobs.ChunkFloats), ArenaJobs.Length(chunk, floats));
    }

    private readonly struct Update(AdamWOptimizer o, AdamWStep decaying, AdamWStep other) : IChunkedJob
    {
        private readonly AdamWStep _decaying = decaying;
        private readonly AdamWStep _other = other;

        public void Run(int chunk, int worker)
        {
            (nint offset, int length, bool decays) = o._ranges[chunk];
            AdamW.Update(
                decays ? _decaying : _other,
                o._model.Gradients + offset,
                length,
                o._first.Data + offset,
                o._second.Data + offset,
                o._model.Weights + offset
            );
        }
    }
}
