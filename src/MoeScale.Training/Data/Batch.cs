using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Kernels;

namespace MoeScale.Training.Data;

/// <summary>The tokens of B sequences and what follows each of them, in memory that stays where it is. Loading allocates nothing.</summary>
public sealed unsafe class Batch
{
    private readonly int[] _tokens;
    private readonly int[] _targets;
    private readonly int[] _window;

    /// <param name="sequences">B, the most that is loaded at once.</param>
    /// <param name="context">T.</param>
    public Batch(int sequences, int context)
    {
        Sequences = sequences;
        Context = context;
        _tokens = GC.AllocateArray<int>(sequences * context, pinned: true);
        _targets = GC.AllocateArray<int>(sequences * context, pinned: true);
        _window = new int[context + 1];
    }

    /// <summary>B.</summary>
    public int Sequences { get; }

    /// <summary>T.</summary>
    public int Context { get; }

    /// <summary>(B, T), row-major.</summary>
    public ReadOnlySpan<int> Tokens => _tokens;

    /// <summary>(B, T): target (b, t) is the token behind (b, t).</summary>
    public ReadOnlySpan<int> Targets => _targets;

    /// <summary>(B, T), as long as the batch is alive.</summary>
    public int* TokensPointer =>
        (int*)
            System.Runtime.CompilerServices.Unsafe.AsPointer(
                ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_tokens)
            );

    /// <summary>(B, T), as long as the batch is alive.</summary>
    public int* TargetsPointer =>
        (int*)
            System.Runtime.CompilerServices.Unsafe.AsPointer(
                ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_targets)
            );

    /// <summary>Loads sequences [position, position + count) into the first rows.</summary>
    /// <param name="source">Of the same context.</param>
    /// <param name="position">The first sequence: what a checkpoint records of the data, together with the seed.</param>
    /// <param name="count">At most B; fewer while the batch ramps up.</param>
    public void Load(ISequences source, long position, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Sequences);
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Context, Context);
        for (int row = 0; row < count; row++)
        {
            source.Read(position + row, _window);
            _window.AsSpan(0, Context).CopyTo(_tokens.AsSpan(row * Context));
            _window.AsSpan(1, Context).CopyTo(_targets.AsSpan(row * Context));
        }
    }

    /// <summary>
    /// As <see cref="Load"/>, and fills the last routing group with sequences from the beginning of the source, which have no targets.
    /// </summary>
    /// <param name="source">As for <see cref="Load"/>.</param>
    /// <param name="position">As for <see cref="Load"/>.</param>
    /// <param name="count">As for <see cref="Load"/>.</param>
    /// <param name="group">Sequences of a group; B is a multiple of it.</param>
    /// <returns>Tokens in the batch, those that fill it included.</returns>
    public int LoadGroups(ISequences source, long position, int count, int group)
    {
        Load(source, position, count);
        int rows = (count + group - 1) / group * group;
        for (int row = count; row < rows; row++)
        {
            source.Read((row - count) % source.Count, _window);
            _window.AsSpan(0, Context).CopyTo(_tokens.AsSpan(row * Context));
            _targets.AsSpan(row * Context, Context).Fill(CrossEntropy.Ignored);
        }
        return rows * Context;
    }
}
