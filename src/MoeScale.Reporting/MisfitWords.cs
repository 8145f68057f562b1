using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>Why nothing fits, and what would help.</summary>
public static class MisfitWords
{
    /// <summary>A whole sentence: what the candidate that comes closest would need.</summary>
    /// <param name="plan">One without an answer.</param>
    public static Phrase NothingFits(Plan plan)
    {
        Misfit? closest = plan.Misfits.Where(m => m.Smallest is not null).MinBy(m => m.Smallest!.MemoryBytes);
        if (closest?.Smallest is not SmallestModel smallest)
        {
            return $"nothing can be built: {NothingBuildable(plan)}";
        }
        Budget budget = plan.Request.Budget;
        string law = plan.Request.Law.Id;
        string model =
            $"the smallest candidate ({Choice(closest.Experts, closest.Granularity)}, d_model {smallest.ModelWidth:0}, "
            + $"{Quantity.FormatCount(smallest.ActiveParams)} active parameters)";
        Limit broken = closest.Broken[^1];
        return broken switch
        {
            _ when broken == Limit.Memory => TooLittleMemory(model, smallest, budget),
            _ when broken == Limit.MaxParams =>
                $"nothing fits {Plural.Of(Quantity.FormatCount(budget.MaxTotalParams!.Value), "parameter")}: {model} has "
                    + $"{Quantity.FormatCount(smallest.TotalParams)} in total. Raise {PlanSettings.MaxParams}.",
            _ when broken == Limit.TrainingMemory => TooLittleTrainingMemory(model, smallest, budget),
            _ when broken == Limit.TrainingSetup =>
                $"nothing fits the layout of training: for {model}, {smallest.SetupProblem!.Reason}. Change the number of ranks.",
            _ when broken == Limit.Flops => TooFewFlops(model, smallest, budget),
            _ when broken == Limit.Range => $"nothing fits: no size is inside the experiments of {law} within this budget{Others(closest)} "
                + $"({Ranges(plan)}). Leave out {PlanSettings.InRange}, or change the budget.",
            _ when broken == Limit.Loss =>
                $"nothing fits: '{law}' gives no finite loss at any size within this budget. Correct its formula.",
            _ => $"nothing fits: no size that can be built keeps the limits{Others(closest)}.{Finer(plan)}",
        };
    }

    /// <summary>Why one candidate does not fit, in words that follow a colon.</summary>
    public static Phrase Reason(Misfit misfit, Plan plan)
    {
        Limit broken = misfit.Broken[^1];
        return broken switch
        {
            _ when broken == Limit.Range => (Phrase)
                $"no size is inside the experiments of {plan.Request.Law.Id} within this budget{Others(misfit)}",
            _ when broken == Limit.Buildable => $"no size that can be built keeps the limits{Others(misfit)}",
            _ when broken == Limit.Loss => "the law gives no finite loss",
            _ when broken == Limit.TrainingMemory =>
                $"its smallest model needs {TrainingBytes(misfit.Smallest!)} on the most loaded rank in training",
            _ when broken == Limit.TrainingSetup => $"it does not suit the layout of training: {misfit.Smallest!.SetupProblem!.Reason}",
            _ when broken == Limit.Flops =>
                $"its smallest model needs {Figures.Scientific(misfit.Smallest!.FlopsForOneToken)} FLOPs for one token "
                    + $"and all inference",
            _ => $"its smallest model has {Plural.Of(Quantity.FormatCount(misfit.Smallest!.TotalParams), "parameter")} and needs "
                + $"{Needs(misfit.Smallest, plan.Request.Budget)} ({LimitWords.Names(misfit.Broken)})",
        };
    }

    /// <summary>"dense", "experts 8, granularity 4".</summary>
    public static string Choice(double experts, double granularity)
    {
        string name = experts == 1 && granularity == 1 ? "dense" : $"experts {Figures.Number(experts)}";
        return granularity == 1 ? name : $"{name}, granularity {Figures.Number(granularity)}";
    }

    private static Phrase NothingBuildable(Plan plan)
    {
        string family = plan.Request.Family.Id;
        if (plan.Finer?.Reason is BuildFault fault)
        {
            return $"in the family {family}, {fault.Reason}. Give another {PlanSettings.Family}, or other {PlanSettings.Experts}.";
        }
        return $"no size of the family {family} has whole blocks and heads and widths that are multiples of {plan.Request.MultipleOf}."
            + $"{Finer(plan)}";
    }

    private static Phrase TooLittleMemory(string model, SmallestModel smallest, Budget budget)
    {
        string cure = budget.KvTokens > 0 ? ", or serve fewer or shorter sequences" : "";
        return $"nothing fits {HeadroomWords.Usable(budget.MemoryBytes!.Value, budget.MemoryHeadroom)}: {model} needs "
            + $"{Needs(smallest, budget)}. Raise {PlanSettings.Memory}{cure}.";
    }

    private static Phrase TooLittleTrainingMemory(string model, SmallestModel smallest, Budget budget) =>
        $"nothing fits {HeadroomWords.Usable(budget.TrainingMemoryBytes!.Value, budget.TrainingHeadroom)} of training memory: "
        + $"{model} needs {TrainingBytes(smallest)} on its most loaded rank. "
        + $"Raise {PlanSettings.TrainingMemory}, divide the model over more ranks, or keep fewer activations.";

    private static Phrase TooFewFlops(string model, SmallestModel smallest, Budget budget)
    {
        Phrase devices = Phrase.If(PlanSettings.Gpus, $" (or {PlanSettings.Gpus} and {PlanSettings.Days})");
        Phrase less = $", or lower {PlanSettings.InferenceTokens}";
        bool isServed = budget.InferenceTokens > 0;
        return $"nothing fits {Figures.Scientific(budget.Flops)} FLOPs: {model} needs {Figures.Scientific(smallest.FlopsForOneToken)} "
            + $"for one token{(isServed ? " and all inference" : "")}. Raise {PlanSettings.Flops}{devices}{(isServed ? less : "")}.";
    }

    private static Phrase Finer(Plan plan)
    {
        List<Phrase> helps = [];
        if (plan.Finer?.MultipleOf is double multiple)
        {
            helps.Add($"{PlanSettings.MultipleOf.To(Figures.Number(multiple))}");
        }
        if (plan.Finer is { ContinuousHelps: true } && !plan.Request.Continuous)
        {
            helps.Add($"{PlanSettings.Continuous}");
        }
        Phrase others = $"other limits, or another {PlanSettings.Family}";
        return $" Try {(helps.Count > 0 ? Phrase.Join(", or ", helps) : others)}.";
    }

    private static string Needs(SmallestModel smallest, Budget budget) =>
        budget.KvTokens > 0
            ? $"{Quantity.FormatBytes(smallest.MemoryBytes)}, of it {Quantity.FormatBytes(smallest.KvCacheBytes)} for the KV cache of "
                + CacheWords.Sequences(budget)
            : $"{Quantity.FormatBytes(smallest.MemoryBytes)} for its weights";

    private static string TrainingBytes(SmallestModel smallest) => Quantity.FormatBytes(smallest.TrainingMemoryBytes ?? double.NaN);

    // All limits but the one that decides.
    private static string Others(Misfit misfit) => misfit.Broken.Count > 1 ? $" ({LimitWords.Names(misfit.Broken.SkipLast(1))})" : "";

    private static string Ranges(Plan plan) => string.Join(", ", plan.Request.Law.Range.Select(r => $"{r.Key} {r.Value}"));
}
