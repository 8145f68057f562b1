using MoeScale.Models;

namespace MoeScale.Training.Layers;

/// <summary>How a parameter begins.</summary>
public enum Beginning
{
    /// <summary>Truncated normal numbers, whose spread its fan-in decides.</summary>
    Random,

    /// <summary>Biases.</summary>
    Zero,

    /// <summary>Gains of norms.</summary>
    One,
}

/// <summary>
/// One tensor that is trained: a matrix (rows, columns), stored as PyTorch stores it, a vector of one row, or one of these for each expert.
/// </summary>
public sealed unsafe class Parameter
{
    internal Parameter(string name, Role role, int? experts, int rows, int columns, Beginning beginning, nint offset)
    {
        Name = name;
        Role = role;
        Experts = experts;
        Rows = rows;
        Columns = columns;
        Beginning = beginning;
        Offset = offset;
    }

    /// <summary>Its name in a checkpoint, such as "blocks.0.attention.output.weight".</summary>
    public string Name { get; }

    /// <summary>The row of the census that counts it.</summary>
    public Role Role { get; }

    /// <summary>How many matrices or vectors follow each other; null for a tensor that is one.</summary>
    public int? Experts { get; }

    /// <summary>Of one matrix.</summary>
    public int Rows { get; }

    public int Columns { get; }

    public Beginning Beginning { get; }

    /// <summary>Terms of each sum that it is multiplied in.</summary>
    public int FanIn => Columns;

    /// <summary>The same, if all experts that meet in a sum are taken as one matrix.</summary>
    public int MergedFanIn
    {
        get => field > 0 ? field : FanIn;
        init;
    }

    /// <summary>Floats before it in each arena of parameters; a multiple of 16.</summary>
    public nint Offset { get; }

    /// <summary>Floats.</summary>
    public int Count => (Experts ?? 1) * Rows * Columns;

    /// <summary>Whether it decays: matrices do, gains and biases do not.</summary>
    public bool Decays => Beginning == Beginning.Random;

    /// <summary>Shape as a checkpoint tells it.</summary>
    public long[] Shape =>
        (Experts, Beginning == Beginning.Random) switch
        {
            (int experts, true) => [experts, Rows, Columns],
            (int experts, false) => [experts, Columns],
            (null, true) => [Rows, Columns],
            _ => [Columns],
        };

    internal float* Weight { get; set; }

    internal float* Gradient { get; set; }

    /// <summary>The weights, in place.</summary>
    public Span<float> Weights => new(Weight, Count);

    /// <summary>The gradients, in place.</summary>
    public Span<float> Gradients => new(Gradient, Count);
}
