using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoeScale.House.Tests;

/// <summary>The rules of docs/architecture.md that no compiler keeps, read from the sources.</summary>
public partial class HouseTests(Sources sources, ITestOutputHelper output) : IClassFixture<Sources>
{
    private const int LongestLine = 140;

    // The formatter gives each argument of a long call a line of its own.
    private const int LongestMethod = 100;

    // What a room may know: docs/architecture.md, "Rooms".
    private static readonly Dictionary<string, string[]> Walls = new()
    {
        ["Basics"] = [],
        ["Charts"] = [],
        ["Formulas"] = ["Basics"],
        ["Models"] = ["Basics", "Formulas"],
        ["Laws"] = ["Basics", "Formulas"],
        ["Training"] = ["Basics", "Models"],
        ["Exchange"] = ["Basics", "Formulas", "Laws", "Models", "Training"],
        ["Planning"] = ["Basics", "Formulas", "Laws", "Models"],
        ["Reporting"] = ["Basics", "Exchange", "Formulas", "Laws", "Models", "Planning", "Training"],
        ["Studies"] = ["Basics", "Charts", "Formulas", "Laws", "Models", "Planning", "Reporting", "Training"],
        ["Cli"] = ["Basics", "Charts", "Exchange", "Formulas", "Laws", "Models", "Planning", "Reporting", "Studies", "Training"],
    };

    [Fact]
    public void Rooms_KnowOnlyThoseBelow() =>
        None(
            sources
                .Uses.Where(u => u.From.Room != u.To.Room && !Walls[u.From.Room].Contains(u.To.Room))
                .Select(u => $"{u.From.Path} names something of {u.To.Path}")
        );

    [Fact]
    public void Folders_OfARoom_HaveNoCircle()
    {
        Folders folders = new(sources);
        output.WriteLine(folders.Picture);
        None(folders.Circles.Concat(folders.UsesInCircles.Select(u => $"  {u.From.Path} names something of {u.To.Path}")));
    }

    // MOESCALE_UPDATE_DOCS=1 draws it again, as for all that docs show of the program.
    [Fact]
    public void Picture_OfFolders_IsThatOfTheDocs()
    {
        const string begin = "<!-- folders -->\n\n";
        const string end = "\n<!-- /folders -->";
        string page = Path.Combine(sources.Root, "docs", "architecture.md");
        string text = File.ReadAllText(page);
        int start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        int stop = text.IndexOf(end, start, StringComparison.Ordinal);
        Assert.True(start >= begin.Length && stop >= start, $"{page} has no part that begins with {begin}");
        string picture = new Folders(sources).Picture;
        if (Environment.GetEnvironmentVariable("MOESCALE_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(page, text[..start] + picture + text[stop..]);
            return;
        }
        Assert.Equal(text[start..stop], picture);
    }

    [Fact]
    public void Namespaces_EqualFolders() =>
        None(
            sources.Files.SelectMany(f =>
                f.Tree.GetRoot()
                    .DescendantNodes()
                    .OfType<BaseNamespaceDeclarationSyntax>()
                    .Where(n => $"{n.Name}" != $"MoeScale.{f.Folder.Replace('/', '.')}")
                    .Select(n => $"{f.Path} has namespace {n.Name}")
            )
        );

    // What is quoted as it stands, between three quotes, keeps its lines.
    [Fact]
    public void Lines_AreShort() =>
        None(
            ((string[])["src", "tests", "bench"])
                .SelectMany(d => Directory.EnumerateFiles(Path.Combine(sources.Root, d), "*.cs", SearchOption.AllDirectories))
                .SelectMany(f => LongLines(File.ReadAllText(f)).Select(l => $"{Path.GetRelativePath(sources.Root, f)}:{l + 1}"))
        );

    private static IEnumerable<int> LongLines(string text)
    {
        int[] longLines = [.. text.Split('\n').Index().Where(l => l.Item.TrimEnd('\r').Length > LongestLine).Select(l => l.Index)];
        if (longLines.Length == 0)
        {
            return longLines;
        }
        HashSet<int> quoted =
        [
            .. CSharpSyntaxTree
                .ParseText(text)
                .GetRoot()
                .DescendantNodes()
                .Where(n => n.IsKind(SyntaxKind.StringLiteralExpression) || n.IsKind(SyntaxKind.InterpolatedStringExpression))
                .Where(n => n.GetFirstToken().Text.Contains("\"\"\"", StringComparison.Ordinal))
                .Select(n => n.GetLocation().GetLineSpan())
                .SelectMany(l => Enumerable.Range(l.StartLinePosition.Line, l.EndLinePosition.Line - l.StartLinePosition.Line + 1)),
        ];
        return longLines.Where(l => !quoted.Contains(l));
    }

    [Fact]
    public void Methods_FitOnAScreenOrTwo()
    {
        (string Name, int Lines)[] all =
        [
            .. sources
                .Files.SelectMany(f =>
                    f.Tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Select(m => (f.Path, Method: m))
                )
                .Select(m => ($"{m.Path} {m.Method.Identifier}", Lines(m.Method.Body ?? (SyntaxNode?)m.Method.ExpressionBody)))
                .OrderByDescending(m => m.Item2),
        ];
        foreach ((string name, int lines) in all.Take(25))
        {
            output.WriteLine($"{lines} {name}");
        }
        // Registers have no loops.
        None(all.Where(m => m.Lines > LongestMethod && !RegisterCode().IsMatch(m.Name)).Select(m => $"{m.Name} has {m.Lines} lines"));

        static int Lines(SyntaxNode? body) =>
            body is null ? 0
            : body.GetLocation().GetLineSpan() is FileLinePositionSpan s ? s.EndLinePosition.Line - s.StartLinePosition.Line + 1
            : 0;
    }

    // Somebody below may speak to a user of the command, of a study, or of the library.
    [Fact]
    public void Texts_BelowTheCommand_NameNoneOfItsOptions() =>
        None(
            sources
                .Files.Where(f => f.Room != "Cli" && !OptionsOfOthers().IsMatch(f.Path))
                .SelectMany(f =>
                    f.Tree.GetRoot()
                        .DescendantTokens()
                        .Where(t => IsText(t) && OptionName().IsMatch(t.ValueText))
                        .Select(t => $"{f.Path}:{t.GetLocation().GetLineSpan().StartLinePosition.Line + 1} says {t.ValueText}")
                )
        );

    // An interpolated string becomes a phrase only where one is asked for: in a condition or a switch of strings it is a string, and
    // what the setting is called would be said in nobody's terms.
    [Fact]
    public void Settings_InTexts_StayOpen() => None(sources.LostSettings);

    // Sentences are for people: what a program decides by is a kind. Basics alone cuts what the framework says.
    [Fact]
    public void Sentences_AreNeverCutReplacedOrCompared() =>
        None(
            sources
                .Files.Where(f => f.Room != "Basics")
                .SelectMany(f =>
                    f.Text.Split('\n')
                        .Index()
                        .Where(l => CutSentence().IsMatch(l.Item))
                        .Select(l => $"{f.Path}:{l.Index + 1}: {l.Item.Trim()}")
                )
        );

    private static void None(IEnumerable<string> found)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, $"{all.Length} places:\n{string.Join('\n', all)}");
    }

    private static bool IsText(SyntaxToken token) =>
        token.Kind()
            is SyntaxKind.StringLiteralToken
                or SyntaxKind.InterpolatedStringTextToken
                or SyntaxKind.MultiLineRawStringLiteralToken
                or SyntaxKind.SingleLineRawStringLiteralToken;

    [GeneratedRegex(@"(^|[\s'""(])--[a-z][a-z-]+")]
    private static partial Regex OptionName();

    // sbatch, squeue and scancel have options of their own; the table of recipes says which option is not called as its key.
    [GeneratedRegex("SlurmOption|SlurmQueue|SlurmExecutor|SbatchOptions|Recipes/RecipeSettings|MegatronScript|TorchTitanModule")]
    private static partial Regex OptionsOfOthers();

    [GeneratedRegex("Tile.cs Multiply$")]
    private static partial Regex RegisterCode();

    [GeneratedRegex(
        @"\b(Message|Reason|Status|[Ww]arning|[Nn]ote|Phrase)s?\.(TrimEnd|Replace|Split|StartsWith|EndsWith|Contains|IndexOf)\("
            + @"|\b(Message|Reason|Trouble)\s*[!=]=\s*(?!null)"
    )]
    private static partial Regex CutSentence();
}
