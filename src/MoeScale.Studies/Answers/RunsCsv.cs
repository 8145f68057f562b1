using System.Globalization;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Runs;
using MoeScale.Models;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Answers;

/// <summary>
/// The finished runs of a study as the table that <c>fit</c> reads: a row a run, with the columns of its model and whatever its trainer
/// measured.
/// </summary>
public static class RunsCsv
{
    private static readonly string[] OfStudy =
    [
        "run",
        "trunk",
        "model",
        .. RecipeSettings.Columns.Where(c => c.IsOfStudy).Select(c => c.Name),
        "routing",
        .. ModelColumns.Names,
    ];
    private static readonly string[] First = ["run", "trunk", "loss", "tokens"];

    // To a table "mu" and "μ" are one column, whichever of them a trainer writes.
    private static readonly EqualityComparer<string> OneName = EqualityComparer<string>.Create(
        (a, b) => Names.Canonical(a!) == Names.Canonical(b!),
        n => Names.Canonical(n).GetHashCode(StringComparison.Ordinal)
    );

    /// <summary>The table; empty text where nothing is done.</summary>
    public static string Of(Study study, StudyFolder folder)
    {
        HashSet<string> varied = [.. study.Cells.SelectMany(c => c.Settings.Keys).Where(k => k is not (Settings.Branches or "tokens"))];
        List<Dictionary<string, string>> rows = [.. study.Cells.Select(folder.Of).Where(c => c.IsDone).SelectMany(c => Rows(c, varied))];
        if (rows.Count == 0)
        {
            return "";
        }
        string[] columns = [.. First, .. rows.SelectMany(r => r.Keys).Distinct(OneName).Where(c => !First.Contains(c))];
        CsvText csv = new(columns);
        foreach (Dictionary<string, string> row in rows)
        {
            csv.Row(columns.Select(c => row.GetValueOrDefault(c, "")));
        }
        return csv.ToString();
    }

    /// <summary>
    /// Writes the table; one of other runs too, as a copy of a finished study's answers has it, is kept beside it once, with its routers.
    /// </summary>
    public static void Write(string text, Study study, StudyFolder folder)
    {
        string kept = Path.Combine(folder.Location, "runs.before.csv");
        if (File.Exists(folder.RunsPath) && !File.Exists(kept))
        {
            // Read in this order, and before it is asked whose runs they are, so that the same study, run twice at once, keeps the same
            // twice, and its tables are there at any moment.
            string? routers = File.Exists(folder.RoutersPath) ? TextFile.Read(folder.RoutersPath) : null;
            string runs = TextFile.Read(folder.RunsPath);
            IEnumerable<string> own = study.Cells.Where(c => folder.Of(c).IsDone).SelectMany(c => c.Lengths.Select(c.RunName));
            if (RunNames(folder).Except(own).Any())
            {
                TextFile.WriteWhole(kept, runs);
                if (routers is not null)
                {
                    TextFile.WriteWhole(Path.Combine(folder.Location, "routers.before.csv"), routers);
                }
            }
        }
        TextFile.WriteWhole(folder.RunsPath, text);
    }

    /// <summary>Whether a folder has a table of runs that no cell was begun for in it, as a copy of a study's answers has.</summary>
    public static bool IsCopy(Study study, StudyFolder folder) =>
        File.Exists(folder.RunsPath) && study.Cells.All(c => !folder.Of(c).IsBegun && !folder.Of(c).IsDone);

    /// <summary>Runs that a table has.</summary>
    public static HashSet<string> RunNames(StudyFolder folder)
    {
        RunTable table = RunTable.Read(folder.RunsPath);
        RunColumn run = table.Column("run", "report");
        return [.. Enumerable.Range(0, table.RowCount).Select(run.Text)];
    }

    private static IEnumerable<Dictionary<string, string>> Rows(CellFolder folder, HashSet<string> varied)
    {
        Cell cell = folder.Cell;
        foreach ((int i, JsonElement result) in folder.Results().Index())
        {
            Dictionary<string, string> row = new(OneName)
            {
                ["run"] = cell.RunName(cell.Lengths[i]),
                ["trunk"] = cell.Name,
                ["tokens"] = cell.Lengths[i].ToString(CultureInfo.InvariantCulture),
            };
            Func<string, double?> column = ModelColumns.Of(cell.Model, cell.Census);
            foreach (string name in ModelColumns.Names)
            {
                row[name] = CsvText.Number(column(name)!.Value);
            }
            Recipe(cell, result.TryGetProperty("tokens", out JsonElement tokens) ? tokens.GetDouble() : cell.Lengths[i], row);
            // A setting that some grid varies and that is no column yet, such as weight_decay.
            foreach (
                (string key, string setting) in cell
                    .Settings.Concat(cell.Recipe.Given)
                    .Where(s => varied.Contains(s.Key) && s.Value != Settings.None)
            )
            {
                row.TryAdd(key, Quantity.TryParseCount(setting, out double number) ? CsvText.Number(number) : setting);
            }
            // What was measured goes before what was meant; what was set, by which runs are compared, is no measurement.
            foreach (JsonProperty value in result.EnumerateObject().Where(p => !OfStudy.Contains(p.Name)))
            {
                if (value.Value.ValueKind is JsonValueKind.Number or JsonValueKind.String or JsonValueKind.True or JsonValueKind.False)
                {
                    string told = value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString()! : value.Value.GetRawText();
                    row[value.Name] = varied.Contains(value.Name) ? row.GetValueOrDefault(value.Name, told) : told;
                }
            }
            yield return row;
        }
    }

    private static void Recipe(Cell cell, double tokens, Dictionary<string, string> row)
    {
        row["train_flops"] = CsvText.Number(cell.FlopsPerToken * tokens);
        foreach (RecipeColumn column in RecipeSettings.Columns.Where(c => c.IsOfStudy))
        {
            row[column.Name] = string.Create(CultureInfo.InvariantCulture, $"{column.Value(cell.Recipe.Run)}");
        }
        row["routing"] = cell.Model.IsDense ? "dense" : cell.Model.Routing.Kind.Name;
        if (cell.Model.Routing.CapacityFactor is double capacity && !cell.Model.IsDense)
        {
            row["capacity_factor"] = CsvText.Number(capacity);
        }
    }
}
