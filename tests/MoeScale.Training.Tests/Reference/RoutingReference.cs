using MoeScale.Models;

namespace MoeScale.Training.Tests.Reference;

/// <summary>One token at one expert.</summary>
/// <param name="Token">Its row.</param>
/// <param name="Expert">From 0.</param>
/// <param name="IsServed">Whether the expert had room for it.</param>
internal readonly record struct Choice(int Token, int Expert, bool IsServed);

/// <summary>
/// Who meets whom, by sorting: choices in the order of tokens, those of a token from its best expert to its worst, or, where experts
/// choose, by their number.
/// </summary>
internal static class RoutingReference
{
    /// <param name="model">With experts.</param>
    /// <param name="sequence">Tokens of a sequence.</param>
    /// <param name="scores">(rows, experts)</param>
    /// <param name="bias">(experts) for the selection only, or null.</param>
    /// <param name="training">Whether an expert may be full.</param>
    public static Choice[] Choose(Model model, int sequence, double[] scores, double[]? bias, bool training)
    {
        int experts = (int)model.ExpertCount,
            rows = scores.Length / experts;
        if (model.Routing.Kind == RoutingKind.ExpertChoice)
        {
            int share = (int)(model.RoutingGroup * model.TopK / model.ExpertCount);
            return ExpertsChoose(scores, experts, sequence, (int)model.RoutingGroup, share);
        }
        int capacity = training && model.Routing.CapacityFactor is double factor ? Capacity(factor, rows, (int)model.TopK, experts) : rows;
        return TokensChoose(scores, bias, experts, (int)model.TopK, capacity);
    }

    /// <summary>⌈factor · rows · topK / experts⌉, of the factor as it is written.</summary>
    public static int Capacity(double factor, int rows, int topK, int experts) =>
        (int)Math.Ceiling((decimal)factor * rows * topK / experts);

    /// <summary>The order in which experts fill up: token by token, and the better choice of a token first.</summary>
    public static Choice[] TokensChoose(double[] scores, double[]? bias, int experts, int topK, int capacity)
    {
        int[] filled = new int[experts];
        List<Choice> choices = [];
        for (int row = 0; row < scores.Length / experts; row++)
        {
            foreach (
                int expert in Enumerable
                    .Range(0, experts)
                    .OrderByDescending(e => scores[(row * experts) + e] + (bias is null ? 0 : bias[e]))
                    .Take(topK)
            )
            {
                choices.Add(new Choice(row, expert, filled[expert]++ < capacity));
            }
        }
        return [.. choices];
    }

    /// <summary>Each expert takes a share of the tokens at one position of the sequences of a group.</summary>
    public static Choice[] ExpertsChoose(double[] scores, int experts, int sequence, int group, int share)
    {
        List<Choice> choices = [];
        foreach (
            IGrouping<(int, int), int> tokens in Enumerable
                .Range(0, scores.Length / experts)
                .GroupBy(row => (row / sequence / group, row % sequence))
        )
        {
            Assert.Equal(group, tokens.Count());
            for (int e = 0; e < experts; e++)
            {
                int expert = e;
                choices.AddRange(
                    tokens
                        .OrderByDescending(row => scores[(row * experts) + expert])
                        .Take(share)
                        .Select(row => new Choice(row, expert, true))
                );
            }
        }
        return [.. choices.OrderBy(c => c.Token).ThenBy(c => c.Expert)];
    }
}
