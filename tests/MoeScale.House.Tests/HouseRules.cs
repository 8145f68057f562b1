using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoeScale.House.Tests;

/// <summary>The rules of docs/architecture.md that no compiler keeps: each gives the places that break it.</summary>
public static partial class HouseRules
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

    /// <summary>Rooms know only those below.</summary>
    public static IEnumerable<string> BrokenWalls(Sources sources) =>
        sources
            .Uses.Where(u => u.From.Room != u.To.Room && !Walls[u.From.Room].Contains(u.To.Room))
            .Select(u => $"{u.From.Path} names something of {u.To.Path}");

    /// <summary>Folders of a room know each other in one direction.</summary>
    public static IEnumerable<string> Circles(Folders folders) =>
        folders.Circles.Concat(folders.UsesInCircles.Select(u => $"  {u.From.Path} names something of {u.To.Path}"));

    /// <summary>A namespace is its folder.</summary>
    public static IEnumerable<string> OtherNamespaces(Sources sources) =>
        sources.Files.SelectMany(f =>
            f.Tree.GetRoot()
                .DescendantNodes()
                .OfType<BaseNamespaceDeclarationSyntax>()
                .Where(n => $"{n.Name}" != $"MoeScale.{f.Folder.Replace('/', '.')}")
                .Select(n => $"{f.Path} has namespace {n.Name}")
        );

    /// <summary>Lines are short, but for what is quoted as it stands, between three quotes: numbers of long ones, from 0.</summary>
    public static IEnumerable<int> LongLines(string text)
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

    /// <summary>Lines of each method, the longest first.</summary>
    public static IEnumerable<(string Name, int Lines)> Methods(Sources sources) =>
        sources
            .Files.SelectMany(f => f.Tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Select(m => (f.Path, Method: m)))
            .Select(m => ($"{m.Path} {m.Method.Identifier}", Lines(m.Method.Body ?? (SyntaxNode?)m.Method.ExpressionBody)))
            .OrderByDescending(m => m.Item2);

    /// <summary>Methods fit on a screen or two; registers have no loops.</summary>
    public static IEnumerable<string> LongMethods(Sources sources) =>
        Methods(sources)
            .Where(m => m.Lines > LongestMethod && !RegisterCode().IsMatch(m.Name))
            .Select(m => $"{m.Name} has {m.Lines} lines");

    /// <summary>Somebody below the command may speak to a user of it, of a study, or of the library: it names no option.</summary>
    public static IEnumerable<string> NamedOptions(Sources sources) =>
        sources
            .Files.Where(f => f.Room != "Cli" && !OptionsOfOthers().IsMatch(f.Path))
            .SelectMany(f =>
                f.Tree.GetRoot()
                    .DescendantTokens(descendIntoTrivia: true)
                    .Where(t => IsText(t) && OptionName().IsMatch(t.ValueText))
                    .Select(t => $"{f.Path}:{t.GetLocation().GetLineSpan().StartLinePosition.Line + 1} says {t.ValueText}")
            );

    /// <summary>
    /// Sentences are for people: what a program decides by is a kind. Basics alone cuts what the framework says.
    /// </summary>
    public static IEnumerable<string> CutSentences(Sources sources) =>
        sources
            .Files.Where(f => f.Room != "Basics")
            .SelectMany(f =>
                f.Text.Split('\n').Index().Where(l => CutSentence().IsMatch(l.Item)).Select(l => $"{f.Path}:{l.Index + 1}: {l.Item.Trim()}")
            );

    private static int Lines(SyntaxNode? body) =>
        body?.GetLocation().GetLineSpan() is FileLinePositionSpan s ? s.EndLinePosition.Line - s.StartLinePosition.Line + 1 : 0;

    private static bool IsText(SyntaxToken token) =>
        token.Kind()
            is SyntaxKind.StringLiteralToken
                or SyntaxKind.InterpolatedStringTextToken
                or SyntaxKind.MultiLineRawStringLiteralToken
                or SyntaxKind.SingleLineRawStringLiteralToken
                or SyntaxKind.XmlTextLiteralToken;

    [GeneratedRegex(@"(^|[\s'""(])--[a-z][a-z-]+")]
    private static partial Regex OptionName();

    // sbatch, squeue and scancel have options of their own; the table of recipes says which option is not called as its key.
    [GeneratedRegex("SlurmOption|SlurmWords|SlurmQueue|SlurmExecutor|SbatchOptions|Recipes/RecipeSettings|MegatronScript|TorchTitanModule")]
    private static partial Regex OptionsOfOthers();

    [GeneratedRegex("Tile.cs Multiply$")]
    private static partial Regex RegisterCode();

    [GeneratedRegex(
        @"\b(Message|Reason|Status|[Ww]arning|[Nn]ote|Phrase)s?\.(TrimEnd|Replace|Split|StartsWith|EndsWith|Contains|IndexOf)\("
            + @"|\b(Message|Reason|Trouble)\s*[!=]=(?!\s*null)"
    )]
    private static partial Regex CutSentence();
}
