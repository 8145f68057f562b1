using System.Globalization;
using MoeScale.Models;
using MoeScale.Training.Transformers;

namespace MoeScale.Bench;

/// <summary>
/// How the cost of a step grows with the number of experts (expansion E) and with how finely they are cut (granularity
/// G), at a fixed size of what a token meets: the step relative to the dense one, and the routing cost in the terms of
/// Krajewski et al. 2024 (arXiv 2402.07871, Eq. 10), as tables in Markdown.
/// </summary>
/// <remarks>
/// There, a token pays c_r·d_model·E·G FLOPs a block for its routing, forward and backward, with c_r = 14. Here c_r is
/// the time in the router, its products, and the gathering of slots by token, in FLOPs at the rate of the dense model's
/// matrices. Gathering of tokens while products pack them cannot be told from the products. The dense step is timed
/// anew beside each of them, since the speed of a shared machine drifts.
/// </remarks>
internal static class ExpertCosts
{
    private static readonly int[] Expansions = [1, 2, 4, 8, 16, 32, 64, 128];
    private static readonly int[] Granularities = [1, 2, 4, 8, 16];
    private static readonly string[] Optimizer = ["AdamW and clipping", "clear gradients"];

    public static void Run(int steps, int threads)
    {
        StepBenchmark dense = StepBenchmark.Small;
        List<string> routing = [];
        // The first run compiles.
        dense.Run(threads, steps);
        Console.WriteLine(
            Text($"S: d_model {dense.Model.ModelWidth}, {dense.Model.Blocks} blocks; {threads} threads, median of {steps} steps. ")
                + "Step time over that of the dense model; in brackets without optimizer."
        );
        Console.WriteLine();
        Header();
        foreach (int expansion in Expansions)
        {
            List<string> times = [];
            List<string> costs = [];
            foreach (int granularity in Granularities)
            {
                if (expansion * granularity == 1)
                {
                    times.Add("1");
                    costs.Add("");
                    continue;
                }
                RouterWeights weights = granularity == 1 ? RouterWeights.Softmax : RouterWeights.SelectedSoftmax;
                StepBenchmark cut = dense with { Kind = "experts", Model = dense.WithExperts(expansion, granularity, weights) };
                StepSpeed one = dense.Run(threads, steps, warm: 2);
                StepSpeed speed = cut.Run(threads, steps, warm: 2);
                double without = (speed.StepSeconds - OptimizerOf(speed)) / (one.StepSeconds - OptimizerOf(one));
                times.Add(Text($"{speed.StepSeconds / one.StepSeconds:0.00} ({without:0.00})"));
                double routed = speed
                    .Kernels.Where(k =>
                        k.Kernel.Contains("rout", StringComparison.Ordinal) || k.Kernel.Contains("gathering", StringComparison.Ordinal)
                    )
                    .Sum(k => k.Seconds);
                double rate =
                    72
                    * dense.Model.Blocks
                    * dense.Model.ModelWidth
                    * dense.Model.ModelWidth
                    * Tokens(dense)
                    / one.Kernels.Where(k => k.Kernel.StartsWith("products", StringComparison.Ordinal)).Sum(k => k.Seconds);
                costs.Add(
                    Text($"{routed * rate / (Tokens(dense) * dense.Model.Blocks * dense.Model.ModelWidth * expansion * granularity):0.0}")
                );
            }
            Console.WriteLine($"| {expansion} | {string.Join(" | ", times)} |");
            routing.Add($"| {expansion} | {string.Join(" | ", costs)} |");
        }
        Console.WriteLine();
        Console.WriteLine("c_r, as measured:");
        Console.WriteLine();
        Header();
        routing.ForEach(Console.WriteLine);
    }

    private static double Tokens(StepBenchmark b) => b.Sequences * b.Model.Context;

    private static double OptimizerOf(StepSpeed speed) => speed.Kernels.Where(k => Optimizer.Contains(k.Kernel)).Sum(k => k.Seconds);

    private static void Header()
    {
        Console.WriteLine($"| E \\ G | {string.Join(" | ", Granularities)} |");
        Console.WriteLine($"| --- |{string.Concat(Granularities.Select(_ => " --- |"))}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
