using MoeScale.Basics;
using MoeScale.Planning;

namespace MoeScale.Cli.Input;

/// <summary>Reads "memory=16GB..640GB".</summary>
internal static class FrontierText
{
    private static readonly (string Name, BudgetAxis Axis)[] Axes =
    [
        ("memory", BudgetAxis.Memory),
        ("flops", BudgetAxis.Flops),
        ("inference-tokens", BudgetAxis.InferenceTokens),
    ];

    /// <exception cref="UserException">No such axis, or ends that are no values of it.</exception>
    public static (BudgetAxis Axis, double Low, double High) Parse(string text, string what)
    {
        string[] sides = text.Split('=', 2);
        string[] ends = sides.Length == 2 ? sides[1].Split("..", 2) : [];
        if (ends.Length != 2)
        {
            throw new UserException(
                $"{what} '{text}' is not AXIS=LOW..HIGH. Write for example memory=16GB..640GB, flops=1e19..1e24 or "
                    + $"inference-tokens=1B..10T."
            );
        }
        string name = sides[0].Trim();
        int index = Array.FindIndex(Axes, a => a.Name.Equals(name.Replace('_', '-'), StringComparison.OrdinalIgnoreCase));
        if (index < 0)
        {
            throw new UserException(
                $"{what} sweeps no '{name}'{Guess.Hint(name, Axes.Select(a => a.Name))}. It sweeps "
                    + $"{string.Join(", ", Axes.Select(a => a.Name))}."
            );
        }
        double low = Value(Axes[index].Axis, ends[0], what);
        double high = Value(Axes[index].Axis, ends[1], what);
        return low < high
            ? (Axes[index].Axis, low, high)
            : throw new UserException($"{what} '{text}' goes from {ends[0]} to {ends[1]}; the second must be above the first.");
    }

    private static double Value(BudgetAxis axis, string text, string what)
    {
        double value = axis != BudgetAxis.Memory ? Quantity.ParsePositiveCount(text, what) : MemoryText.Parse(text, what);
        return value <= Budget.Largest
            ? value
            : throw new UserException($"{what} '{text}' is more than {Budget.Largest:0e0}, the most that makes sense here.");
    }
}
