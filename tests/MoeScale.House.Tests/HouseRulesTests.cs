namespace MoeScale.House.Tests;

/// <summary>Each rule finds what breaks it, in sources that are made up, and nothing in what keeps it.</summary>
public class HouseRulesTests
{
    [Fact]
    public void BrokenWalls_OfARoomThatKnowsOneAbove_AreFound()
    {
        Sources sources = Sources.Of(
            ("Models/Model.cs", "namespace MoeScale.Models; public class Model { }"),
            ("Laws/Bad.cs", "namespace MoeScale.Laws; public class Bad { MoeScale.Models.Model m; }"),
            ("Planning/Good.cs", "namespace MoeScale.Planning; public class Good { MoeScale.Models.Model m; }")
        );
        Assert.Equal(["Laws/Bad.cs names something of Models/Model.cs"], HouseRules.BrokenWalls(sources));
    }

    [Fact]
    public void Circles_OfFoldersThatKnowEachOther_AreFound()
    {
        (string, string) bottom = ("Laws/Runs/A.cs", "namespace MoeScale.Laws.Runs; public class A { }");
        (string, string) top = ("Laws/Fitting/B.cs", "namespace MoeScale.Laws.Fitting; public class B { Runs.A a; }");
        Assert.Empty(HouseRules.Circles(new Folders(Sources.Of(bottom, top))));
        string[] found =
        [
            .. HouseRules.Circles(
                new Folders(Sources.Of(bottom, top, ("Laws/Runs/C.cs", "namespace MoeScale.Laws.Runs; public class C { Fitting.B b; }")))
            ),
        ];
        Assert.StartsWith("a circle of ", found[0]);
        Assert.Contains("  Laws/Runs/C.cs names something of Laws/Fitting/B.cs", found);
    }

    [Fact]
    public void OtherNamespaces_AreFound() =>
        Assert.Equal(
            ["Laws/Runs/A.cs has namespace MoeScale.Laws"],
            HouseRules.OtherNamespaces(
                Sources.Of(("Laws/Runs/A.cs", "namespace MoeScale.Laws;"), ("Laws/Runs/B.cs", "namespace MoeScale.Laws.Runs;"))
            )
        );

    [Fact]
    public void LongLines_AreFoundOutsideQuotes()
    {
        string wide = new('x', 141);
        Assert.Equal([1], HouseRules.LongLines($"class A\n// {wide}\n{{ string s = \"\"\"\n{wide}\n\"\"\"; }}"));
        Assert.Empty(HouseRules.LongLines(wide[1..]));
    }

    [Fact]
    public void LongMethods_AreFound()
    {
        static string Method(string name, int lines) => $"void {name}()\n{{{new string('\n', lines - 1)}}}\n";
        Assert.Equal(
            ["Laws/A.cs Long has 101 lines"],
            HouseRules.LongMethods(Sources.Of(("Laws/A.cs", $"class A {{ {Method("Long", 101)} {Method("Short", 100)} }}")))
        );
    }

    [Theory]
    [InlineData("string s = \"give --tokens\";", true)]
    [InlineData("string s = $\"give '--max-tokens' {1}\";", true)]
    [InlineData("string s = \"\"\"--tokens\"\"\";", true)]
    [InlineData("/// <summary>What <c>train --config</c> reads.</summary>\nint a;", true)]
    [InlineData("string s = \"a -- b, x--y, -t\";", false)]
    [InlineData("/// <summary>From a -- to b.</summary>\nint a;", false)]
    public void NamedOptions_InTextsAndDocs_AreFound(string member, bool isFound)
    {
        string text = $"class A\n{{\n{member}\n}}";
        Assert.Equal(isFound ? 1 : 0, HouseRules.NamedOptions(Sources.Of(("Laws/A.cs", text))).Count());
        // The command may.
        Assert.Empty(HouseRules.NamedOptions(Sources.Of(("Cli/A.cs", text))));
    }

    [Theory]
    [InlineData("Phrase a = $\"give {S}\";", false)]
    [InlineData("Phrase a = yes ? (Phrase)$\"give {S}\" : \"\";", false)]
    [InlineData("Exception a = new UserException($\"give {S}\" + $\" or {S}\");", false)]
    [InlineData("string a = $\"give {S}\";", true)]
    [InlineData("Phrase a = yes ? $\"give {S}\" : \"\";", true)]
    [InlineData("Phrase a = 1 switch { 1 => $\"give {S}\", _ => \"\" };", true)]
    [InlineData("Exception a = new UserException($\"give {S}\" + \" or not\");", true)]
    [InlineData("Phrase a = string.Join(\", \", [$\"give {P}\"]);", true)]
    public void LostSettings_InTextsThatAreNoPhrases_AreFound(string statement, bool isFound)
    {
        string text = $$"""
            using MoeScale.Basics;
            namespace MoeScale.Laws;
            class A
            {
                static readonly Setting S = new("fit", "starts");
                static readonly Phrase P = $"{S}";
                static void M(bool yes) { {{statement}} }
            }
            """;
        Assert.Equal(isFound ? 1 : 0, Sources.WithBasics(("Laws/A.cs", text)).LostSettings.Count());
    }

    [Theory]
    [InlineData("if (e.Message.StartsWith(\"no\")) { }", true)]
    [InlineData("string s = warning.Replace(\"a\", \"b\");", true)]
    [InlineData("if (status.Reason == \"failed\") { }", true)]
    [InlineData("if (status.Reason is null || status.Reason != null) { }", false)]
    [InlineData("string s = name.Replace(\"a\", \"b\");", false)]
    public void CutSentences_AreFound(string statement, bool isFound)
    {
        string text = $"class A\n{{\nvoid M() {{ {statement} }}\n}}";
        Assert.Equal(isFound ? 1 : 0, HouseRules.CutSentences(Sources.Of(("Laws/A.cs", text))).Count());
        Assert.Empty(HouseRules.CutSentences(Sources.Of(("Basics/A.cs", text))));
    }
}
