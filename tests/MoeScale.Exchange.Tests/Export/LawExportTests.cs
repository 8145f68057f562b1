using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Exchange.Export.Laws;
using MoeScale.Laws;

namespace MoeScale.Exchange.Tests.Export;

/// <summary>Laws in other languages: Python gives the same numbers, LaTeX and BibTeX are well formed.</summary>
public partial class LawExportTests
{
    // Names that other languages have another use for, or would confuse.
    private const string AwkwardNames = """
        id: 1 odd "law" {@x}
        predicts: loss
        formula: α_N*N^-alpha_N + λ/(D - Ê)^2 + math*in - -x_1^2^0.5 + max(N, D, k)/N - (a - (b - Ω)) + unused_*0 + part*Δ_start
        where:
          part: 2 * other
          other: sqrt(abs(N)) + exp(-min(a, b)) + log2(D)^2 * log10(D) / ln(D)
          not_needed: nobody * knows
        variables: { N: active_params, D: "tokens / 7" }
        coefficients:
          α_N: 0.1
          alpha_N: 0.2
          λ: 1e300
          Ê: { value: -3.5, sign: negative }
          math: 5.28e16
          in: 1e-17
          x_1: 3
          k: 1
          a: 0.1
          b: 0.2
          Ω: 0.30000000000000004
          unused_: 7
          Δ_start: 100
        note: "ends with a quote \" and has \"\"\" three, a \\ backslash, 50 % and {braces} _ # $ & ~ ^"
        """;

    private static NamedLaw Awkward => new("odd.yaml", LawFile.Parse(YamlMap.Parse(AwkwardNames, "odd.yaml")) with { Folder = "." });

    private static NamedLaw[] Catalog => [.. LawCatalog.Ids.Select(id => new NamedLaw(id, LawCatalog.Open(id)))];

    /// <summary>At points inside the experiments and far outside, to the rounding of the last digits.</summary>
    [Fact]
    public void Python_EveryLaw_GivesTheSameNumbers()
    {
        using TemporaryFolder folder = new();
        NamedLaw[] laws = [.. Catalog, Awkward];
        List<(Law Law, double[] Point, double Value)> cases =
        [
            .. laws.SelectMany(l => Points(l.Law).Select(p => (l.Law, p, l.Law.Evaluate(p)))).Where(c => double.IsFinite(c.Item3)),
        ];
        Assert.All(laws, l => Assert.True(cases.Count(c => c.Law == l.Law) >= 3, $"{l.Law.Id} has too few points"));
        File.WriteAllText(folder.In("laws.py"), new PythonLaws().Write(laws));
        string calls = string.Join("\n", cases.Select(c => $"    (f[{Array.FindIndex(laws, l => l.Law == c.Law)}], {Tuple(c.Point)}),"));
        File.WriteAllText(
            folder.In("check.py"),
            "import inspect, json, laws\n"
                + "f = sorted((v for v in vars(laws).values() if inspect.isfunction(v)), key=lambda v: v.__code__.co_firstlineno)\n"
                + $"print(json.dumps([c(*a) for c, a in [\n{calls}\n]]))\n"
        );
        double[] values = [.. JsonDocument.Parse(Python(folder.In("check.py"))).RootElement.EnumerateArray().Select(v => v.GetDouble())];
        Assert.Equal(cases.Count, values.Length);
        Assert.All(
            cases.Zip(values),
            c => Assert.True(Math.Abs(c.First.Value - c.Second) <= 1e-15 * Math.Abs(c.First.Value), $"{c.First.Law.Id}: {c.Second:R}")
        );
    }

    [Fact]
    public void Python_Names_AreSpeltInAsciiAndDiffer()
    {
        string text = new PythonLaws().Write([Awkward]);
        Assert.Contains("def law_1_odd__law____x_(\n", text);
        string[] names = [.. Parameter().Matches(text).Select(m => m.Groups[1].Value)];
        Assert.Equal(Awkward.Law.Coefficients.Count, names.Distinct().Count());
        Assert.Contains("alpha_N", names);
        Assert.Contains("alpha_N_", names);
        Assert.Contains("lambda_", names);
        Assert.Contains("math_", names);
        Assert.All(text[text.IndexOf("return", StringComparison.Ordinal)..], c => Assert.True(char.IsAscii(c)));
    }

    public static TheoryData<string> Ids => [.. LawCatalog.Ids, "awkward"];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Latex_OfALaw_IsBalanced(string id)
    {
        string text = new LatexLaws().Write([id == "awkward" ? Awkward : new NamedLaw(id, LawCatalog.Open(id))]);
        string plain = Comment().Replace(Escape().Replace(text, ""), "");
        int depth = 0;
        foreach (char c in plain)
        {
            depth += c switch
            {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            Assert.True(depth >= 0, text);
        }
        Assert.Equal(0, depth);
        Assert.Equal(0, plain.Count(c => c == '$') % 2);
        Assert.Equal(Regex.Count(plain, @"\\left\b"), Regex.Count(plain, @"\\right\b"));
        Assert.Equal(
            Begin().Matches(plain).Select(m => m.Groups[1].Value).Order(),
            End().Matches(plain).Select(m => m.Groups[1].Value).Order()
        );
        Assert.DoesNotContain(plain.ReplaceLineEndings(" "), c => char.IsControl(c));
    }

    [Fact]
    public void Latex_OfChinchilla_IsTheFormulaOfThePaper() =>
        Assert.Contains(
            @"\text{loss}(N, D) &= E + \frac{A}{N^{\alpha}} + \frac{B}{D^{\beta}}",
            new LatexLaws().Write([new NamedLaw("chinchilla-2024", LawCatalog.Open("chinchilla-2024"))])
        );

    [Fact]
    public void Latex_OfAllLaws_Compiles()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.In("laws.tex"), new LatexLaws().Write([.. Catalog, Awkward]));
        File.WriteAllText(
            folder.In("page.tex"),
            "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{amsmath}\\begin{document}\\input{laws}\\end{document}\n"
        );
        Run("pdflatex", ["-interaction=nonstopmode", "-halt-on-error", "page.tex"], folder.Path);
        Assert.True(File.Exists(folder.In("page.pdf")));
    }

    [Fact]
    public void Latex_FittedLaw_HasIntervals()
    {
        Law law = LawCatalog.Open("kaplan-2020-d") with
        {
            Fitted = new FittedLaw
            {
                Rows = 3,
                Digest = "sha256:0",
                Call = "fit",
                Objective = new MoeScale.Laws.Procedure.Objective(),
                Value = 0,
                Starts = new StartCounts(1, 1, 1),
                Certainties = [new CoefficientCertainty("α_D", 0.01, 0.08, null)],
            },
        };
        string text = new LatexLaws().Write([new NamedLaw("my.yaml", law)]);
        Assert.Contains(@"standard error & 90\,\% interval", text);
        Assert.Contains(@"$\alpha_{D}$ & $0.095$ & $0.01$ & $0.08$ to --", text);
        Assert.Contains("alpha_D=0.095,  # 90 % interval from 0.08 to (open)", new PythonLaws().Write([new NamedLaw("my.yaml", law)]));
    }

    [Fact]
    public void Bibtex_OfTheCatalog_HasEachPaperOnce()
    {
        string text = new BibtexLaws().Write(Catalog);
        string[] papers = [.. Catalog.Select(l => l.Law.Reference!.Arxiv!).Distinct()];
        Assert.Equal(papers.Order(), Eprint().Matches(text).Select(m => m.Groups[1].Value).Order());
        string[] keys = [.. Key().Matches(text).Select(m => m.Groups[1].Value)];
        Assert.Equal(papers.Length, keys.Distinct().Count());
        Assert.Contains("hoffmann2022training", keys);
        Assert.Equal(papers.Length, Regex.Count(text, "archivePrefix = {arXiv}"));
    }

    [Fact]
    public void Bibtex_LawOfAFile_NamesTheFile()
    {
        string text = new BibtexLaws().Write([Awkward]);
        Assert.Contains("howpublished  = {Law file odd.yaml}", text);
        Assert.Equal(text.Count(c => c == '{'), text.Count(c => c == '}'));
        Assert.Single(Key().Matches(text));
    }

    [Theory]
    [MemberData(nameof(Laws))]
    public void Reference_OfEachLaw_IsThatOfItsSource(string id)
    {
        Law law = LawCatalog.Open(id);
        Reference reference = law.Reference!;
        Assert.Contains($"arXiv {reference.Arxiv}", law.Source);
        Assert.Contains($" {reference.Year},", law.Source);
    }

    public static TheoryData<string> Laws => [.. LawCatalog.Ids];

    // Values of each variable in its range, and beyond it; those of shares stay shares.
    private static IEnumerable<double[]> Points(Law law)
    {
        double[] middle = [.. law.Variables.Select(v => Middle(law, v))];
        foreach (double factor in (double[])[1, 1.37, 0.11, 29.3, 3e4])
        {
            yield return [.. middle.Select((m, i) => m < 1 ? Math.Min(m * factor, 0.999) : Math.Max(1, m * factor * (1 + (0.1 * i))))];
        }
    }

    private static double Middle(Law law, Variable variable) =>
        law.Range.TryGetValue(variable.Name, out Interval? range) || law.Range.TryGetValue(variable.Column, out range)
            ? double.IsFinite(range.High)
                ? (range.Low + range.High) / 2
                : range.Low + 1
            : variable.Column == "weight_sparsity"
                ? 0.75
                : 1.23e9;

    private static string Tuple(double[] point) =>
        $"({string.Join(", ", point.Select(p => p.ToString("R", CultureInfo.InvariantCulture)))},)";

    private static string Python(string script) => Run("python3", [script], Path.GetDirectoryName(script)!);

    private static string Run(string program, string[] arguments, string folder)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, text + error.Result);
            return text;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"There is no {program} here.");
            throw;
        }
    }

    [GeneratedRegex(@"^    (\w+)=[-\d]", RegexOptions.Multiline)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\\[\\{}$%&#_]")]
    private static partial Regex Escape();

    [GeneratedRegex("%.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\begin\{(\w+\*?)\}")]
    private static partial Regex Begin();

    [GeneratedRegex(@"\\end\{(\w+\*?)\}")]
    private static partial Regex End();

    [GeneratedRegex(@"eprint +=  *\{([^}]+)\}")]
    private static partial Regex Eprint();

    [GeneratedRegex(@"^@misc\{(\S+),$", RegexOptions.Multiline)]
    private static partial Regex Key();
}
