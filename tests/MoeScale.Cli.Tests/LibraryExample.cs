using MoeScale.Laws;
using MoeScale.Planning;

namespace MoeScale.Cli.Tests;

/// <summary>The README's library example, word for word.</summary>
public class LibraryExample
{
    [Fact]
    public void Example_OfTheReadme_PrintsTheAnswer()
    {
        TextWriter console = Console.Out;
        StringWriter output = new();
        Console.SetOut(output);
        Law law = LawCatalog.Open("joint-2025");
        Budget budget = new()
        {
            Flops = 1e22,
            MemoryBytes = 80e9,
            KvTokens = 16e3,
        };
        Plan plan = Planner.Solve(PlanRequest.For(law, budget));
        Console.WriteLine($"{plan.Best!.Experts} experts, loss {plan.Best.Loss:0.000}");
        Console.SetOut(console);
        Assert.Equal("16 experts, loss 2.114\n", output.ToString());
    }

    internal static string Source() => File.ReadAllText(Repository.In("tests", "MoeScale.Cli.Tests", "LibraryExample.cs"));

    internal static string Indented(string code) => string.Concat(code.TrimEnd().Split('\n').Select(l => $"        {l}\n"));
}
