using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Models;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Output;

/// <summary>What <c>train</c> prints: what is trained, and what came of it.</summary>
internal static class TrainPage
{
    /// <summary>Before the run: every number that was derived.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="c">The configuration, with the rate that is used.</param>
    /// <param name="description">Of the text; null if it was not read.</param>
    public static void WriteQuestion(TrainQuestion question, RunConfiguration c, string? description)
    {
        Census census = Census.Of(question.Model);
        Model m = question.Model;
        long batch = (long)c.BatchSequences * c.Context;
        string active = m.IsDense ? "" : $", {Figures.Exact(census.ActiveParams)} active";
        Page.Field(
            "Model",
            $"{m.Name}: {Plural.Of(Figures.Exact(census.StoredParams), "parameter")}{active}, {Plural.Of(m.Blocks, "block")} of width "
                + $"{m.ModelWidth}, vocabulary {m.VocabularyRows}; {Quantity.FormatBytes(question.TensorBytes)} of memory"
        );
        if (!m.IsDense)
        {
            Page.Field("Experts", Experts(m));
        }
        if (m.Note.Length > 0)
        {
            Page.Field("Note", m.Note);
        }
        Page.Field("Text", description ?? string.Join(" ", c.Text));
        Page.Field(
            "Tokens",
            question.IsTrunk
                ? $"branches of {string.Join(", ", c.Branches.Select(b => Figures.Exact(b)))}, off a trunk of "
                    + $"{Figures.Exact(Math.Floor((1 - question.DecayShare) * c.Tokens))}"
                : $"{Figures.Exact(c.Tokens)}, {Quantity.FormatCount(c.Tokens / census.ActiveParams)} "
                    + $"{(m.IsDense ? "a parameter" : "an active parameter")}"
        );
        string parts = c.MicroBatchSequences < c.BatchSequences ? $", {c.MicroBatchSequences} at once" : "";
        string ramp = c.RampTokens > 0 ? $"; smaller up to {Plural.Of(Figures.Exact(Math.Ceiling(c.RampTokens)), "token")}" : "";
        Page.Field(
            "Batch",
            $"{Plural.Of(Figures.Exact(batch), "token")}: {Plural.Of(c.BatchSequences, "sequence")} of {c.Context}{parts}{ramp}"
        );
        Page.Field("Learning rate", $"{Rate(c.LearningRate)}, {question.RateReason}; {Schedule(c, question)}");
        Page.Field("Seed", $"{c.Seed}");
        Page.BlankLine();
    }

    public static void WriteSweep(IReadOnlyList<SweptRate> rates, double? best, long tokens)
    {
        Page.Paragraph($"Rates, each tried on {Plural.Of(Figures.Exact(tokens), "token")}:");
        Page.Table(
            ["learning rate", "loss", "<"],
            [
                .. rates.Select(r =>
                    (IReadOnlyList<string>)
                        [Rate(r.Rate), r.Loss is double loss ? Figures.Loss(loss) : "explodes", r.Rate == best ? "taken" : ""]
                ),
            ]
        );
        if (best is not null && rates.Count == RateSweep.MaxRates && (best == rates[0].Rate || best == rates[^1].Rate))
        {
            Page.Paragraph("The best is at the end of those tried: begin another sweep there with other settings, or give --lr.");
        }
        Page.BlankLine();
    }

    /// <param name="results">Lines of result.json.</param>
    /// <param name="isNew">Whether this command trained them.</param>
    /// <param name="folder">Of the run, or of the trunk.</param>
    public static void WriteResults(IReadOnlyList<JsonElement> results, bool isNew, string folder)
    {
        if (!isNew)
        {
            Page.Paragraph($"This run is finished already; its result:");
        }
        if (results is [JsonElement only])
        {
            WriteResult(only, folder);
            return;
        }
        Page.Table(
            ["tokens", "loss", "training loss", "steps", "seconds"],
            [
                .. results.Select(r =>
                    (IReadOnlyList<string>)
                        [
                            Figures.Exact(Number(r, "tokens")),
                            Figures.Loss(Number(r, "loss")),
                            Figures.Loss(Number(r, "training_loss")),
                            Figures.Exact(Number(r, "steps")),
                            Figures.Number(Number(r, "seconds")),
                        ]
                ),
            ]
        );
        Page.BlankLine();
        Page.Field("Results", $"{RunFolder.RunsIn(folder)}, a line each: 'moescale fit' reads it");
    }

    private static void WriteResult(JsonElement r, string folder)
    {
        string kind = r.GetProperty("held_out").GetBoolean() ? "held out" : "smoothed over training, as nothing is held out";
        Page.Field(
            "Loss",
            $"{Figures.Loss(Number(r, "loss"))} nats per token, "
                + $"{kind}{(Optional(r, "loss_floor") is double floor ? $"; no model can have less than {Figures.Loss(floor)}" : "")}"
        );
        if (Optional(r, "bits_per_byte") is double bits)
        {
            Page.Field("", $"{Figures.Loss(bits)} bits per byte");
        }
        Page.Field("Training loss", $"{Figures.Loss(Number(r, "training_loss"))}, smoothed");
        Page.Field(
            "Time",
            $"{TrainWatch.Time(TimeSpan.FromSeconds(Number(r, "seconds")))} in {Plural.Of(Figures.Exact(Number(r, "steps")), "step")}, "
                + $"{Figures.Exact(Number(r, "tokens_per_second"))} tokens/s"
        );
        Page.Field("Weights", RunFolder.WeightsIn(folder));
    }

    private static string Experts(Model m)
    {
        string shared = m.SharedWidth > 0 ? $", and shared ones of width {m.SharedWidth}" : "";
        string where = m.DenseBlocks > 0 ? $" in {m.MoeBlocks} of {Plural.Of(m.Blocks, "block")}" : "";
        string bank = $"{m.ExpertCount} of width {m.ExpertWidth}{shared}{where}";
        return $"{bank}; {m.Routing.Kind.Describe(m)}";
    }

    private static string Schedule(RunConfiguration c, TrainQuestion question)
    {
        string warm = c.WarmupTokens > 0 ? $"warm-up over {Plural.Of(Figures.Exact(Math.Ceiling(c.WarmupTokens)), "token")}, then " : "";
        return warm
            + c.Schedule switch
            {
                RateShape.Cosine => "a cosine to a tenth",
                RateShape.Constant => $"constant; each branch falls to 0 over its last {100 * question.DecayShare:0.#} %",
                _ => $"constant, and to 0 over the last {100 * question.DecayShare:0.#} %",
            };
    }

    private static string Rate(double rate) => rate.ToString("0.###e0", System.Globalization.CultureInfo.InvariantCulture);

    private static double Number(JsonElement result, string name) => result.GetProperty(name).GetDouble();

    private static double? Optional(JsonElement result, string name) =>
        result.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;
}
