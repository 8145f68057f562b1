using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoeScale.House.Tests;

/// <summary>Sources as one compilation: which file names a type of which other file.</summary>
public sealed class Sources
{
    private const string Implicit = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private readonly Lazy<CSharpCompilation> _compilation;
    private readonly Lazy<IReadOnlyList<Use>> _uses;

    /// <summary>All below <c>src</c>.</summary>
    public Sources()
        : this(Below("")) { }

    private Sources(IEnumerable<SourceFile> files)
    {
        Files = [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)];
        _compilation = new(Compile);
        _uses = new(FindUses);
    }

    /// <summary>Files that a test makes up.</summary>
    /// <param name="files">Paths below src, without "MoeScale.", and texts.</param>
    public static Sources Of(params (string Path, string Text)[] files) => new(files.Select(f => SourceFile.Of(f.Path, f.Text)));

    /// <summary>The same with the room beside them that everybody knows.</summary>
    public static Sources WithBasics(params (string Path, string Text)[] files) =>
        new([.. Below("MoeScale.Basics"), .. files.Select(f => SourceFile.Of(f.Path, f.Text))]);

    private static IEnumerable<SourceFile> Below(string folder)
    {
        string src = Repository.In("src");
        return Directory
            .EnumerateFiles(Path.Combine(src, folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(src, f).Split(Path.DirectorySeparatorChar).Contains("obj"))
            .Select(f => SourceFile.Of(Path.GetRelativePath(src, f).Replace('\\', '/')["MoeScale.".Length..], File.ReadAllText(f)));
    }

    /// <summary>Every file, by path.</summary>
    public IReadOnlyList<SourceFile> Files { get; }

    /// <summary>Each pair of files of which the first names something of the second.</summary>
    public IReadOnlyList<Use> Uses => _uses.Value;

    /// <summary>Interpolated strings with a setting or a phrase in them that are no phrase themselves: where they stand.</summary>
    public IEnumerable<string> LostSettings =>
        Files
            .AsParallel()
            .AsOrdered()
            .SelectMany(f =>
            {
                SemanticModel model = _compilation.Value.GetSemanticModel(f.Tree);
                return f
                    .Tree.GetRoot()
                    .DescendantNodes()
                    .OfType<InterpolatedStringExpressionSyntax>()
                    .Where(s => s.Contents.OfType<InterpolationSyntax>().Any(i => IsOpen(model.GetTypeInfo(i.Expression).Type)))
                    .Where(s => !IsOpen(TypeOfSum(s, model)))
                    .Select(s => $"{f.Path}:{s.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {s}");
            });

    private static bool IsOpen(ITypeSymbol? type) => type?.Name is "Setting" or "Phrase" or "UserException";

    // A sum of interpolated strings is converted as a whole.
    private static ITypeSymbol? TypeOfSum(ExpressionSyntax text, SemanticModel model)
    {
        ExpressionSyntax whole = text;
        while (whole.Parent is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } or ParenthesizedExpressionSyntax)
        {
            whole = (ExpressionSyntax)whole.Parent;
        }
        return whole.Parent is CastExpressionSyntax cast ? model.GetTypeInfo(cast).Type : model.GetTypeInfo(whole).ConvertedType;
    }

    private CSharpCompilation Compile()
    {
        // The framework and the packages that this process runs with; the rooms themselves are compiled from their sources.
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(a => !Path.GetFileName(a).StartsWith("MoeScale.", StringComparison.Ordinal))
            .Select(a => MetadataReference.CreateFromFile(a));
        return CSharpCompilation.Create(
            "house",
            [CSharpSyntaxTree.ParseText(Implicit), .. Files.Select(f => f.Tree)],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true)
        );
    }

    private IReadOnlyList<Use> FindUses()
    {
        Dictionary<SyntaxTree, SourceFile> byTree = Files.ToDictionary(f => f.Tree);
        return
        [
            .. Files
                .AsParallel()
                .AsOrdered()
                .SelectMany(f =>
                {
                    SemanticModel model = _compilation.Value.GetSemanticModel(f.Tree);
                    return Named(f.Tree.GetRoot(), model)
                        .SelectMany(s => s.DeclaringSyntaxReferences)
                        .Select(r => r.SyntaxTree)
                        .Distinct()
                        .Where(t => t != f.Tree && byTree.ContainsKey(t))
                        .Select(t => new Use(f, byTree[t]));
                }),
        ];
    }

    private static IEnumerable<INamedTypeSymbol> Named(SyntaxNode root, SemanticModel model) =>
        root.DescendantNodes(n => n is not UsingDirectiveSyntax)
            .OfType<SimpleNameSyntax>()
            .Select(n => model.GetSymbolInfo(n))
            .SelectMany(i => i.Symbol is ISymbol s ? [s] : i.CandidateSymbols)
            .Select(s => s as INamedTypeSymbol ?? s.ContainingType)
            .OfType<INamedTypeSymbol>()
            .Select(t => t.OriginalDefinition)
            .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default);
}

/// <summary>A file of C#.</summary>
/// <param name="Path">Below src, with slashes and without "MoeScale.": "Laws/Law.cs".</param>
/// <param name="Text">What stands in it.</param>
/// <param name="Tree">The same, parsed.</param>
public sealed record SourceFile(string Path, string Text, SyntaxTree Tree)
{
    /// <summary>"Laws".</summary>
    public string Room => Path[..Path.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>"Laws/Fitting": the room, where the file lies in no folder of it.</summary>
    public string Folder => Path[..Path.LastIndexOf('/')];

    public static SourceFile Of(string path, string text) => new(path, text, CSharpSyntaxTree.ParseText(text, path: path));
}

/// <summary>One file names something of another.</summary>
public sealed record Use(SourceFile From, SourceFile To);
