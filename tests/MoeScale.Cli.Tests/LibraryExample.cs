using MoeScale.Laws;
using MoeScale.Planning;
using MoeScale.Studies;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;
using MoeScale.Studies.Tests;

// The examples are as users write them.
#pragma warning disable xUnit1051

namespace MoeScale.Cli.Tests;

/// <summary>The library examples of the README and of docs/studies.md, word for word.</summary>
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

    [Fact]
    public async Task Example_OfAStudy_TrainsFitsPlansAndReports()
    {
        using TemporaryFolder place = new();
        string file = TinyStudy.Write(
            place,
            TinyStudy.Text + "\nfit: { compare: [chinchilla-2024], bootstrap: 0 }\nplan: [ { flops: 1e9 } ]"
        );
        string results = place.In("results");
        TextWriter console = Console.Out;
        StringWriter output = new();
        Console.SetOut(output);
        Study study = StudyFile.Read(file);
        StudyFolder folder = StudyFolder.At(results);
        StudyOutcome outcome = await StudyRun.Run(study, folder, new LocalExecutor(study, folder));
        Console.WriteLine($"{outcome.Answer?.CellsDone} of {study.Cells.Count} cells; the law: {outcome.Answer?.Status}");
        foreach (StudyPlan plan in outcome.Plans)
        {
            Console.WriteLine($"{plan.Request.Flops:0e0} FLOPs: {plan.Plan?.Best?.ActiveParams:0} parameters");
        }
        Console.WriteLine(string.Join('\n', outcome.Gaps.Select(StudyWords.Of).Append(folder.ReportPath)));
        Console.SetOut(console);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // Four runs are fewer than its coefficients need, and the plan asks for a law.
        Assert.Equal(LawStatus.NoneIdentifiable, outcome.Answer!.StatusKind);
        Assert.Equal($"2 of 2 cells; the law: {StudyWords.Of(LawStatus.NoneIdentifiable)}", lines[0]);
        Assert.Equal("1e9 FLOPs:  parameters", lines[1]);
        Assert.StartsWith("all cells are done, and there is no law of them: ", lines[2]);
        Assert.Equal(Path.Combine(results, "report.md"), lines[^1]);
        Assert.True(File.Exists(lines[^1]));
    }

    internal static string Source() => File.ReadAllText(Repository.In("tests", "MoeScale.Cli.Tests", "LibraryExample.cs"));

    internal static string Indented(string code) => string.Concat(code.TrimEnd().Split('\n').Select(l => $"        {l}\n"));
}
