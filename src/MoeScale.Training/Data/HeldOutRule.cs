using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MoeScale.Training.Data;

/// <summary>
/// Which documents are held out: those whose hash lies below a share of its range. It depends on the document alone, so more files, another
/// order or another seed move no document from one part to the other, repeats stay together, and a larger share only adds.
/// </summary>
/// <param name="share">In [0, 1]: about this share of the documents.</param>
/// <remarks>In Python: <c>int.from_bytes(sha256(document).digest()[:8], "little") / 2**64 &lt; share</c>.</remarks>
internal readonly struct HeldOutRule(double share)
{
    /// <summary>Whether the document, UTF-8 or the bytes of its tokens, is held out.</summary>
    public bool Holds(ReadOnlySpan<byte> document)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(document, hash);
        return CounterRandom.Unit(BinaryPrimitives.ReadUInt64LittleEndian(hash)) < share;
    }
}
