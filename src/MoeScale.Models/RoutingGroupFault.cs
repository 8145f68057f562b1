using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>Why experts cannot choose from such a group of sequences.</summary>
public abstract record RoutingGroupFault : BuildFault
{
    private RoutingGroupFault() { }

    /// <summary>Nothing says how many sequences a group has.</summary>
    public sealed record NotGiven : RoutingGroupFault
    {
        public override Phrase Reason => "experts choose among the sequences of a group, and routing_group does not say how many those are";
    }

    /// <summary>An expert would have less than one token of a group.</summary>
    public sealed record TooSmall(double Group, double Smallest) : RoutingGroupFault
    {
        public override Phrase Reason =>
            $"in a group of {Plural.Of(Group, "sequence")} an expert has less than one token: "
            + $"routing_group must be at least expert_count/top_k = {Smallest:0.##}";
    }

    /// <summary>The choices of a group cannot be shared out evenly.</summary>
    public sealed record UnevenShares(double Group, double TopK, double Experts) : RoutingGroupFault
    {
        public override Phrase Reason =>
            $"routing_group {Group} times top_k {TopK} is not a multiple of the {Plural.Of(Experts, "expert")}, "
            + $"so that they would not take equal shares";
    }
}
