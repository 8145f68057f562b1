using FsCheck;
using FsCheck.Fluent;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests;

public class LawWriterTests
{
    private static Law Reread(Law law) => LawFile.Parse(YamlMap.Parse(LawWriter.Write(law), "written.yaml"));

    public static TheoryData<string> Ids => [.. LawCatalog.Ids];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Write_LawOfTheCatalog_ReadsBackTheSame(string id) => RequireSame(LawCatalog.Open(id), Reread(LawCatalog.Open(id)));

    /// <summary>Any bits of a coefficient survive, and so does any text.</summary>
    [Fact]
    public void Write_AnyCoefficientsAndTexts_ReadBackTheSame()
    {
        Gen<(Law, double, string)> cases =
            from id in Gen.Elements<string>([.. LawCatalog.Ids])
            from value in ArbMap.Default.GeneratorFor<NormalFloat>()
            from text in ArbMap.Default.GeneratorFor<NonNull<string>>()
            select (LawCatalog.Open(id), value.Item, text.Item);
        Prop.ForAll(
                cases.ToArbitrary(),
                given =>
                {
                    (Law law, double value, string text) = given;
                    // The reader trims, and a half of a surrogate pair is no text.
                    string trimmed = string.Concat(text.EnumerateRunes()).Trim();
                    Law changed = law with
                    {
                        Note = trimmed,
                        Coefficients =
                        [
                            .. law.Coefficients.Select(c => c with { Value = value + c.Value, Sign = Sign.Any, Low = null, High = null }),
                        ],
                        Procedure = null,
                    };
                    RequireSame(changed, Reread(changed));
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20250101UL, 1UL));
    }

    [Theory]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("# no comment")]
    [InlineData("true")]
    [InlineData("1e5")]
    [InlineData("- item")]
    [InlineData("{ not: a map }")]
    [InlineData("'single' and \"double\" \\ quotes")]
    [InlineData("line\nline\ttab\u001b[31m")]
    [InlineData("*alias &anchor !tag %directive @at `tick")]
    [InlineData("ends with:")]
    [InlineData("emoji 😀 and\u2028separators\ufeff.")]
    public void Write_TextThatYamlCouldMisread_ReadsBackTheSame(string text)
    {
        Law law = LawCatalog.Open("joint-2025");
        Law changed = law with
        {
            Id = text,
            Note = text,
            Variables = [law.Variables[0] with { Meaning = text }, .. law.Variables.Skip(1)],
            Allocations = [text],
            Fitted = FittedLaws.With("joint-2025", 1).Fitted! with
            {
                Call = text,
                Warnings = [new FitWarning.Text(text), new FitWarning.NoFloor(text)],
            },
        };
        RequireSame(changed, Reread(changed));
    }

    [Fact]
    public void Write_FittedLaw_ReadsBackTheSame()
    {
        Law law = FittedLaws.With("joint-2025", draws: 20);
        RequireSame(law, Reread(law));
        Law interrupted = law with
        {
            Fitted = law.Fitted! with
            {
                Finished = false,
                GradientNorm = null,
                Condition = null,
                Sample = null,
                Covariance = null,
                Objective = new(ObjectiveKind.Abs, Reduce: Reduction.Mean),
                Warnings = [],
            },
        };
        RequireSame(interrupted, Reread(interrupted));
    }

    [Fact]
    public void Write_Bounds_ReadBackTheSame()
    {
        Law law = LawCatalog.Open("chinchilla-2024");
        // Bounds around the published values leave some of the grid outside.
        Law bounded = law with
        {
            Procedure = null,
            Coefficients = [.. law.Coefficients.Select(c => c with { Low = c.Value / 3, High = c.Name == "E" ? null : c.Value * 3 })],
        };
        RequireSame(bounded, Reread(bounded));
    }

    [Fact]
    public void Write_FormulaThatSpellsGreek_SpellsNamesAsItDoes()
    {
        string text = LawWriter.Write(LawCatalog.Open("chinchilla-2024"), "Fitted by hand.\nTwice.");
        Assert.StartsWith("# Fitted by hand.\n# Twice.\nid: chinchilla-2024\n", text);
        Assert.Contains("\n  alpha: { value: 0.3478, sign: positive }\n", text);
        Assert.Contains("\n  active_params: [70M, 16B]\n", text);
        Assert.Contains("\n    beta: [0, 0.5, 1, 1.5, 2]\n", text);
    }

    [Fact]
    public void Write_ColumnsOfAnyName_ReadBackTheSame()
    {
        RunTable table = RunTable.Read(new MemoryStream("val/params,a: b,loss\n1e9,2e10,2.5\n"u8.ToArray()), "runs.csv");
        const string formula = "c + a*`val/params`^-α + b*D^-β";
        FitColumns columns = ColumnMap.Parse(table, "D=`a: b`").For(Parser.ParseNumber(formula, "test"), formula);
        Law law = LawCatalog.Open("chinchilla-2024") with
        {
            FormulaText = formula,
            WhereTexts = [],
            Formula = Parser.ParseNumber(formula, "test"),
            Procedure = null,
            Variables = columns.Letters,
            Coefficients = [.. ((string[])["c", "a", "α", "b", "β"]).Select(n => new Coefficient(n, 1, Sign.Positive))],
            Range = new Dictionary<string, Interval> { ["`val/params`"] = new(1, 2) },
        };
        string text = LawWriter.Write(law);
        Law read = LawFile.Parse(YamlMap.Parse(text, "law.yaml"));
        Assert.Equal(text, LawWriter.Write(read));
        Assert.Equal(["val/params", "D"], read.Variables.Select(v => v.Name));
        Assert.Equal(["val/params", "a: b"], read.Variables.Select(v => v.Column));
        Assert.Equal(["`val/params`"], read.Range.Keys);
        Excess outside = Assert.Single(RangeCheck.Outside(read, name => name == "val/params" ? 3 : null));
        Assert.Equal(3, outside.Value);
    }

    [Fact]
    public void Write_IntoAnotherFolder_PathsStillLeadThere()
    {
        Law law = LawCatalog.Open("joint-2025") with
        {
            Folder = "/laws/mine",
            Family = "shapes.yaml",
            Rates = ["../rate.yaml", "step-2025-lr"],
            DensePartner = "/whole/dense.yaml",
            Allocations = ["./bare"],
        };
        Law written = LawFile.Parse(YamlMap.Parse(LawWriter.Write(law, folder: "/laws/new"), "written.yaml"));
        Assert.Equal("../mine/shapes.yaml", written.Family);
        Assert.Equal(["../rate.yaml", "step-2025-lr"], written.Rates);
        Assert.Equal("/whole/dense.yaml", written.DensePartner);
        Assert.Equal("./bare", LawFile.Parse(YamlMap.Parse(LawWriter.Write(law, folder: "/laws/mine"), "written.yaml")).Allocations[0]);
    }

    [Fact]
    public void Write_SampleOfOtherCoefficients_IsRefused()
    {
        Law law = FittedLaws.With("joint-2025", 1);
        Law other = law with { Coefficients = [.. law.Coefficients.Reverse()] };
        Assert.Contains("it needs those of the law", Assert.Throws<ArgumentException>(() => LawWriter.Write(other)).Message);
    }

    /// <summary>A sample of as many draws as there is room for can be read again, though each number is as long as numbers are.</summary>
    [Fact]
    public void MaxDraws_OfLongNumbers_AreFewerThanAFileHolds()
    {
        const double Long = -1.2345678901234567e-308;
        Law law = FittedLaws.With("chinchilla-2024", 2);
        string[] names = [.. law.Coefficients.Select(c => c.Name)];
        int Length(int draws) =>
            LawWriter
                .Write(
                    law with
                    {
                        Fitted = law.Fitted! with
                        {
                            Sample = new CoefficientTable(names, [.. Enumerable.Repeat(Long, draws * names.Length)]),
                        },
                    }
                )
                .Length;
        int most = FittedLaw.MaxDraws(names.Length);
        Assert.InRange(Length(1) + ((long)(most - 1) * (Length(3) - Length(2))), TextFile.LargestBytes / 2, TextFile.LargestBytes);
    }

    private static void RequireSame(Law a, Law b)
    {
        Assert.Equal((a.Id, a.Predicts, a.FormulaText, a.Source, a.Note), (b.Id, b.Predicts, b.FormulaText, b.Source, b.Note));
        Assert.Equal(
            (a.Error, a.TrainingCost?.Text, a.InferenceCost?.Text, a.Family, a.DensePartner),
            (b.Error, b.TrainingCost?.Text, b.InferenceCost?.Text, b.Family, b.DensePartner)
        );
        Assert.Equal(a.WhereTexts, b.WhereTexts);
        Assert.Equal(a.Variables.Select(v => (v.Name, v.Text, v.Meaning)), b.Variables.Select(v => (v.Name, v.Text, v.Meaning)));
        Assert.Equal(a.Coefficients, b.Coefficients); // doubles equal to the bit, but for the sign of zero
        Assert.Equal(a.Fixed, b.Fixed);
        Assert.Equal(
            a.Candidates.Select(c => (c.Key, string.Join(' ', c.Value))),
            b.Candidates.Select(c => (c.Key, string.Join(' ', c.Value)))
        );
        Assert.Equal(a.Range, b.Range);
        Assert.Equal(a.Rates, b.Rates);
        Assert.Equal(a.Allocations, b.Allocations);
        RequireSame(a.Procedure, b.Procedure);
        RequireSame(a.Fitted, b.Fitted);
        double[] point = [.. a.Variables.Select((_, i) => 0.3 + i)];
        Assert.Equal(a.Evaluate(point), b.Evaluate(point));
    }

    private static void RequireSame(FitProcedure? a, FitProcedure? b)
    {
        Assert.Equal(a is null, b is null);
        if (a is not null && b is not null)
        {
            Assert.Equal((a.Objective, a.Weight, a.HoldOut, a.SelectByError), (b.Objective, b.Weight, b.HoldOut, b.SelectByError));
            Assert.Equal(a.Fix, b.Fix);
            Assert.Equal(a.Starts.Keys, b.Starts.Keys);
            Assert.All(a.Starts, s => Assert.Equal(s.Value, b.Starts[s.Key]));
        }
    }

    private static void RequireSame(FittedLaw? a, FittedLaw? b)
    {
        Assert.Equal(a is null, b is null);
        if (a is not null && b is not null)
        {
            Assert.Equal(
                (a.Rows, a.Digest, a.Call, a.Objective, a.Value, a.Starts),
                (b.Rows, b.Digest, b.Call, b.Objective, b.Value, b.Starts)
            );
            Assert.Equal((a.GradientNorm, a.Condition, a.Finished, a.Level), (b.GradientNorm, b.Condition, b.Finished, b.Level));
            Assert.Equal(a.Certainties, b.Certainties);
            Assert.Equal(a.Warnings, b.Warnings);
            Assert.Equal(a.Checklist, b.Checklist);
            RequireSame(a.Covariance, b.Covariance);
            RequireSame(a.Sample, b.Sample);
        }
    }

    private static void RequireSame(CoefficientTable? a, CoefficientTable? b)
    {
        Assert.Equal((a is null, a?.Count), (b is null, b?.Count));
        for (int row = 0; row < a?.Count; row++)
        {
            Assert.Equal(a[row].ToArray(), b![row].ToArray());
        }
    }
}
