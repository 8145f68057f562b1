using System.Globalization;
using MoeScale.Basics;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;

namespace MoeScale.Cli.Output;

/// <summary>The plans of several laws for one budget.</summary>
internal static class SideBySidePage
{
    public const string NotComparable =
        "losses of laws from different data sets or tokenizers are not comparable with each other: compare the models, not the losses";

    public static void Write(IReadOnlyList<Plan> plans, Deployment deployment)
    {
        bool fine = plans.Any(p => p.Best is not null && p.Best.Granularity != 1);
        Page.Table(
            ["<law", "E", .. fine ? ["G"] : Array.Empty<string>(), "active", "total", "tokens", "tok/par", "loss", "memory", "tok/s"],
            [.. plans.Select(p => Row(p, fine, deployment))]);
        Page.Paragraph(
            $"E is the expansion rate{(fine ? ", G the granularity" : "")}; E = 1 is dense. tok/s is what one sequence can be given at most, on {(deployment.Servers is double n ? Number(n, "0") : "as few")} {deployment.Server.Name}{(deployment.Servers is null ? " as hold it" : "")}.");
        Page.Paragraph($"{NotComparable}.", "- ", 2);
        foreach (Plan plan in plans)
        {
            foreach (string warning in plan.Best is null ? [PlanPage.NothingFits(plan)] : plan.Warnings)
            {
                Page.Paragraph($"{plan.Request.Law.Id}: {warning.TrimEnd('.')}.", "- ", 2);
            }
        }
    }

    private static IReadOnlyList<string> Row(Plan plan, bool fine, Deployment deployment) => plan.Best is Configuration c
        ? [
            plan.Request.Law.Id,
            Number(c.Experts, "0.##"),
            .. fine ? [Number(c.Granularity, "0.##")] : Array.Empty<string>(),
            Quantity.FormatCount(c.ActiveParams),
            Quantity.FormatCount(c.TotalParams),
            Quantity.FormatCount(c.Tokens),
            Quantity.FormatCount(c.TokensPerActiveParam),
            Number(c.Loss, "0.0000"),
            Quantity.FormatBytes(c.MemoryBytes),
            Quantity.FormatCount(deployment.Serve(c, plan.Request.Budget, 1).TokensPerSecond),
        ]
        : [plan.Request.Law.Id, "-", .. fine ? ["-"] : Array.Empty<string>(), "-", "-", "-", "-", "-", "-", "-"];

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
