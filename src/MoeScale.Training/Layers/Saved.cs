namespace MoeScale.Training.Layers;

/// <summary>A part of the arena of activations: (rows, width), known before there is memory for it.</summary>
internal sealed unsafe class Saved(string name, nint count)
{
    /// <summary>What it holds, for messages: "blocks.3 attention output".</summary>
    public string Name { get; } = name;

    /// <summary>Floats.</summary>
    public nint Count { get; } = count;

    /// <summary>Null until the plan is carried out.</summary>
    public float* Data { get; set; }
}
