using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Layers;

/// <summary>
/// All memory of a model in training, collected from its layers before any of it is allocated: so it can be told beforehand, and a step
/// allocates nothing. Weights and gradients are arenas of one layout; activations that the backward pass reads, and scratch memory that
/// layers use in turn, are a third.
/// </summary>
internal sealed unsafe class MemoryPlan : IDisposable
{
    // Floats: a cache line, so that no two tensors share one.
    private const int Alignment = 16;

    private readonly List<Parameter> _parameters = [];
    private readonly List<ActivationBuffer> _buffers = [];
    private readonly Dictionary<string, nint> _shared = [];
    private readonly List<SharedBuffer> _sharers = [];
    private NativeFloats? _weights;
    private NativeFloats? _gradients;
    private NativeFloats? _activations;

    /// <param name="rows">Tokens of a micro-batch at most.</param>
    /// <param name="sequence">Tokens of a sequence.</param>
    public MemoryPlan(int rows, int sequence)
    {
        Rows = rows;
        Sequence = sequence;
    }

    public int Rows { get; }

    public int Sequence { get; }

    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Activations in the order of the forward pass.</summary>
    public IReadOnlyList<ActivationBuffer> Buffers => _buffers;

    /// <summary>All views of scratch memory.</summary>
    public IReadOnlyList<SharedBuffer> Sharers => _sharers;

    /// <summary>Floats of an arena of parameters, padding included; the padding is zero in all of them.</summary>
    public nint ParameterFloats { get; private set; }

    /// <summary>Floats of activations and scratch memory.</summary>
    public nint ActivationFloats
    {
        get
        {
            nint sum = 0;
            foreach (nint count in _buffers.Select(b => b.Count).Concat(_shared.Values))
            {
                sum += Padded(count);
            }
            return sum;
        }
    }

    /// <summary>A matrix (rows, columns).</summary>
    public Parameter Matrix(string name, Role role, int rows, int columns) =>
        Add(new Parameter(name, role, null, rows, columns, Beginning.Random, ParameterFloats));

    /// <summary>A matrix (rows, columns) for each of some experts.</summary>
    /// <param name="mergedFanIn">Terms of a sum if all experts that meet in it are taken as one matrix.</param>
    public Parameter Matrices(string name, Role role, int experts, int rows, int columns, int mergedFanIn) =>
        Add(new Parameter(name, role, experts, rows, columns, Beginning.Random, ParameterFloats) { MergedFanIn = mergedFanIn });

    /// <summary>A bias for each of some experts, which begins at 0.</summary>
    public Parameter Biases(string name, int experts, int length) =>
        Add(new Parameter(name, Role.Biases, experts, 1, length, Beginning.Zero, ParameterFloats));

    /// <summary>A vector: a gain, which begins at 1, or a bias, which begins at 0.</summary>
    public Parameter Vector(string name, Role role, int length, Beginning beginning) =>
        Add(new Parameter(name, role, null, 1, length, beginning, ParameterFloats));

    /// <summary>An activation of so many floats for each token.</summary>
    public ActivationBuffer PerToken(string name, int width) => Keep(name, (nint)Rows * width);

    /// <summary>An activation.</summary>
    public ActivationBuffer Keep(string name, nint count) => Keep(new ActivationBuffer(name, count));

    /// <summary>Whole numbers that a layer keeps, of 32 bits.</summary>
    public ActivationBuffer Indices(string name, nint count) => Keep(new ActivationBuffer(name, count, holdsIndices: true));

    private ActivationBuffer Keep(ActivationBuffer buffer)
    {
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>Scratch memory that all who ask for this name share; the largest request decides.</summary>
    public SharedBuffer Share(string name, nint count)
    {
        _shared[name] = Math.Max(_shared.GetValueOrDefault(name), count);
        return Add(new SharedBuffer(name, count, null));
    }

    /// <summary>Scratch memory in the place of an activation that has been read for the last time, if there is room enough.</summary>
    /// <param name="finished">The activation.</param>
    /// <param name="name">As for <see cref="Share"/>, where there is not.</param>
    /// <param name="count">Floats.</param>
    public SharedBuffer Reuse(ActivationBuffer finished, string name, nint count)
    {
        return count > finished.Count ? Share(name, count) : Add(new SharedBuffer(name, count, finished));
    }

    private SharedBuffer Add(SharedBuffer buffer)
    {
        _sharers.Add(buffer);
        return buffer;
    }

    /// <summary>Allocates all of it; weights and gradients are zero.</summary>
    /// <param name="forTraining">Whether gradients are needed.</param>
    public void Allocate(bool forTraining)
    {
        _weights = Zeroed(ParameterFloats);
        _gradients = forTraining ? Zeroed(ParameterFloats) : null;
        foreach (Parameter p in _parameters)
        {
            p.Weight = _weights.Data + p.Offset;
            p.Gradient = forTraining ? _gradients!.Data + p.Offset : null;
        }
        // Zero too: a row that no token fills must not hold what makes a NaN.
        _activations = Zeroed(ActivationFloats);
        float* next = _activations.Data;
        foreach (ActivationBuffer buffer in _buffers)
        {
            buffer.Data = next;
            next += Padded(buffer.Count);
        }
        foreach (SharedBuffer buffer in _sharers.Where(b => b.Reusable is not null))
        {
            buffer.Data = buffer.Reusable!.Data;
        }
        foreach ((string name, nint count) in _shared)
        {
            foreach (SharedBuffer buffer in _sharers.Where(b => b.Reusable is null && b.Name == name))
            {
                buffer.Data = next;
            }
            next += Padded(count);
        }
    }

    /// <summary>The arena of gradients; null where there are none.</summary>
    public float* Gradients => _gradients is null ? null : _gradients.Data;

    public float* Weights => _weights!.Data;

    public void Dispose()
    {
        _weights?.Dispose();
        _gradients?.Dispose();
        _activations?.Dispose();
    }

    internal static NativeFloats Zeroed(nint count)
    {
        NativeFloats floats = new(Math.Max(count, Alignment));
        for (nint at = 0; at < count; at += int.MaxValue / 2)
        {
            new Span<float>(floats.Data + at, (int)Math.Min(count - at, int.MaxValue / 2)).Clear();
        }
        return floats;
    }

    private static nint Padded(nint count) => (count + Alignment - 1) / Alignment * Alignment;

    private Parameter Add(Parameter parameter)
    {
        ParameterFloats += Padded(parameter.Count);
        _parameters.Add(parameter);
        return parameter;
    }
}

/// <summary>A layer's view of scratch memory: what is in it lasts until another layer works.</summary>
/// <param name="name">See <see cref="Name"/>.</param>
/// <param name="count">See <see cref="Count"/>.</param>
/// <param name="finished">See <see cref="Reusable"/>.</param>
internal sealed unsafe class SharedBuffer(string name, nint count, ActivationBuffer? finished)
{
    /// <summary>What it holds; all of one name share their memory, unless it is in the place of an activation.</summary>
    public string Name { get; } = name;

    /// <summary>Floats that this layer may use.</summary>
    public nint Count { get; } = count;

    /// <summary>The activation in whose place it is; null if none.</summary>
    public ActivationBuffer? Reusable { get; } = finished;

    /// <summary>Null until the plan is carried out.</summary>
    public float* Data { get; set; }

    /// <summary>To be called before so many are written.</summary>
    /// <exception cref="InvalidOperationException">There are fewer.</exception>
    public void Require(nint needed) => new Room(Data, Count).Require(needed, Name);
}
