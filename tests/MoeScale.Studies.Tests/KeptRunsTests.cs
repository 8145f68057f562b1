using System.Text.Json;
using MoeScale.Models;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Tests;

/// <summary>Runs that ship as <c>runs.jsonl</c>, made by <c>train</c> alone, are the runs of the study file of their name.</summary>
public class KeptRunsTests
{
    private static readonly string[] RoutingColumns =
    [
        "routing_group",
        "router_weights",
        "capacity_factor",
        "balance_loss",
        "balance_bias",
        "router_z_loss",
    ];

    [Theory]
    [InlineData("experts-vs-dense")]
    [InlineData("routings-on-text")]
    public void Cells_OfTheStudyFile_AreTheRunsThatWereMade(string name)
    {
        Study study = StudyFile.Read(Path.Combine(Repository.Studies, $"{name}.yaml"));
        IEnumerable<string> made = File.ReadLines(Path.Combine(Repository.Studies, name, "runs.jsonl")).Select(Made);
        Assert.Equal(made.Order(StringComparer.Ordinal), study.Cells.Select(Told).Order(StringComparer.Ordinal));
    }

    private static string Made(string line)
    {
        JsonElement run = JsonDocument.Parse(line).RootElement;
        double Number(string column) => run.GetProperty(column).GetDouble();
        double context = Number("context");
        return $"{Number("active_params")} of {Number("total_params")} parameters, {Number("stored_params")} stored; "
            + $"{Number("top_k")} of {Number("expert_count")} experts of {Number("d_expert")}, dense {Number("d_ff")}; "
            + $"{Number("batch_tokens") / context} and {Number("micro_batch_tokens") / context} sequences of {context}; "
            + $"rate {Number("learning_rate")}, {run.GetProperty("schedule")}; seed {Number("seed")}; "
            + (Number("expert_count") == 1 ? "" : string.Join(", ", RoutingColumns.Select(c => Text(run, c))));
    }

    private static string Text(JsonElement run, string column) =>
        run.TryGetProperty(column, out JsonElement value) ? $"{column} {value}" : $"no {column}";

    private static string Told(Cell cell) =>
        $"{cell.Census.ActiveParams} of {cell.Census.TotalParams} parameters, {cell.Census.StoredParams} stored; "
        + $"{cell.Model.TopK} of {cell.Model.ExpertCount} experts of {cell.Model.ExpertWidth}, dense {cell.Model.FeedForwardWidth}; "
        + $"{cell.Batch} and {cell.MicroBatch} sequences of {cell.Context}; "
        + $"rate {cell.LearningRate}, {cell.Recipe.Schedule}; seed {cell.Seed}; "
        + (cell.Model.ExpertCount == 1 ? "" : string.Join(", ", RoutingColumns.Select(c => Text(cell.Model, c))));

    private static string Text(Model model, string column) =>
        RoutingKeys.Write(model).Where(k => k.Key == column).Select(k => $"{column} {k.Value}").SingleOrDefault() ?? $"no {column}";
}
