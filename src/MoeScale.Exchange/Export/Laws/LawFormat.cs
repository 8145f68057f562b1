using MoeScale.Laws;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>A language that laws are written in.</summary>
public abstract class LawFormat
{
    /// <summary>As a user names it: "python".</summary>
    public abstract string Name { get; }

    /// <summary>Of the file, with its dot: ".py".</summary>
    public abstract string Ending { get; }

    /// <summary>One text of all of them.</summary>
    /// <param name="laws">At least one.</param>
    public abstract string Write(IReadOnlyList<NamedLaw> laws);
}

/// <param name="Name">As it was opened: the id of a law that ships, or a path.</param>
/// <param name="Law">What was read.</param>
public sealed record NamedLaw(string Name, Law Law)
{
    /// <summary>Whether it is a file of a user's.</summary>
    public bool IsFile => Law.Folder is not null;
}
