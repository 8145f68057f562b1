using System.Text.Json;

namespace MoeScale.Exchange.Logs;

/// <summary>What somebody must know of an imported run before using it.</summary>
public abstract record ImportNote
{
    private ImportNote() { }

    /// <summary>For programs: "joined", "begins_late".</summary>
    public string Kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(GetType().Name);

    /// <summary>A file goes on with the run of another one.</summary>
    public sealed record Joined(string File, string To, double Step) : ImportNote;

    /// <summary>Its first report is not of its first steps, and no other file has them.</summary>
    public sealed record BeginsLate(double Step) : ImportNote;

    /// <summary>A chart's export holds about 500 points of a curve, whatever it had.</summary>
    public sealed record Thinned(int Points) : ImportNote;

    /// <summary>A column got another unit.</summary>
    public sealed record Unit(string From, string To, double Factor) : ImportNote;

    /// <summary>A number is printed with three digits and a suffix.</summary>
    public sealed record Rounded(string Column) : ImportNote;

    /// <summary>Several columns may be the loss on held-out text; none is taken for it.</summary>
    public sealed record SeveralLosses(IReadOnlyList<string> Columns) : ImportNote;

    /// <summary>The FLOPs of a program that counts all experts, not those that a token uses.</summary>
    public sealed record AllExpertsCounted(string Column) : ImportNote;

    /// <summary>Its parameters are not those of the model beside it.</summary>
    /// <param name="Logged">As the log counts them.</param>
    /// <param name="Counted">By the census of the model.</param>
    /// <param name="Explained">The sum of the census that is equal; null if none is.</param>
    public sealed record OtherParameters(double Logged, double Counted, string? Explained) : ImportNote;

    /// <summary>A record's checksum is wrong, or it is cut: what follows is lost.</summary>
    public sealed record Damaged(string File, long Position) : ImportNote;

    /// <summary>What was given is another number than the log prints; the given one counts.</summary>
    /// <param name="Name">As the log has it: "seq_length".</param>
    /// <param name="Given">By the user.</param>
    /// <param name="Logged">By the log.</param>
    public sealed record GivenInstead(string Name, double Given, double Logged) : ImportNote;

    /// <summary>Where its model was found, unasked.</summary>
    public sealed record ModelFrom(string Place) : ImportNote;

    /// <summary>Other ranks print the same reports.</summary>
    public sealed record OneRank(string Rank) : ImportNote;
}
