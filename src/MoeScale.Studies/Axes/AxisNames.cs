namespace MoeScale.Studies.Axes;

/// <summary>Settings that studies treat apart from others: keys of a grid, and columns of the table of runs.</summary>
internal static class AxisNames
{
    public const string Tokens = "tokens";
    public const string Seed = "seed";
    public const string Experts = "experts";
    public const string Granularity = "granularity";
    public const string LearningRate = "learning_rate";
}
