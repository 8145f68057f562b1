using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests;

/// <summary>A law says what models it speaks of, and notices others.</summary>
public class StatedModelsTests
{
    private static readonly string[] Dense =
    [
        "chinchilla-2022",
        "chinchilla-2024",
        "sardana-2024",
        "kaplan-2020",
        "kaplan-2020-n",
        "kaplan-2020-d",
        "muennighoff-2023",
        "muennighoff-2023-repeats",
        "frantar-2023",
        "fine-grained-2024-dense",
        "deepseek-2024-lr",
        "deepseek-2024-batch",
        "deepseek-2024-tokens",
        "deepseek-2024-flops-per-token",
        "llama3-2024",
        "porian-2024-lr",
        "porian-2024-batch",
        "ling-2025-dense-tokens",
        "ling-2025-dense-flops-per-token",
    ];

    private const string Bare = "1.36 + a*active_params^-0.18 + 35*tokens^-0.17";

    private static Func<string, double?> Columns(double experts, double granularity, double topK, double shared) =>
        name =>
            name switch
            {
                "experts" => experts,
                "granularity" => granularity,
                "expert_count" => experts * granularity,
                "top_k" => topK,
                "shared_experts" => shared,
                _ => null,
            };

    private static string[] NotCovered(string id, Func<string, double?> columns) =>
        [.. RangeCheck.NotCovered(LawCatalog.Open(id), columns).Select(e => e.InWords())];

    [Fact]
    public void Unspoken_LawsOfDenseModels_SayThatExpertsAreNone() =>
        Assert.All(
            Dense,
            id =>
            {
                Assert.Empty(NotCovered(id, Columns(1, 1, 1, 0)));
                Assert.Equal(["experts is 8, not 1"], NotCovered(id, Columns(8, 4, 4, 1)));
                Assert.Equal(["shared_experts is 1, not 0"], NotCovered(id, Columns(1, 1, 1, 1)));
            }
        );

    /// <summary>Tables 3 and 4 of the fine-grained paper cut experts G times finer and give a token G of them.</summary>
    [Theory]
    [InlineData("joint-2025", 8, 1, 1, 0, "")]
    [InlineData("joint-2025", 1, 1, 1, 0, "")]
    [InlineData("joint-2025", 2, 1, 2, 0, "top_k is 2, not 1")]
    [InlineData("joint-2025", 8, 1, 1, 1, "shared_experts is 1, not 0")]
    [InlineData("joint-2025-lr", 8, 4, 4, 0, "granularity is 4, not 1; top_k is 4, not 1")]
    [InlineData("fine-grained-2024", 64, 8, 8, 0, "")]
    [InlineData("fine-grained-2024", 64, 8, 1, 0, "top_k / granularity is 0.125, not 1")]
    [InlineData("fine-grained-2024-e16", 64, 8, 8, 0, "experts is 64, not 16")]
    [InlineData("clark-2022-rlr", 64, 1, 2, 0, "top_k is 2, not 1")]
    [InlineData("abnar-2025", 64, 1, 8, 0, "")]
    [InlineData("abnar-2025", 64, 1, 8, 1, "shared_experts is 1, not 0")]
    [InlineData("zhao-2025", 8, 6, 4, 2, "")]
    [InlineData("step-2025-lr", 8, 6, 4, 2, "")]
    [InlineData("ling-2025", 8, 6, 4, 2, "")]
    public void Unspoken_EachLaw_KnowsItsModels(
        string id,
        double experts,
        double granularity,
        double topK,
        double shared,
        string expected
    ) => Assert.Equal(expected, string.Join("; ", NotCovered(id, Columns(experts, granularity, topK, shared))));

    /// <summary>What is not dense cannot be said by one value that all models had.</summary>
    [Theory]
    [InlineData("ling-2025-lr")]
    [InlineData("ling-2025-batch")]
    [InlineData("ling-2025-tokens")]
    [InlineData("ling-2025-flops-per-token")]
    public void Outside_LawsOfMixtures_SayThatADenseModelIsNone(string id)
    {
        Law law = LawCatalog.Open(id);
        Assert.Equal([new Excess("experts", 1, 2)], RangeCheck.OutsideExperiments(law, Columns(1, 1, 1, 0)));
        Assert.Empty(RangeCheck.OutsideExperiments(law, Columns(64, 8, 8, 1)));
        Assert.Equal("2 or more", law.Range["experts"].ToString());
        Assert.Equal(law.Range, LawFile.Parse(YamlMap.Parse(LawWriter.Write(law), "again.yaml")).Range);
    }

    [Fact]
    public void Unspoken_WhereNothingIsKnown_SaysNothing() => Assert.Empty(NotCovered("joint-2025", _ => null));

    /// <summary>What the experiments held counts too: neither law reads tokens or N.</summary>
    [Theory]
    [InlineData("joint-2025-lr", "tokens", 1e12, 80e9)]
    [InlineData("step-2025-batch", "total_params_nonembedding", 36e9, 2.15e9)]
    [InlineData("zhao-2025", "tokens", 1e12, 50e9)]
    public void Outside_OfWhatAFormulaDoesNotRead_IsTold(string id, string column, double value, double end) =>
        Assert.Equal(
            [new Excess(column, value, end)],
            RangeCheck.OutsideExperiments(LawCatalog.Open(id), name => name == column ? value : null)
        );

    public static TheoryData<string, FitWarning?> OtherModels =>
        new()
        {
            { "2", new FitWarning.OtherModels("joint-2025", "top_k", 1, 2) },
            { "1,2", new FitWarning.MixedModels("joint-2025", "top_k", 1, 6, 12) },
            { "1", null },
            { "0,1", null },
        };

    [Theory]
    [MemberData(nameof(OtherModels))]
    public void Fit_ToRowsOfOtherModels_Warns(string topK, FitWarning? expected)
    {
        Fit fit = Fitted("joint-2025", topK, out _);
        Assert.Equal(expected, fit.Warnings.SingleOrDefault(w => w is FitWarning.OtherModels or FitWarning.MixedModels));
    }

    /// <summary>The law that is written is one of the models of its rows, and not of those of the law whose form it has.</summary>
    [Theory]
    [InlineData("2", 2.0)]
    [InlineData("1,2", null)]
    [InlineData("1", 1.0)]
    public void Fill_StatesWhatTheRowsHaveInCommon(string topK, double? expected)
    {
        Law law = Fitted("joint-2025", topK, out FittedLawDraft draft) is Fit fit ? draft.Fill(fit) : throw new InvalidOperationException();
        Assert.Equal(expected, law.Fixed.TryGetValue("top_k", out double held) ? held : null);
        Assert.Equal((1.0, 0.0), (law.Fixed["granularity"], law.Fixed["shared_experts"]));
    }

    /// <summary>A bare formula says nothing of experts; what its rows had is in their table.</summary>
    [Fact]
    public void Fill_BareFormula_IsALawOfTheModelsOfItsRows()
    {
        RunTable table = Table("2");
        Formulas.Expression formula = Formulas.Parser.ParseNumber(Bare, "formula");
        FitColumns columns = ColumnMap.Parse(table).For(formula);
        Fit fit = LawFitter.Run(
            new FitRequest(LawForm.Of(formula, [.. columns.Letters.Select(l => l.Name)]), FitRows.Take(table, columns))
            {
                Options = new FitOptions { Starts = 4 },
            }
        );
        Law law = Draft(columns, null).Fill(fit);
        Assert.Equal([("experts", 8), ("top_k", 2)], law.Fixed.Select(f => (f.Key, f.Value)));
    }

    private static Fit Fitted(string id, string topK, out FittedLawDraft draft)
    {
        Law law = LawCatalog.Open(id);
        RunTable table = Table(topK);
        FitColumns columns = ColumnMap.Parse(table).For(law);
        // All but one coefficient are held: what is asked here is not how well it is found.
        LawForm form = law.Coefficients.Skip(1).Aggregate(LawForm.Of(law), (f, c) => f.Hold(c.Name, c.Value));
        draft = Draft(columns, law);
        return LawFitter.Run(new FitRequest(form, FitRows.Take(table, columns)) { Options = new FitOptions { Starts = 4 } });
    }

    private static FittedLawDraft Draft(FitColumns columns, Law? law) =>
        new("mine", "moescale fit", columns)
        {
            From = law,
            FormulaText = Bare,
            IsPlanColumn = name => name is "active_params" or "tokens" or "experts",
        };

    private static RunTable Table(string topK)
    {
        string[] values = topK.Split(',');
        Law law = LawCatalog.Open("joint-2025");
        StringBuilder csv = new("active_params,tokens,experts,top_k,loss\n");
        for (int i = 0; i < 12; i++)
        {
            (double n, double d) = (1e8 * (1 + i), 1e9 * (1 + (i * 7 % 12)));
            csv.Append(FormattableString.Invariant($"{n},{d},8,{values[i % values.Length]},{law.Evaluate(n, d, 8) + (1e-3 * (i % 3))}\n"));
        }
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(csv.ToString()));
        return RunTable.Read(stream, "runs.csv");
    }
}
