namespace MoeScale.Cli.Output;

/// <summary>Text for a terminal or a pipe: paragraphs and tables of at most 80 columns.</summary>
internal static class Page
{
    private const int Width = 80;

    // What is being recorded, of this thread alone; null where nothing is.
    [ThreadStatic]
    private static List<PageBlock>? _recorded;

    [ThreadStatic]
    private static bool _isMute;

    /// <summary>The parts of what is written meanwhile, for another to show.</summary>
    /// <param name="write">Writes a page.</param>
    /// <param name="isPrinted">Whether it is printed too.</param>
    public static IReadOnlyList<PageBlock> Record(Action write, bool isPrinted)
    {
        List<PageBlock> recorded = [];
        (_recorded, _isMute) = (recorded, !isPrinted);
        try
        {
            write();
        }
        finally
        {
            (_recorded, _isMute) = (null, false);
        }
        return recorded;
    }

    /// <summary>Writes a paragraph, broken at spaces.</summary>
    /// <param name="text">Any length.</param>
    /// <param name="first">What stands before the first line.</param>
    /// <param name="indent">Spaces before the others.</param>
    public static void Paragraph(string text, string first = "", int indent = 0)
    {
        bool isItem = first == "- ";
        _recorded?.Add(new PageBlock.Paragraph(isItem || first.Length == 0 ? text : $"{first.Trim()} {text}", isItem));
        Print(text, first, indent);
    }

    private static void Print(string text, string first, int indent)
    {
        if (_isMute)
        {
            return;
        }
        string line = first;
        string margin = new(' ', indent);
        bool empty = true;
        foreach (string word in Printable(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!empty && line.Length + 1 + word.Length > Width)
            {
                Console.Out.WriteLine(line);
                line = margin;
                empty = true;
            }
            line += empty ? word : " " + word;
            empty = false;
        }
        Console.Out.WriteLine(line.TrimEnd());
    }

    /// <summary>Writes "label   text", the text broken under itself.</summary>
    public static void Field(string label, string text)
    {
        _recorded?.Add(new PageBlock.Field(label, text));
        Print(text, label.PadRight(15), 15);
    }

    // A file's text must not steer the terminal.
    private static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;

    public static void BlankLine() => Lines([""]);

    /// <summary>Lines as they are, which are for a terminal alone: a picture of signs, or space.</summary>
    public static void Lines(IEnumerable<string> lines)
    {
        foreach (string line in _isMute ? [] : lines)
        {
            Console.Out.WriteLine(line);
        }
    }

    /// <summary>Writes a table without frame: a header, then the rows; numbers to the right.</summary>
    /// <param name="columns">Headers, of which all may be empty; one that starts with '&lt;' is aligned to the left.</param>
    /// <param name="rows">One text for each column; the last one is broken at spaces where the line is full.</param>
    /// <remarks>A library for tables would take 40 ms of the 0.2 s that a plan may take.</remarks>
    public static void Table(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        _recorded?.Add(new PageBlock.Table(columns, rows));
        string[] headers = [.. columns.Select(c => c.TrimStart('<'))];
        int[] widths = new int[columns.Count];
        for (int c = 0; c < widths.Length; c++)
        {
            widths[c] = headers[c].Length;
            foreach (IReadOnlyList<string> row in rows)
            {
                widths[c] = Math.Max(widths[c], row[c].Length);
            }
        }
        if (headers.Any(h => h.Length > 0))
        {
            WriteRow(headers);
        }
        foreach (IReadOnlyList<string> row in rows)
        {
            WriteRow(row);
        }

        void WriteRow(IReadOnlyList<string> row)
        {
            string line = "";
            for (int c = 0; c < widths.Length; c++)
            {
                line += c == 0 ? "" : "  ";
                if (c < widths.Length - 1)
                {
                    line += columns[c].StartsWith('<') ? row[c].PadRight(widths[c]) : row[c].PadLeft(widths[c]);
                }
            }
            Print(row[^1], columns[^1].StartsWith('<') ? line : line.PadRight(line.Length + widths[^1] - row[^1].Length), line.Length);
        }
    }
}
