using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Exchange.Import;
using MoeScale.Exchange.Logs;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>What <c>import</c> prints: the runs, what to know of them, and what to do next.</summary>
internal static class ImportPage
{
    private const int MaxRows = 30;

    public static void Write(ImportedRuns imported, string? file)
    {
        IReadOnlyList<ImportedRun> runs = imported.Runs;
        string formats = string.Join(", ", runs.Select(r => LogFormats.Named(r.Log.Format).Title).Distinct());
        Console.Out.WriteLine(
            $"{Plural.Of(runs.Count, "run")} from {Plural.Of(runs.SelectMany(r => r.Log.Files).Distinct().Count(), "file")}: {formats}"
        );
        Console.Out.WriteLine();
        Page.Table(
            ["run", "end", "steps", "tokens", "loss", "held out", "parameters"],
            [
                .. runs.Take(MaxRows)
                    .Select(r =>
                        (string[])
                            [
                                r.Name,
                                r.End.ToString().ToLowerInvariant(),
                                Show(r, "steps", v => v.ToString("#,0", CultureInfo.InvariantCulture)),
                                Show(r, Columns.Tokens, Quantity.FormatCount),
                                Show(r, Columns.Loss, Loss),
                                Show(r, Columns.ValidationLoss, Loss),
                                Show(r, r.Model is null ? Columns.ParameterCount : "total_params", Quantity.FormatCount),
                            ]
                    ),
            ]
        );
        if (runs.Count > MaxRows)
        {
            Console.Out.WriteLine($"... and {runs.Count - MaxRows} more");
        }
        ILookup<string, string> notes = runs.SelectMany(r => r.Notes.Select(n => (Text: ImportWords.Of(n).Say(CommandTerms.All), r.Name)))
            .ToLookup(n => n.Text, n => n.Name);
        if (notes.Count > 0)
        {
            Console.Out.WriteLine();
            foreach (IGrouping<string, string> note in notes)
            {
                string who =
                    note.Count() == runs.Count && runs.Count > 1 ? "all"
                    : note.Count() > 2 ? Plural.Of(note.Count(), "run")
                    : string.Join(", ", note);
                Page.Paragraph($"{who}: {note.Key}.", "- ", 2);
            }
        }
        if (imported.PassedOver.Count > 0)
        {
            string first = Path.GetFileName(imported.PassedOver[0]);
            string files = imported.PassedOver.Count == 1 ? first : $"{imported.PassedOver.Count} files, the first of them {first}";
            Console.Out.WriteLine();
            Page.Paragraph($"Passed over, since no report of a known kind was found there: {files}.");
        }
        Console.Out.WriteLine();
        Page.Paragraph(
            file is null ? "Nothing was written; --out runs.csv writes the table, a row for each run."
            : runs.Any(r => r.Model is not null)
                ? $"Written to {file}. Next: moescale fit {file} --law chinchilla-2024 --map N=active_params,D=tokens --where \"end = "
                    + $"'finished'\""
            : $"Written to {file}, without columns of a model: no log says what was trained; --model gives it."
        );
    }

    private static string Loss(double loss) => double.IsFinite(loss) ? loss.ToString("0.0000", CultureInfo.InvariantCulture) : "none";

    private static string Show(ImportedRun run, string column, Func<double, string> show) =>
        run.Numbers.TryGetValue(column, out double value) ? show(value) : "";
}
