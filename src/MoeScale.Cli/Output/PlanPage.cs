using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>A plan in words and a table.</summary>
internal static class PlanPage
{
    public static void Write(Plan plan, Deployment deployment)
    {
        if (plan.Best is Configuration best)
        {
            WriteBest(plan, best, deployment);
            Page.BlankLine();
            WriteCandidates(plan, best, deployment);
            Page.BlankLine();
            OtherLaws.Write(best);
            WriteNotes(plan);
        }
    }

    private static void WriteBest(Plan plan, Configuration best, Deployment deployment)
    {
        PlanRequest request = plan.Request;
        Model model = best.Model;
        string kind = model.IsDense
            ? "a dense model"
            : $"a Mixture of {Plural.Of(Figures.Number(model.ExpertCount), "expert")} (top-{Figures.Number(model.TopK)})";
        Page.Field(
            "Train",
            $"{kind}, {Quantity.FormatCount(best.ActiveParams)} active of {Plural.Of(Quantity.FormatCount(best.TotalParams), "parameter")}"
        );
        string repeats =
            request.Budget.UniqueTokens is double unique && best.Tokens > unique
                ? $" ({Plural.Of(Ratio(best.Tokens / unique), "epoch")} of {Quantity.FormatCount(unique)})"
                : "";
        Page.Field(
            "on",
            $"{Plural.Of(Quantity.FormatCount(best.Tokens), "token")}{repeats}, {Ratio(best.TokensPerActiveParam)} for each active "
                + $"parameter"
        );
        string[] sure =
        [
            .. request.Law.Error is double e ? [$"the law's own error is {Figures.Loss(e)}"] : Array.Empty<string>(),
            .. best.OutsideRange.Count > 0 ? ["extrapolated"] : Array.Empty<string>(),
        ];
        Page.Field(
            "to reach",
            $"a loss of {Figures.Loss(best.Loss)} nats per token{(sure.Length > 0 ? $" ({string.Join("; ", sure)})" : "")}"
        );
        if (plan.Intervals is PlanIntervals intervals)
        {
            IntervalsText.Write(intervals);
        }
        Page.BlankLine();
        Page.Field(
            "Shape",
            $"d_model {Figures.Number(model.ModelWidth)}, {Plural.Of(Figures.Number(model.Blocks), "block")}, "
                + $"{Plural.Of(Figures.Number(model.Heads), "head")}, {(model.IsDense ? "d_ff" : "d_expert")} "
                + $"{Figures.Number(model.ExpertWidth)}"
        );
        string inference =
            best.InferenceFlops > 0
                ? $" + {Figures.Scientific(best.InferenceFlops)} for inference on "
                    + $"{Plural.Of(Quantity.FormatCount(request.Budget.InferenceTokens), "token")}"
                : "";
        Page.Field("FLOPs", $"{Figures.Scientific(best.TrainFlops)} for training{inference}");
        Budget budget = request.Budget;
        string cache =
            budget.KvTokens == 0
                ? ""
                : $" + KV cache {Quantity.FormatBytes(best.KvCacheBytes)} ({budget.Kv.Name()}, {CacheWords.Sequences(budget)})";
        string limit = budget.MemoryBytes is double memory ? $" of {HeadroomWords.Limit(memory, budget.MemoryHeadroom)}" : "";
        string weights = $"weights {Quantity.FormatBytes(best.WeightsBytes)} ({budget.Weights.Name()})";
        Page.Field("Memory", $"{Quantity.FormatBytes(best.MemoryBytes)}{limit}: {weights}{cache}");
        if (best.Training is TrainingMemory training)
        {
            Page.Field("Train memory", TrainingPage.Line(training));
            Page.Field("", $"within {HeadroomWords.Limit(budget.TrainingMemoryBytes!.Value, budget.TrainingHeadroom)} (--headroom)");
            TrainingPage.WriteLayout(model, training.Setup);
        }
        WriteHardware(plan, best, deployment);
        Page.Field("Limited by", LimitWords.Names(best.Binding));
        Page.Field("Law", Titled(request.Law.Id, request.Law.Source));
        if (request.Law.SizeVariable is { Meaning.Length: > 0 } size)
        {
            Page.Field("", $"{size.Name}: {size.Meaning}");
        }
        Page.Field("Shapes", Titled(request.Family.Id, request.Family.Description));
    }

    private static void WriteHardware(Plan plan, Configuration best, Deployment deployment)
    {
        string device = deployment.Training.Accelerator.Name;
        Page.Field(
            "Training",
            $"{Plural.Of(Quantity.FormatCount(deployment.DeviceHours(best)), "hour")} of {device} at "
                + $"{Decimal(100 * deployment.Mfu, "0.#")} % of its bf16 peak: {Time(deployment.Days(best))} on "
                + $"{Figures.Number(deployment.Training.Count)}"
        );
        Page.Field("Serving", $"at most {Speeds(best, plan.Request.Budget, deployment)}");
        if (plan.DenseMatch is DenseMatch dense)
        {
            Page.Field(
                "Dense match",
                $"a dense model needs {Ratio(dense.Flops / (best.TrainFlops + best.InferenceFlops))} times the FLOPs for this loss: "
                    + $"{Figures.Scientific(dense.Flops)}, {Plural.Of(Quantity.FormatCount(dense.ActiveParams), "parameter")} on "
                    + $"{Plural.Of(Quantity.FormatCount(dense.Tokens), "token")}{LimitWords.Lifted(dense)}"
            );
        }
    }

    /// <summary>What one sequence is given at most, and several together, with how many, how long and on what.</summary>
    private static string Speeds(Configuration best, Budget budget, Deployment deployment)
    {
        ServingStep? together = deployment.Together(best, budget);
        bool most = together?.Sequences >= deployment.MaxSequences(best, budget);
        Cluster servers = deployment.ServersOf(best, budget);
        string one = $"{Quantity.FormatCount(deployment.Alone(best, budget).TokensPerSecond)} tokens/s for {Alone(budget)}";
        string many = together is null
            ? ""
            : $", {Quantity.FormatCount(together.TokensPerSecond)} for {Figures.Exact(together.Sequences)} together"
                + (most ? ", the most that fit," : "");
        string end =
            budget.KvTokens == 0 ? "; a context (--context) makes it slower"
            : together is null ? "; no second one fits"
            : "";
        return $"{one}{many} on {Figures.Number(servers.Count)} {servers.Accelerator.Name}{end}";
    }

    /// <summary>"1 sequence of 16.0K tokens".</summary>
    public static string Alone(Budget budget) =>
        budget.KvTokens > 0 ? CacheWords.Sequences(1, budget.ContextTokens) : "1 sequence without a KV cache";

    private static string Time(double days) => days >= 1 ? Plural.Of(Ratio(days), "day") : Plural.Of(Ratio(24 * days), "hour");

    private static string Titled(string id, string text) => text.Length > 0 ? $"{id}, {text}" : id;

    private static void WriteCandidates(Plan plan, Configuration best, Deployment deployment)
    {
        bool fine = plan.Candidates.Any(c => c.Granularity != 1);
        Page.Table(
            [
                "<",
                "E",
                .. fine ? ["G"] : Array.Empty<string>(),
                "active",
                "total",
                "tokens",
                "tok/par",
                "loss",
                "memory",
                "tok/s",
                "<limited by",
            ],
            [
                .. plan.Candidates.Select(c =>
                    (IReadOnlyList<string>)
                        [
                            c == best ? ">"
                            : best.Ties.Any(t => t.Experts == c.Experts && t.Granularity == c.Granularity) ? "="
                            : "",
                            Figures.Number(c.Experts),
                            .. fine ? [Figures.Number(c.Granularity)] : Array.Empty<string>(),
                            Quantity.FormatCount(c.ActiveParams),
                            Quantity.FormatCount(c.TotalParams),
                            Quantity.FormatCount(c.Tokens),
                            Ratio(c.TokensPerActiveParam),
                            Figures.Loss(c.Loss),
                            Quantity.FormatBytes(c.MemoryBytes),
                            Quantity.FormatCount(deployment.Alone(c, plan.Request.Budget).TokensPerSecond),
                            string.Join(", ", c.Binding.Select(LimitWords.Short)),
                        ]
                ),
            ]
        );
        string ties =
            best.Ties.Count > 0 ? $"; = ties with it, closer than the law's error of {Figures.Loss(plan.Request.Law.Error!.Value)}" : "";
        string letters = $"E is the expansion rate{(fine ? ", G the granularity" : "")}; E = 1 is dense.";
        string speeds = $"tok/s: at most, for {Alone(plan.Request.Budget)}.";
        Page.Paragraph($"> {(plan.Request.PreferSimple ? "the simplest of the best" : "the best")}{ties}. {letters} {speeds}");
    }

    private static void WriteNotes(Plan plan)
    {
        foreach (Misfit misfit in plan.Misfits)
        {
            string name = MisfitWords.Choice(misfit.Experts, misfit.Granularity);
            Page.Paragraph($"{name} does not fit: {MisfitWords.Reason(misfit, plan).Say(CommandTerms.OutsideFit)}.", "- ", 2);
        }
        if (plan.DensePartner is Plan dense)
        {
            string result = dense.Best is Configuration d
                ? $"{Plural.Of(Quantity.FormatCount(d.ActiveParams), "parameter")} on "
                    + $"{Plural.Of(Quantity.FormatCount(d.Tokens), "token")} reach a loss of {Figures.Loss(d.Loss)}"
                : "nothing fits";
            Page.Paragraph($"a dense model within the same limits ({dense.Request.Law.Id}): {result}.", "- ", 2);
        }
        foreach (PlanWarning warning in plan.Warnings.Concat(plan.FitWarnings))
        {
            Page.Paragraph($"{PlanWords.Of(warning).Say(CommandTerms.OutsideFit)}.", "- ", 2);
        }
    }

    private static string Ratio(double value) =>
        value switch
        {
            < 1 => Decimal(value, "G2"),
            < 9999 => Decimal(value, "0.0"),
            _ => Quantity.FormatCount(value),
        };

    private static string Decimal(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
