using System.Text;

namespace MoeScale.Cli.Output;

/// <summary>
/// Parts of a page as one HTML file, which is XML too: style and charts stand in it, so that it loads nothing, and it needs no script.
/// </summary>
internal sealed class HtmlPage
{
    // Charts are drawn in dark on white: turned over, they are light on dark, with their hues kept.
    private const string Style = """
        :root { color-scheme: light dark; --text: #1c1c1e; --soft: #66666b; --line: #d9d9de; --back: #ffffff; --stripe: #f6f6f8; }
        body { font: 15px/1.5 system-ui, "Helvetica Neue", Arial, sans-serif; color: var(--text); background: var(--back);
          max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
        h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
        h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
        code, pre { font: 13px/1.45 ui-monospace, Menlo, Consolas, monospace; }
        .call, footer, figcaption { color: var(--soft); overflow-wrap: anywhere; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 1rem 0; }
        dt { color: var(--soft); grid-column: 1; }
        dd { margin: 0; grid-column: 2; }
        .wide { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
        th { color: var(--soft); font-weight: 600; }
        tbody tr:nth-child(even) { background: var(--stripe); }
        .text { text-align: left; }
        figure { margin: 1.5rem 0; max-width: 44rem; }
        svg { max-width: 100%; height: auto; }
        details { margin: 1rem 0; }
        pre { overflow-x: auto; background: var(--stripe); padding: .7rem; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #ececf0; --soft: #a0a0a8; --line: #3a3a40; --back: #18181b; --stripe: #222226; }
          figure > svg { filter: invert(.906) hue-rotate(180deg); }
        }
        @media print {
          :root { --text: #000; --soft: #444; --line: #bbb; --back: #fff; --stripe: #fff; }
          body { max-width: none; margin: 0; font-size: 10.5pt; }
          figure, tr { break-inside: avoid; }
          figure > svg { filter: none; }
          .json { display: none; }
        }
        """;

    private readonly StringBuilder _html = new();

    private HtmlPage() { }

    /// <param name="title">Of the page.</param>
    /// <param name="call">The command line that gives it again.</param>
    /// <param name="blocks">From top to bottom.</param>
    /// <param name="json">The whole answer, with all digits; null for none.</param>
    public static string Write(string title, string call, IReadOnlyList<PageBlock> blocks, string? json)
    {
        HtmlPage page = new();
        page.Add($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
        page.Add($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{Escaped(title)}</title>\n");
        page.Add($"<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{Escaped(title)}</h1>\n");
        page.Add($"<p class=\"call\"><code>{Escaped(call)}</code></p>\n");
        for (int i = 0; i < blocks.Count; )
        {
            i += page.AddBlocks(blocks, i);
        }
        if (json is not null)
        {
            page.Add($"<details class=\"json\">\n<summary>JSON</summary>\n<pre>{Escaped(json)}</pre>\n</details>\n");
        }
        page.Add("</body>\n</html>\n");
        return page._html.ToString();
    }

    // Fields and items that follow each other are one list. Gives how many parts were written.
    private int AddBlocks(IReadOnlyList<PageBlock> blocks, int start)
    {
        switch (blocks[start])
        {
            case PageBlock.Field:
                PageBlock.Field[] fields = [.. blocks.Skip(start).TakeWhile(b => b is PageBlock.Field).Cast<PageBlock.Field>()];
                Add("<dl>\n");
                foreach (PageBlock.Field field in fields)
                {
                    Add(field.Label.Length > 0 ? $"<dt>{Escaped(field.Label)}</dt>" : "").Add($"<dd>{Escaped(field.Text)}</dd>\n");
                }
                Add("</dl>\n");
                return fields.Length;
            case PageBlock.Paragraph { IsItem: true }:
                PageBlock[] items = [.. blocks.Skip(start).TakeWhile(b => b is PageBlock.Paragraph { IsItem: true })];
                Add("<ul>\n");
                foreach (PageBlock.Paragraph item in items.Cast<PageBlock.Paragraph>())
                {
                    Add($"<li>{Marked(item.Text)}</li>\n");
                }
                Add("</ul>\n");
                return items.Length;
            case PageBlock.Paragraph paragraph:
                Add($"<p>{Marked(paragraph.Text)}</p>\n");
                return 1;
            case PageBlock.Heading heading:
                Add($"<h{heading.Level}>{Escaped(heading.Text)}</h{heading.Level}>\n");
                return 1;
            case PageBlock.Table table:
                AddTable(table);
                return 1;
            case PageBlock.Figure figure:
                string caption = figure.Caption.Length > 0 ? $"<figcaption>{Escaped(figure.Caption)}</figcaption>\n" : "";
                Add($"<figure>\n{figure.Svg}{caption}</figure>\n");
                return 1;
            default:
                throw new NotSupportedException($"{blocks[start]} has no HTML.");
        }
    }

    private void AddTable(PageBlock.Table table)
    {
        string[] classes = [.. table.Columns.Select(c => c.StartsWith('<') ? " class=\"text\"" : "")];
        Add(table.Title is string title ? $"<details>\n<summary>{Escaped(title)}</summary>\n" : "");
        Add("<div class=\"wide\"><table>\n");
        if (table.Columns.Any(c => c.TrimStart('<').Length > 0))
        {
            string header = string.Concat(table.Columns.Select((c, i) => $"<th{classes[i]}>{Escaped(c.TrimStart('<'))}</th>"));
            Add($"<thead><tr>{header}</tr></thead>\n");
        }
        Add("<tbody>\n");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            Add($"<tr>{string.Concat(row.Select((c, i) => $"<td{classes[i]}>{Escaped(c)}</td>"))}</tr>\n");
        }
        Add("</tbody>\n</table></div>\n").Add(table.Title is null ? "" : "</details>\n");
    }

    private HtmlPage Add(string html)
    {
        _html.Append(html);
        return this;
    }

    // Two stars are all that reports mark words with.
    private static string Marked(string text)
    {
        string[] parts = Escaped(text).Split("**");
        return parts.Length % 2 == 0 ? Escaped(text) : string.Concat(parts.Select((p, i) => i % 2 == 0 ? p : $"<strong>{p}</strong>"));
    }

    /// <summary>Text that means itself; signs that XML cannot hold become �.</summary>
    public static string Escaped(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '\n' or '\t' => escaped.Append((char)rune.Value),
                < ' ' or 0x7F or 0xFFFE or 0xFFFF => escaped.Append(Rune.ReplacementChar),
                _ => escaped.Append(rune),
            };
        }
        return escaped.ToString();
    }
}
