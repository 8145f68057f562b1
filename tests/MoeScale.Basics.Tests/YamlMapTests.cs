namespace MoeScale.Basics.Tests;

public class YamlMapTests
{
    private static YamlMap Parse(string text) => YamlMap.Parse(text, "f.yaml");

    private static string Message(Action read) => Assert.Throws<UserException>(read).Message;

    [Fact]
    public void Values_OfEachKind_AreRead()
    {
        YamlMap map = Parse("id: x\nn: 1.5B\nflag: true\nlist: [1, 2k]\nmap: { a: 1 }\n");
        Assert.Equal("x", map.Text("id"));
        Assert.Equal(1.5e9, map.Number("n"));
        Assert.True(map.Flag("flag", otherwise: false));
        Assert.Equal([1, 2000], map.Numbers("list"));
        Assert.Equal(1, map.Map("map").Number("a"));
        Assert.Null(map.OptionalText("absent"));
        Assert.Empty(map.Texts("absent"));
        Assert.Equal(["id", "n", "flag", "list", "map"], map.Keys);
    }

    [Fact]
    public void Maps_OfOneOrSeveral_AreAList()
    {
        YamlMap map = Parse("one: { a: 1 }\nmany:\n  - { a: 1 }\n  - { a: 2 }\nother: [1]\n");
        Assert.Equal([1], map.Maps("one").Select(m => m.Number("a")));
        Assert.Equal([1, 2], map.Maps("many").Select(m => m.Number("a")));
        Assert.Empty(map.Maps("absent"));
        Assert.StartsWith("f.yaml:4:", Message(() => map.Maps("many")[1].RefuseOthers(["b"])));
        Assert.Contains("f.yaml:5:8: 'other' needs a mapping", Message(() => map.Maps("other")));
    }

    [Fact]
    public void With_ReplacesAddsAndTakesOut_AndIsWrittenAsItIsRead()
    {
        YamlMap map = Parse("a: 1\nlist: [x, y]\nb: 2\n");
        YamlMap changed = map.With([
            KeyValuePair.Create("a", (string?)"3*c"),
            KeyValuePair.Create("b", (string?)null),
            KeyValuePair.Create("c", (string?)"4"),
        ]);
        Assert.Equal("1", map.Text("a"));
        YamlMap read = Parse(changed.ToText());
        Assert.Equal("3*c", read.Text("a"));
        Assert.Equal(4, read.Number("c"));
        Assert.False(read.Has("b"));
        Assert.Equal(["x", "y"], read.Texts("list"));
    }

    [Theory]
    [InlineData("number: 1\ntext: \"1\"\n")]
    [InlineData("flag: true\ntext: \"true\"\nnothing: null\n")]
    [InlineData("formula: 3 * d_model\ncolon: \"a: b\"\nlines: \"two\\nlines\"\n")]
    [InlineData("list: [1, x, \"a, b\"]\nmap: { a: 1, b: \"x: y\" }\n")]
    public void ToText_IsTheMappingAgain(string text) => Assert.Equal(text, Parse(text).ToText());

    [Fact]
    public void Error_InANestedMap_NamesFileLineColumnAndPath() =>
        Assert.StartsWith(
            "f.yaml:3:6: map.a 'many' is not a number",
            Message(() => Parse("id: x\nmap:\n  a: many\n").Map("map").Number("a"))
        );

    [Fact]
    public void RefuseOthers_MisspeltKey_IsGuessed()
    {
        string message = Message(() => Parse("id: x\nformla: a\n").RefuseOthers(["id", "formula"]));
        Assert.Equal("f.yaml:2:9: 'formla' is not known here (did you mean 'formula'?); known are id, formula.", message);
    }

    [Theory]
    [InlineData("id: x\nflag: maybe\n", "f.yaml:2:7: 'flag' is 'maybe'; it needs true or false.")]
    [InlineData("id: x\nflag: [a]\n", "f.yaml:2:7: 'flag' needs a single value.")]
    public void Flag_NotTrueOrFalse_IsRefused(string text, string expected) =>
        Assert.Equal(expected, Message(() => Parse(text).Flag("flag", otherwise: false)));

    [Fact]
    public void Text_MissingKey_SaysWhich() =>
        Assert.Equal("f.yaml:1: the file needs a value for 'id'.", Message(() => Parse("a: 1\n").Text("id")));

    [Theory]
    [InlineData("a: [1\n")]
    [InlineData("id: a\ngrid: {d_model: [16\ntrain: { tokens: 20k }\n")]
    [InlineData("a: 1\na: 2\n")]
    [InlineData("a: *nowhere\n")]
    [InlineData("\t- x: y\n")]
    [InlineData("- 1\n- 2\n")]
    [InlineData("just text")]
    [InlineData("")]
    [InlineData("a: 1\n---\nb: 2\n")]
    [InlineData("? [1, 2]\n: 3\n")]
    public void Parse_NoMapping_IsAUserError(string text) => Assert.StartsWith("f.yaml", Message(() => Parse(text)));

    /// <summary>Each is refused where it becomes too much, before the rest is looked at.</summary>
    [Theory]
    [InlineData("id: ", "[", 100_000, "f.yaml:1:104: brackets or lines are nested more than 100 levels deep")]
    [InlineData("id: ", "{a: ", 100_000, "f.yaml:1:401: brackets or lines are nested")]
    [InlineData("id:\n", "- ", 100_000, "f.yaml:2:199: brackets or lines are nested")]
    [InlineData("", "? ", 100_000, "f.yaml:1:201: brackets or lines are nested")]
    [InlineData("", "a: b\n? [1]\n: ", 100_000, "f.yaml:")]
    [InlineData(
        "id: [",
        "1, ",
        100_000,
        "f.yaml:1:299997: the file has more than 100000 keys and values; no file of this kind needs so many."
    )]
    public void Parse_Nested_OrOfManyParts_IsRefusedNotCrashed(string start, string part, int times, string expected) =>
        Assert.StartsWith(expected, Message(() => Parse(start + string.Concat(Enumerable.Repeat(part, times)))));

    [Fact]
    public void Parse_MillionKeys_IsRefused() =>
        Assert.StartsWith(
            "f.yaml:50000:9: the file has more than 100000 keys",
            Message(() => Parse(string.Concat(Enumerable.Range(0, 1_000_000).Select(i => $"k{i}: 1\n"))))
        );

    [Fact]
    public void Parse_KeysBelowKeys_AreRefused() =>
        Assert.Contains(
            "nested more than 100 levels",
            Message(() => Parse(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{new string(' ', i)}a:\n"))))
        );

    [Theory]
    [InlineData("a: &x 1\nb: 2\n", "f.yaml:1:4: an anchor, '&x', is not read. Leave it out, and write the value out wherever it is meant.")]
    [InlineData("b: *x\n", "f.yaml:1:4: an alias, '*x', is not read. Write the value out.")]
    [InlineData("*x : 1\n", "f.yaml:1:1: an alias, '*x', is not read. Write the value out.")]
    [InlineData("a: &x [*x]\n", "f.yaml:1:4: an anchor, '&x', is not read.")]
    public void Parse_AnchorsAndAliases_AreRefused(string text, string expected) => Assert.StartsWith(expected, Message(() => Parse(text)));

    [Fact]
    public void Parse_ManyBrackets_SideBySide_AreRead() =>
        Assert.Equal(2000, Parse($"a: [{string.Join(", ", Enumerable.Repeat("{ b: 1 }", 2000))}]").Maps("a").Count);

    [Fact]
    public void Read_NoSuchFile_IsAUserError() =>
        Assert.Equal("/no/such.yaml cannot be read: there is no such folder.", Message(() => YamlMap.Read("/no/such.yaml")));

    [Fact]
    public void Read_AFolder_IsAUserError() =>
        Assert.Equal($"{Path.GetTempPath()} is a folder; a file is needed.", Message(() => YamlMap.Read(Path.GetTempPath())));
}
