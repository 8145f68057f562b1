using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>What limits of a plan are called.</summary>
public static class LimitWords
{
    /// <summary>As JSON and lists have it: "max_params".</summary>
    public static string Name(Limit limit) =>
        limit switch
        {
            Limit.Flops => "flops",
            Limit.Memory => "memory",
            Limit.MaxParams => "max_params",
            Limit.TrainingMemory => "training_memory",
            Limit.TrainingSetup => "training_setup",
            Limit.MaxTokens => "max_tokens",
            Limit.Range => "range",
            Limit.Buildable => "buildable",
            _ => "loss",
        };

    /// <summary>In a column of a table: "params".</summary>
    public static string Short(Limit limit) =>
        limit switch
        {
            Limit.MaxParams => "params",
            Limit.MaxTokens => "tokens",
            _ => Name(limit),
        };

    /// <summary>"flops, max_params"</summary>
    public static string Names(IEnumerable<Limit> limits) => string.Join(", ", limits.Select(Name));

    /// <summary>The limits of the plan that a dense model of the same loss need not keep; empty where there are none.</summary>
    public static string Lifted(DenseMatch dense)
    {
        if (dense.Lifted.Count == 0)
        {
            return "";
        }
        string limits = dense.Lifted.Count == 1 ? "limit" : "limits";
        return $"; without the {limits} of {string.Join(" and ", dense.Lifted.Select(InProse))}";
    }

    private static string InProse(Limit limit) =>
        limit switch
        {
            Limit.MaxParams => "parameters",
            Limit.TrainingMemory => "training memory",
            _ => Name(limit),
        };
}
