using System.Reflection;
using MoeScale.Basics;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests;

/// <summary>Warnings in law files: a kind with its numbers, and the sentences of earlier versions.</summary>
public class WarningFieldsTests
{
    public static TheoryData<string> Kinds => [.. All.Select(t => t.FullName!)];

    // What parabolas lack is no warning of a law.
    private static IEnumerable<Type> All =>
        typeof(FitWarning)
            .Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(FitWarning)) && !t.IsAbstract && t != typeof(IsoFlopNote.NoCurves));

    /// <summary>Every kind there is, with numbers of any bits and names that YAML could misread.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_AnyWarning_ReadsBackToTheBit(string type)
    {
        Random random = new(7);
        for (int i = 0; i < 20; i++)
        {
            FitWarning warning = Any(typeof(FitWarning).Assembly.GetType(type)!, random);
            Assert.Equal(warning, Assert.Single(Reread(LawWriter.Write(With(warning))).Fitted!.Warnings));
        }
    }

    [Fact]
    public void Write_AWarning_IsOneFlowMapping()
    {
        string written = LawWriter.Write(
            With(new FitWarning.FewStarts(40, 1), new OpenDirection.ChangeTogether(["a", "α"]), new FitWarning.AlikeRows(0.5, 40, null))
        );
        Assert.Contains(
            """
              warnings:
                - { kind: few_starts, tried: 40, agreeing: 1 }
                - { kind: change_together, coefficients: [a, α] }
                - { kind: alike_rows, correlation: 0.5, groups: 40 }

            """,
            written
        );
    }

    [Fact]
    public void Read_SentencesOfEarlierVersions_KeepsThem()
    {
        string written = LawWriter.Write(With(new FitWarning.FewStarts(40, 1)));
        string older = written.Replace(
            "    - { kind: few_starts, tried: 40, agreeing: 1 }\n",
            "    - only one of 40 starting points led to this optimum\n    - \"E_max grows without end: these runs do not bound it\"\n",
            StringComparison.Ordinal
        );
        Law law = Reread(older);
        Assert.Equal(
            [
                new FitWarning.Text("only one of 40 starting points led to this optimum"),
                new FitWarning.Text("E_max grows without end: these runs do not bound it"),
            ],
            law.Fitted!.Warnings
        );
        Assert.Equal(law.Fitted.Warnings, Reread(LawWriter.Write(law)).Fitted!.Warnings);
    }

    [Theory]
    [InlineData("kind: few_star, tried: 40, agreeing: 1")]
    [InlineData("kind: few_starts, tried: 40")]
    [InlineData("kind: few_starts, tried: many, agreeing: 1")]
    [InlineData("kind: few_starts, tried: 40, agreeing: 1, led: 2")]
    [InlineData("kind: change_together, coefficients: a")]
    public void Read_AWarningThatIsNone_IsRefusedWithItsPlace(string fields)
    {
        string written = LawWriter.Write(With(new FitWarning.FewStarts(40, 1)));
        string changed = written.Replace("kind: few_starts, tried: 40, agreeing: 1", fields, StringComparison.Ordinal);
        string message = Assert.Throws<UserException>(() => Reread(changed)).Message;
        Assert.Matches(@"^written\.yaml:\d+:\d+: a warning of the kind '", message);
    }

    private static Law With(params FitWarning[] warnings)
    {
        Law law = FittedLaws.With("joint-2025", 1);
        return law with { Fitted = law.Fitted! with { Warnings = warnings } };
    }

    private static Law Reread(string text) => LawFile.Parse(YamlMap.Parse(text, "written.yaml"));

    private static FitWarning Any(Type type, Random random)
    {
        ConstructorInfo made = type.GetConstructors()[0];
        return (FitWarning)
            made.Invoke([
                .. made.GetParameters().Select(p => p.HasDefaultValue && random.Next(4) == 0 ? null : Value(p.ParameterType, random)),
            ]);
    }

    private static object Value(Type type, Random random)
    {
        if (type == typeof(int))
        {
            return random.Next();
        }
        if (type == typeof(double))
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            return double.IsFinite(value) ? value : 0.1;
        }
        string[] texts = ["a", "α_0", "true", "1e5", "a, b: {c} [d]", "'single' \"double\" \\", "# no comment", "line\nend"];
        if (type == typeof(string))
        {
            return texts[random.Next(texts.Length)];
        }
        return (string[])[texts[random.Next(texts.Length)], texts[random.Next(texts.Length)]];
    }
}
