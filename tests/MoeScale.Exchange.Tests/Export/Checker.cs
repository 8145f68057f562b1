using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace MoeScale.Exchange.Tests.Export;

/// <summary>Golden files, and programs in Python that show them to an engine's own code.</summary>
internal static class Checker
{
    private static readonly string Folder = Repository.In("tests", "MoeScale.Exchange.Tests", "Export");

    /// <summary>Golden files with one of some endings, sorted.</summary>
    public static string[] Goldens(params string[] endings) =>
        [
            .. Directory
                .GetFiles(Path.Combine(Folder, "Goldens"))
                .Where(f => endings.Contains(Path.GetExtension(f)))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>A golden file.</summary>
    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder, "Goldens", name));

    /// <summary>A table of facts about an engine.</summary>
    public static IEnumerable<string[]> Facts(string name) =>
        File.ReadLines(Path.Combine(Folder, name)).Where(l => !l.StartsWith('#')).Select(l => l.Split(' '));

    /// <summary>The answer to each file; the test is skipped without a checkout, or without python3.</summary>
    /// <param name="program">In Python.</param>
    /// <param name="variable">Of the environment, that names a checkout of the engine.</param>
    /// <param name="files">To show.</param>
    public static IReadOnlyList<JsonElement> Run(string program, string variable, IReadOnlyList<string> files)
    {
        string? checkout = Environment.GetEnvironmentVariable(variable);
        Assert.SkipWhen(checkout is null, $"{variable} names no checkout of the engine.");
        ProcessStartInfo start = new("python3", [Path.Combine(Folder, program), checkout, .. files])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no python3 here.");
        }
        using (process)
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(lines.Length == files.Count, error.Result);
            JsonElement[] answers = [.. lines.Select(l => JsonDocument.Parse(l).RootElement)];
            Assert.All(answers, a => Assert.False(a.TryGetProperty("refused", out JsonElement _), $"{a}"));
            return answers;
        }
    }
}
