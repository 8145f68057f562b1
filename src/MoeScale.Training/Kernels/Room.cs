namespace MoeScale.Training.Kernels;

/// <summary>
/// Memory that knows its size. Who writes into it says first how much, so that no size makes one thing run over into the next.
/// </summary>
/// <param name="data">Its first element; null where there is none.</param>
/// <param name="count">Elements of 32 bits.</param>
internal unsafe struct Room(float* data, nint count)
{
    private float* _data = data;
    private nint _count = count;

    public readonly bool IsGiven => _data != null;

    /// <summary>The room, for so many elements.</summary>
    /// <param name="needed">Elements that will be written.</param>
    /// <param name="what">What they are, for the message.</param>
    /// <exception cref="InvalidOperationException">There are fewer.</exception>
    public readonly float* For(nint needed, string what)
    {
        Require(needed, what);
        return _data;
    }

    /// <inheritdoc cref="For"/>
    public readonly void Require(nint needed, string what)
    {
        if ((nuint)needed > (nuint)_count)
        {
            // A fault of this program, whatever it was asked for: sizes that do not fit each other.
            throw new InvalidOperationException($"There is room for {_count} elements of {what}, and {needed} are to be written.");
        }
    }

    /// <summary>The next elements, in whole cache lines: what follows is aligned as this is.</summary>
    /// <inheritdoc cref="For"/>
    public float* Take(nint needed, string what)
    {
        needed = (needed + 15) / 16 * 16;
        float* taken = For(needed, what);
        _data += needed;
        _count -= needed;
        return taken;
    }
}
