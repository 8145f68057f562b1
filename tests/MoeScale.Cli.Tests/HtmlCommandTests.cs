using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MoeScale.Cli.Tests;

/// <summary>Web pages: well formed, loading nothing, with the words of the page and the numbers of the JSON.</summary>
public sealed partial class HtmlCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plan_AsHtml_HasWordsAndNumbersOfPageAndJson()
    {
        const string line = "plan --flops 1e22 --memory 80GB --kv-tokens 16k";
        (XElement html, string printed) = Html(line);
        Assert.Equal(Shell.MoeScale(line.Split(' ')).Output, printed);
        RequireWordsOf(printed, html);
        JsonElement json = RequireJsonOf(line, html);
        JsonElement best = json.GetProperty("best");
        Assert.Contains($"{best.GetProperty("loss").GetDouble():0.0000} nats per token", html.Value);
        Assert.Equal(json.GetProperty("candidates").GetArrayLength(), html.Descendants("tbody").First().Elements("tr").Count());
    }

    [Theory]
    [InlineData("plan --flops 1e22 --frontier memory=16GB..640GB --points 5", 1)]
    [InlineData("plan --isoflop 1e20,1e21", 1)]
    [InlineData("plan --target-loss 2.4 --memory 80GB", 0)]
    [InlineData("plan --flops 1e21 --law joint-2025,abnar-2025", 0)]
    [InlineData("cost mixtral-8x7b --context 32k", 0)]
    [InlineData("cost llama-2-7b --training --dp 8", 0)]
    [InlineData("cost", 0)]
    public void Verb_AsHtml_HasWordsChartsAndJson(string line, int charts)
    {
        (XElement html, string printed) = Html(line);
        RequireWordsOf(printed, html);
        RequireJsonOf(line, html);
        Assert.Equal(charts, html.Descendants("figure").Count());
    }

    [Fact]
    public void Fit_AsHtml_HasCoefficientsAndBothCharts()
    {
        string runs = _folder.Write("runs.csv", Runs());
        string line = $"fit {runs} --law kaplan-2020-d --no-profile";
        (XElement html, string printed) = Html(line);
        // The picture of signs is for a terminal.
        RequireWordsOf(printed[..printed.IndexOf("Intervals", StringComparison.Ordinal)], html);
        Assert.Equal(2, html.Descendants("figure").Count());
        JsonElement json = JsonDocument.Parse(html.Descendants("pre").Single().Value).RootElement;
        double value = json.GetProperty("coefficients").GetProperty("α_D").GetProperty("value").GetDouble();
        Assert.Contains(html.Descendants("td"), c => double.TryParse(c.Value, out double told) && Math.Abs(told - value) < 1e-5 * value);
    }

    [Fact]
    public void StudyReport_AsHtml_IsTheReportWithItsCharts()
    {
        string copy = _folder.In("granularity");
        CopyAnswers(Repository.In("studies", "granularity"), copy);
        string page = _folder.In("report.html");
        Finished run = Shell.MoeScale("study", "report", Repository.In("studies", "granularity.yaml"), "--out", copy, "--html", page);
        Assert.True(run.ExitCode is 0 or 1, run.Error);
        string report = File.ReadAllText(Path.Combine(copy, "report.md"));
        XElement html = Parsed(page);
        Assert.Equal(Regex.Count(report, @"^!\[", RegexOptions.Multiline), html.Descendants("figure").Count());
        Assert.Equal(
            Regex.Count(report, "^#", RegexOptions.Multiline),
            html.Descendants().Count(e => e.Name.LocalName is "h1" or "h2" or "h3")
        );
        Assert.Equal(Regex.Count(report, @"^\|( --- \|)+$", RegexOptions.Multiline), html.Descendants("table").Count());
        Assert.DoesNotContain("**", html.Value);
        string[] words = [.. Word().Matches(Regex.Replace(report, @"!\[.*\)|</?(details|summary)>|---|\*\*|\\", " ")).Select(m => m.Value)];
        Assert.All(words.Distinct(), w => Assert.Contains(w, html.Value));
    }

    [Fact]
    public void Html_ThatIsThereOrHasNoAnswer_IsNotWritten()
    {
        string page = _folder.Write("page.html", "mine");
        Finished run = Shell.MoeScale("cost", "gpt-2", "--html", page);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("exists already", run.Error);
        string none = _folder.In("none.html");
        Assert.Equal(1, Shell.MoeScale("plan", "--flops", "1e22", "--memory", "1kB", "--html", none).ExitCode);
        Assert.False(File.Exists(none));
        Assert.Equal(2, Shell.MoeScale("plan", "--flops", "1e22", "--export", "megatron", "--html", none).ExitCode);
    }

    [Fact]
    public void Html_TextThatWouldBeMarkup_MeansItself()
    {
        string model = Shell.MoeScale("plan", "--flops", "1e20", "--out", _folder.In("model.yaml")).Error;
        Assert.Equal("", model);
        string text = File.ReadAllText(_folder.In("model.yaml"));
        string odd = _folder.Write(
            "odd.yaml",
            Regex.Replace(text, "^id: .*$", "id: \"<script src='http://x'>&\\e[31m\"", RegexOptions.Multiline)
        );
        string page = _folder.In("odd.html");
        Finished run = Shell.MoeScale("cost", odd, "--html", page);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("<script src='http://x'>&", Parsed(page).Value);
    }

    private (XElement Html, string Printed) Html(string line)
    {
        string page = _folder.In("page.html");
        Finished run = Shell.MoeScale([.. line.Split(' '), "--html", page]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return (Parsed(page), run.Output);
    }

    // A name space of XML is no address that is loaded.
    private static XElement Parsed(string path)
    {
        XElement html = XDocument.Load(path).Root!;
        Assert.DoesNotContain(html.Descendants(), e => e.Name.LocalName is "script" or "link" or "img" or "iframe" or "object" or "image");
        Assert.All(
            html.DescendantsAndSelf().Attributes().Where(a => !a.IsNamespaceDeclaration),
            a => Assert.False(a.Name.LocalName is "src" or "href" || a.Value.Contains("url(", StringComparison.Ordinal), $"{a}")
        );
        string style = string.Concat(html.Descendants("style").Select(s => s.Value));
        Assert.DoesNotMatch("url|import|http", style);
        Assert.Contains("prefers-color-scheme: dark", style);
        Assert.Contains("@media print", style);
        return html;
    }

    private static void RequireWordsOf(string printed, XElement html)
    {
        string value = html.Value;
        Assert.All(printed.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Distinct(), w => Assert.Contains(w, value));
    }

    private static JsonElement RequireJsonOf(string line, XElement html)
    {
        Finished json = Shell.MoeScale([.. line.Split(' '), "--json"]);
        Assert.Equal(json.Output.TrimEnd(), html.Descendants("pre").Single().Value);
        return JsonDocument.Parse(json.Output).RootElement;
    }

    internal static void CopyAnswers(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    internal static string Runs() =>
        "tokens,loss\n"
        + string.Concat(
            Enumerable
                .Range(1, 12)
                .Select(i => FormattableString.Invariant($"{i}e9,{Math.Pow(5.4e13 / (i * 1e9), 0.095) * (1 + (i % 3 * 0.001))}\n"))
        );

    [GeneratedRegex(@"[\w.−+%]+")]
    private static partial Regex Word();
}
