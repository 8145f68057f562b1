namespace MoeScale.Cli.Tests;

/// <summary>The launcher in a copy of the sources, as after a clone.</summary>
public class LauncherTests
{
    [Fact]
    public async Task Launcher_TwoFirstCalls_BuildOnceAndBothAnswer()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The launcher for Windows is another script, moescale.cmd.");
        using TemporaryFolder folder = new("moe scale "); // a blank in the path, as people have
        foreach (
            string name in new[]
            {
                "src",
                "catalog",
                "Directory.Build.props",
                "Directory.Packages.props",
                "global.json",
                ".editorconfig",
                "moescale",
            }
        )
        {
            Assert.Equal(0, Shell.Run("cp", ["-r", Repository.In(name), folder.Path], folder.Path).ExitCode);
        }
        Finished[] first = await Task.WhenAll(
            Task.Run(() => Shell.Line("./moescale laws eval step-2025-batch D=1e11", folder.Path), TestContext.Current.CancellationToken),
            Task.Run(() => Shell.Line("./moescale laws eval step-2025-batch D=1e11", folder.Path), TestContext.Current.CancellationToken)
        );
        Assert.All(
            first,
            run =>
                Assert.True((run.ExitCode, run.Output) == (0, "batch_tokens 1107715 (tokens in a global batch)\n"), run.Output + run.Error)
        );
        Assert.Equal(1, first.Count(run => run.Error.Contains("building")));

        Finished second = Shell.Line("./moescale plan", folder.Path);
        Assert.Equal(
            (2, "", "moescale: plan needs a compute budget. Give it with --flops, for example --flops 1e22, or with --gpus and --days.\n"),
            (second.ExitCode, second.Output, second.Error)
        );

        // A changed law is in the next answer; a build that fails says so and leaves exit code 2.
        string law = folder.In("catalog", "laws", "step-2025-batch.yaml");
        File.WriteAllText(law, File.ReadAllText(law).Replace("0.571", "0.5"));
        Assert.StartsWith("batch_tokens 183412 ", Shell.Line("./moescale laws eval step-2025-batch D=1e11", folder.Path).Output);
        File.AppendAllText(folder.In("src", "MoeScale.Basics", "Quantity.cs"), "no code");
        Finished broken = Shell.Line("./moescale laws", folder.Path);
        Assert.Equal((2, ""), (broken.ExitCode, broken.Output));
        Assert.Contains("the build failed", broken.Error);
    }
}
