using System.Buffers.Binary;

namespace MoeScale.Cli.Tests;

/// <summary>Charts as PNG, wherever they are SVG.</summary>
public sealed class PngCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plan_WithPng_DrawsTheFrontier()
    {
        string path = _folder.In("frontier.png");
        Finished run = Shell.MoeScale("plan", "--flops", "1e22", "--frontier", "memory=16GB..640GB", "--points", "5", "--png", path);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        RequireChart(path);
        Finished again = Shell.MoeScale("plan", "--isoflop", "1e20", "--png", path);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("--png", again.Error);
        Assert.Equal(2, Shell.MoeScale("plan", "--flops", "1e22", "--png", _folder.In("none.png")).ExitCode);
    }

    [Fact]
    public void Fit_WithPng_DrawsBothCharts()
    {
        string runs = _folder.Write("runs.csv", HtmlCommandTests.Runs());
        Finished run = Shell.MoeScale("fit", runs, "--law", "kaplan-2020-d", "--no-profile", "--png", _folder.In("fit.png"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        RequireChart(_folder.In("fit.png"));
        RequireChart(_folder.In("fit-residuals.png"));
        Assert.Equal(2, Shell.MoeScale("fit", runs, "--law", "kaplan-2020-d", "--png", _folder.In("fit-residuals.png")).ExitCode);
    }

    [Fact]
    public void StudyReport_WithPng_HasOneBesideEachChart()
    {
        string copy = _folder.In("granularity");
        HtmlCommandTests.CopyAnswers(Repository.In("studies", "granularity"), copy);
        Finished run = Shell.MoeScale("study", "report", Repository.In("studies", "granularity.yaml"), "--out", copy, "--png");
        Assert.True(run.ExitCode is 0 or 1, run.Error);
        string[] charts = [.. Directory.EnumerateFiles(copy, "*.svg")];
        Assert.NotEmpty(charts);
        Assert.All(charts, c => RequireChart(Path.ChangeExtension(c, ".png")));
        Shell.MoeScale("study", "report", Repository.In("studies", "granularity.yaml"), "--out", copy);
        Assert.Empty(Directory.EnumerateFiles(copy, "*.png"));
    }

    // That it is not blank, a test of the room of charts shows.
    private static void RequireChart(string path)
    {
        byte[] png = File.ReadAllBytes(path);
        Assert.Equal((byte[])[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        Assert.Equal(1280, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        Assert.InRange(png.Length, 10_000, 1_000_000);
    }
}
