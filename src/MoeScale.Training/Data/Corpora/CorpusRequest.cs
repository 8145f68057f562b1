using System.Globalization;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Training.Data.Corpora;

/// <summary>Which texts, and which of them are held out.</summary>
public sealed record CorpusRequest
{
    /// <summary>The name of <see cref="Corpora.DotnetDocs"/> where a path is expected; a file of this name is "./dotnet-docs".</summary>
    public const string DotnetDocs = "dotnet-docs";

    /// <summary>Of documents, held out where nothing is said.</summary>
    public const double DefaultHeldOutShare = 0.05;

    /// <summary>The field of JSON lines that is read where nothing is said.</summary>
    public const string DefaultField = "text";

    /// <summary>Files and folders, or <see cref="DotnetDocs"/> alone; none where a text is only scored.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>
    /// Files and folders that are held out whole; then no document of <see cref="Paths"/> is. Empty: a share of these is.
    /// </summary>
    public IReadOnlyList<string> HeldOutPaths { get; init; } = [];

    /// <summary>About this share of the documents is held out, chosen by <see cref="HeldOutRule"/>; 0 holds out none.</summary>
    public double HeldOutShare { get; init; } = DefaultHeldOutShare;

    /// <summary>The folder from which paths start; null for the current one.</summary>
    public string? Place { get; init; }

    /// <summary>Which field of a JSON line is the document.</summary>
    public string Field { get; init; } = DefaultField;

    /// <summary>What the tokens depend on, as far as it was asked for; texts that change are not seen.</summary>
    internal string Key(ITokenizer tokenizer) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"text {string.Join(" ", Paths)}; held out {(HeldOutPaths.Count > 0 ? string.Join(" ", HeldOutPaths) : HeldOutShare)}; "
                + $"field {Field}; tokens {tokenizer.Name}"
        );

    /// <summary>Gives each document and whether it is held out, null where the hash decides; says what was read.</summary>
    internal string Read(SplitSink sink)
    {
        if (HeldOutPaths.Count == 0)
        {
            return ReadPart(Paths, document => sink(document, null));
        }
        string training = Paths.Count == 0 ? "" : $"{ReadPart(Paths, document => sink(document, false))}; held out ";
        return training + ReadPart(HeldOutPaths, document => sink(document, true));
    }

    private string ReadPart(IReadOnlyList<string> paths, DocumentSink sink)
    {
        if (paths is [DotnetDocs])
        {
            DotnetDocs docs = Corpora.DotnetDocs.Find();
            docs.Read(sink);
            return $"reference documentation of .NET {docs.Version}";
        }
        CorpusFiles files = CorpusFiles.Find(Place is string place ? [.. paths.Select(p => Path.GetFullPath(p, place))] : paths);
        files.Read(Field, sink);
        return $"{Plural.Of(files.Paths.Count, "file")}{(files.LeftOut > 0 ? $" ({files.LeftOut} of other kinds left out)" : "")}";
    }

    /// <inheritdoc cref="DocumentSink"/>
    internal delegate bool SplitSink(ReadOnlySpan<byte> utf8, bool? isHeldOut);
}
