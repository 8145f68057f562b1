using System.Text.Json;
using System.Text.Json.Nodes;
using MoeScale.Laws.Runs;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>study runs</c>: an object a run, without the columns that it has no value in.</summary>
internal static class RunsJson
{
    public static IReadOnlyList<JsonElement> Of(RunTable table) => [.. Enumerable.Range(0, table.RowCount).Select(row => Of(table, row))];

    private static JsonElement Of(RunTable table, int row)
    {
        JsonObject run = [];
        foreach (RunColumn column in table.Columns.Where(c => !c.IsEmpty(row)))
        {
            double number = column.Numbers.Span[row];
            run[column.Name] = column.HasTexts || !double.IsFinite(number) ? column.Text(row) : number;
        }
        return JsonDocument.Parse(run.ToJsonString()).RootElement;
    }
}
