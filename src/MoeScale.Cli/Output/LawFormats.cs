using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Exchange.Export.Laws;

namespace MoeScale.Cli.Output;

/// <summary>The languages that laws can be written in. A new one is a class, an entry here, and its name in the help.</summary>
internal static class LawFormats
{
    /// <summary>One for each of <see cref="ExportArguments.LawLanguages"/>, in any order.</summary>
    public static IReadOnlyList<LawFormat> All { get; } = [new PythonLaws(), new LatexLaws(), new JsonLaws(), new BibtexLaws()];

    /// <summary>The language that laws are to be written in; null where the target is one of models.</summary>
    /// <exception cref="UserException">There is no such target, or an option has no effect on it.</exception>
    public static LawFormat? Read(ParseResult parsed) =>
        ExportArguments.ReadLawLanguage(parsed) is string language ? All.Single(f => f.Name == language) : null;
}
