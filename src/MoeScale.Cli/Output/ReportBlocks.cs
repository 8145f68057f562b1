using System.Text.RegularExpressions;
using MoeScale.Basics;

namespace MoeScale.Cli.Output;

/// <summary>
/// A report of a study, Markdown as the study writes it, as parts of a page: headings, paragraphs, lists, tables, folded tables, and charts
/// from the files beside it.
/// </summary>
internal static partial class ReportBlocks
{
    /// <param name="path">report.md, whose first line is its title.</param>
    /// <exception cref="UserException">It, or a chart that it shows, cannot be read.</exception>
    public static (string Title, IReadOnlyList<PageBlock> Blocks) Read(string path)
    {
        string title = "";
        string? folded = null;
        List<PageBlock> blocks = [];
        string[] lines = TextFile.Read(path).ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line is "<details>" or "</details>")
            {
                folded = line == "</details>" ? null : folded;
            }
            else if (Heading().Match(line) is { Success: true } heading)
            {
                int level = heading.Groups[1].Length;
                title = level == 1 ? heading.Groups[2].Value : title;
                if (level > 1)
                {
                    blocks.Add(new PageBlock.Heading(heading.Groups[2].Value, level));
                }
            }
            else if (Summary().Match(line) is { Success: true } summary)
            {
                folded = summary.Groups[1].Value;
            }
            else if (Image().Match(line) is { Success: true } image)
            {
                string svg = TextFile.Read(Beside(path, image.Groups[1].Value));
                blocks.Add(new PageBlock.Figure(svg, ""));
            }
            else if (line.StartsWith('|'))
            {
                string[][] rows = [.. lines.Skip(i).TakeWhile(l => l.StartsWith('|')).Select(Cells)];
                blocks.Add(new PageBlock.Table(Columns(rows), [.. rows.Skip(2)], folded));
                i += rows.Length - 1;
            }
            else
            {
                bool isItem = line.StartsWith("- ", StringComparison.Ordinal);
                blocks.Add(new PageBlock.Paragraph(isItem ? line[2..] : line, isItem));
            }
        }
        return (title, blocks);
    }

    /// <summary>Paths of the charts that the report shows.</summary>
    public static IEnumerable<string> Charts(string path) =>
        TextFile
            .Read(path)
            .Split('\n')
            .Select(l => Image().Match(l.Trim()))
            .Where(m => m.Success)
            .Select(m => Beside(path, m.Groups[1].Value));

    private static string Beside(string path, string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file);

    // Columns of anything but numbers are texts.
    private static string[] Columns(string[][] rows) =>
        [
            .. rows[0]
                .Select(
                    (c, i) =>
                        rows.Skip(2).Any(r => r[i].Length > 0 && !char.IsAsciiDigit(r[i].TrimStart('-', '−', '+')[..1].FirstOrDefault()))
                            ? $"<{c}"
                            : c
                ),
        ];

    private static string[] Cells(string line) =>
        [.. Bar().Split(line.Trim()[1..^1]).Select(c => c.Trim().Replace("\\|", "|", StringComparison.Ordinal))];

    [GeneratedRegex(@"^(#{1,6}) (.*)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^<summary>(.*)</summary>$")]
    private static partial Regex Summary();

    [GeneratedRegex(@"^!\[.*\]\(([\w.-]+\.svg)\)$")]
    private static partial Regex Image();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();
}
