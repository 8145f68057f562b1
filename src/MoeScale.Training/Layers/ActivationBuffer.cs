using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers;

/// <summary>A part of the arena of activations: (rows, width), known before there is memory for it.</summary>
/// <param name="name">See <see cref="Name"/>.</param>
/// <param name="count">See <see cref="Count"/>.</param>
/// <param name="holdsIndices">See <see cref="HoldsIndices"/>.</param>
internal sealed unsafe class ActivationBuffer(string name, nint count, bool holdsIndices = false)
{
    /// <summary>What it holds, for messages: "blocks.3 attention output".</summary>
    public string Name { get; } = name;

    /// <summary>Floats.</summary>
    public nint Count { get; } = count;

    /// <summary>Whether these are 32-bit integers, not floats.</summary>
    public bool HoldsIndices { get; } = holdsIndices;

    public int* Indices => (int*)Data;

    /// <summary>Null until the plan is carried out.</summary>
    public float* Data { get; set; }

    /// <summary>To be called before so many are written, where their number is not just that of the rows.</summary>
    /// <exception cref="InvalidOperationException">There are fewer.</exception>
    public void Require(nint needed) => new Room(Data, Count).Require(needed, Name);
}
