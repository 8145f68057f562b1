namespace MoeScale.Training.HuggingFace;

/// <summary>One tensor of a Hugging Face checkpoint, and the part of a parameter of this program that it is.</summary>
/// <param name="Name">"model.layers.0.self_attn.q_proj.weight"</param>
/// <param name="Shape">Row-major, as it stands there.</param>
/// <param name="Parameter">"blocks.0.attention.qkv.weight"; null where this program has none, and the tensor is zero.</param>
/// <param name="Offset">Numbers of the parameter before this part, which lies in one piece.</param>
/// <param name="IsTransposed">Whether it stands there with rows and columns changed.</param>
public sealed record TensorPlace(string Name, IReadOnlyList<long> Shape, string? Parameter, long Offset, bool IsTransposed = false)
{
    /// <summary>How many numbers it holds.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>From the order of the checkpoint to that of the parameter.</summary>
    public void ToOurs(ReadOnlySpan<float> theirs, Span<float> ours)
    {
        if (IsTransposed)
        {
            Transpose(theirs, (int)Shape[0], (int)Shape[1], ours);
        }
        else
        {
            theirs.CopyTo(ours);
        }
    }

    /// <summary>From the order of the parameter to that of the checkpoint.</summary>
    public void ToTheirs(ReadOnlySpan<float> ours, Span<float> theirs)
    {
        if (IsTransposed)
        {
            Transpose(ours, (int)Shape[1], (int)Shape[0], theirs);
        }
        else
        {
            ours.CopyTo(theirs);
        }
    }

    private static void Transpose(ReadOnlySpan<float> from, int rows, int columns, Span<float> to)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                to[(column * rows) + row] = from[(row * columns) + column];
            }
        }
    }
}
