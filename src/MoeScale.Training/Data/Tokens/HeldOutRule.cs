using System.Buffers.Binary;
using System.Security.Cryptography;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>
/// Which documents are held out: those whose hash lies below a share of its range. It depends on the document alone, so more files, another
/// order or another seed move no document from one part to the other, repeats stay together, and a larger share only adds.
/// </summary>
/// <param name="share">In [0, 1): about this share of the documents.</param>
/// <remarks>In Python: <c>int.from_bytes(sha256(document).digest()[:8], "little") / 2**64 &lt; share</c>.</remarks>
internal readonly struct HeldOutRule(double share)
{
    /// <exception cref="UserException">The share is no share, or leaves nothing to train on.</exception>
    public static HeldOutRule Of(double share) =>
        share is >= 0 and < 1
            ? new HeldOutRule(share)
            : throw new UserException(
                FormattableString.Invariant($"A share of {share} cannot be held out; it takes 0 or more and less than 1, such as 0.05.")
            );

    /// <summary>Whether the document, UTF-8 or the bytes of its tokens, is held out.</summary>
    public bool Holds(ReadOnlySpan<byte> document)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(document, hash);
        return CounterRandom.Unit(BinaryPrimitives.ReadUInt64LittleEndian(hash)) < share;
    }
}
