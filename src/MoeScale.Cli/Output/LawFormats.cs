using MoeScale.Exchange.Export.Laws;

namespace MoeScale.Cli.Output;

/// <summary>The languages that laws can be written in. A new one is a class, and an entry here.</summary>
internal static class LawFormats
{
    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<LawFormat> All { get; } = [new PythonLaws(), new LatexLaws(), new JsonLaws(), new BibtexLaws()];
}
