using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>What limits of a plan are called.</summary>
public static class LimitWords
{
    /// <summary>In a column of a table: "params".</summary>
    public static string Short(Limit limit) =>
        limit switch
        {
            _ when limit == Limit.MaxParams => "params",
            _ when limit == Limit.MaxTokens => "tokens",
            _ => limit.Name,
        };

    /// <summary>"flops, max_params"</summary>
    public static string Names(IEnumerable<Limit> limits) => string.Join(", ", limits.Select(l => l.Name));

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
            _ when limit == Limit.MaxParams => "parameters",
            _ when limit == Limit.TrainingMemory => "training memory",
            _ => limit.Name,
        };
}
