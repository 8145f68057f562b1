using System.CommandLine;
using MoeScale.Basics;

namespace MoeScale.Cli.Input;

/// <summary>The files that an answer can be kept in beside what is printed.</summary>
internal static class PictureFiles
{
    public static readonly Option<string> Html = new("--html")
    {
        HelpName = "FILE",
        Description = "Write the answer as one web page that needs nothing else: words, tables, charts, and the JSON.",
    };

    /// <summary>Before the work.</summary>
    /// <exception cref="UserException">The file exists, or its folder does not.</exception>
    public static void Require(ParseResult parsed) => NewFile.Require(parsed, Html);
}
