using System.Runtime.InteropServices;

namespace MoeScale.Training.Tests.Kernels;

/// <summary>
/// Memory for one operand of a kernel: floats that begin so many floats behind a 64-byte border, with poisoned cells on
/// both sides that must be found unchanged afterwards.
/// </summary>
internal sealed unsafe class Guarded<T> : IDisposable
    where T : unmanaged
{
    private const int GuardBytes = 256;
    private const byte Poison = 0xFF; // four of them are a NaN, and the token −1

    private readonly byte* _memory;
    private readonly int _before;
    private readonly int _bytes;

    public Guarded(ReadOnlySpan<T> content, int offset = 0)
    {
        Length = content.Length;
        _before = GuardBytes + (offset * sizeof(T));
        _bytes = _before + (Length * sizeof(T)) + GuardBytes;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, 64);
        new Span<byte>(_memory, _bytes).Fill(Poison);
        content.CopyTo(Span);
    }

    /// <summary>Without content: all poison, as what a kernel writes may be.</summary>
    public Guarded(int length, int offset = 0)
        : this(Poisoned(length), offset) { }

    public int Length { get; }

    public T* Pointer => (T*)(_memory + _before);

    public Span<T> Span => new(Pointer, Length);

    public static implicit operator T*(Guarded<T>? operand) => operand is null ? null : operand.Pointer;

    /// <summary>Checks the guards.</summary>
    public void Dispose()
    {
        int after = _before + (Length * sizeof(T));
        int changed = new ReadOnlySpan<byte>(_memory, _before).IndexOfAnyExcept(Poison);
        int changedAfter = new ReadOnlySpan<byte>(_memory + after, _bytes - after).IndexOfAnyExcept(Poison);
        NativeMemory.AlignedFree(_memory);
        Assert.True(changed < 0, $"Written {(_before - changed) / sizeof(T)} before the start of {Length}.");
        Assert.True(changedAfter < 0, $"Written {changedAfter / sizeof(T)} past the end of {Length}.");
    }

    private static T[] Poisoned(int length)
    {
        T[] content = new T[length];
        MemoryMarshal.AsBytes(content.AsSpan()).Fill(Poison);
        return content;
    }
}
