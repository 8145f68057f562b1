using MoeScale.Basics;

namespace MoeScale.Planning;

/// <summary>What of a limit of memory stays free, for all that the counts leave out: a share of it, and bytes.</summary>
/// <param name="Share">From 0 to below 1, of the limit.</param>
/// <param name="Bytes">From 0, on top of the share.</param>
public sealed record Headroom(double Share, double Bytes)
{
    /// <summary>The whole limit may be used.</summary>
    public static readonly Headroom None = new(0, 0);

    /// <summary>Of memory of training, unless told otherwise: counts come out 2 to 9 % low, says docs/training-memory.md.</summary>
    public static readonly Headroom OfTraining = new(0.1, 0);

    // As for limits: fewer bytes than this without a unit are a unit forgotten.
    private const double MinBareBytes = 1e6;

    /// <summary>Reads "10%" or "0.1", a share, and "4GB" or "4GiB", bytes.</summary>
    /// <exception cref="UserException">Neither, or a share that leaves nothing.</exception>
    public static Headroom Parse(string text, string what)
    {
        string number = text.Trim();
        bool percent = number.EndsWith('%');
        if (!Quantity.TryParseCount(percent ? number[..^1] : number, out double value))
        {
            return percent || !number.EndsWith("B", StringComparison.OrdinalIgnoreCase)
                ? throw new UserException(
                    $"{what} '{text}' is no headroom. Write a share of the memory, such as 10%, or bytes, such as 4GB."
                )
                : new Headroom(0, Quantity.ParseBytes(number, what));
        }
        if (!percent && value >= MinBareBytes)
        {
            return new Headroom(0, value);
        }
        double share = percent ? value / 100 : value;
        return share is >= 0 and < 1 ? new Headroom(share, 0)
            : percent || value < 0
                ? throw new UserException($"{what} '{text}' is no headroom: a share is from 0 to below 100%, such as 10%.")
            : throw new UserException($"{what} '{text}' has no unit. Write {number}% of the memory, or {number}GB.");
    }

    /// <summary>Bytes of a limit that stay free.</summary>
    public double Of(double limit) => (Share * limit) + Bytes;

    /// <summary>Bytes of a limit that may be used; 0 or less where it leaves nothing.</summary>
    public double Within(double limit) => limit - Of(limit);

    /// <summary>The least limit within which <paramref name="used"/> bytes may be used.</summary>
    public double Around(double used) => (used + Bytes) / (1 - Share);
}
