using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Charts;
using MoeScale.Cli.Input;

namespace MoeScale.Cli.Output;

/// <summary>
/// An answer is printed as a page or as JSON, and kept as HTML where that is asked for: the same words and numbers each time.
/// </summary>
internal static class Told
{
    /// <param name="parsed">The command line.</param>
    /// <param name="isJson">Whether JSON is printed.</param>
    /// <param name="json">The answer's record.</param>
    /// <param name="page">Prints it for people.</param>
    /// <param name="charts">What the HTML shows beside; null for none, also where there is no answer to draw.</param>
    /// <param name="isAnswer">Whether there is an answer: without one no file is written.</param>
    public static void Write<T>(
        ParseResult parsed,
        bool isJson,
        Func<T> json,
        Action page,
        Func<IEnumerable<LineChart>>? charts = null,
        bool isAnswer = true
    )
    {
        string? path = isAnswer ? parsed.GetValue(PictureFiles.Html) : null;
        string? text = isJson || path is not null ? Json.Text(json()) : null;
        if (isJson)
        {
            Console.Out.WriteLine(text);
        }
        if (path is null)
        {
            if (!isJson)
            {
                page();
            }
            return;
        }
        IReadOnlyList<PageBlock> blocks = Page.Record(page, isPrinted: !isJson);
        IEnumerable<PageBlock> figures = charts?.Invoke().Select(c => new PageBlock.Figure(c.ToSvg(), "")) ?? [];
        TextFile.WriteWhole(path, HtmlPage.Write(Title(parsed), CallText.Of(parsed), [.. blocks, .. figures], text));
    }

    /// <summary>"moescale plan".</summary>
    public static string Title(ParseResult parsed)
    {
        string name = parsed.CommandResult.Command.Name;
        for (
            System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult.Parent;
            at is System.CommandLine.Parsing.CommandResult c;
            at = c.Parent
        )
        {
            name = at.Parent is null ? $"moescale {name}" : $"{c.Command.Name} {name}";
        }
        return name;
    }
}
