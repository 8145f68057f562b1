using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>Made-up losses that are sums of what each setting adds: the contrasts are these terms, and nothing else.</summary>
public sealed class ContrastTests : IDisposable
{
    // Sums of numbers with four digits, read back from text.
    private const double Rounding = 1e-12;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private StudyAnswer Answer(string grid, Func<Cell, long, double> loss, string train = "branches: [4k, 8k]")
    {
        Study study = TinyStudy.Read(
            _folder,
            $$"""
            id: tiny
            text: synthetic
            family: joint-2025
            model: { context: 16, n_blocks: 1, n_heads: 2 }
            grid: {{grid}}
            train: { {{(train.Length > 0 ? $"{train}, " : "")}}batch_tokens: 256 }
            fit: { compare: [chinchilla-2024], bootstrap: 0 }
            """
        );
        StudyFolder folder = MadeUpRuns.Write(_folder, study, loss);
        InProcess.Report(_folder);
        return StudyAnswer.Read(folder.AnswerPath);
    }

    private static double Base(Cell cell, long tokens) => 2 + (8 / cell.Model.ModelWidth) + (400.0 / tokens);

    [Fact]
    public void Setting_OfAGrid_IsComparedWhereAllElseIsEqual()
    {
        StudyAnswer answer = Answer(
            "{ d_model: [16, 32], experts: [8, 1, 4] }",
            (c, t) => Base(c, t) - (0.01 * Math.Log2(c.Model.Experts))
        );
        ContrastAnswer experts = Assert.Single(answer.Contrasts);
        // Against the dense model, wherever it stands in the grid; two widths of two lengths.
        Assert.Equal(("experts", "1,4,8", 4), (experts.Setting, string.Join(',', experts.Values), experts.Rows.Count));
        Assert.All(
            experts.Rows,
            r =>
            {
                Assert.Equal(-0.02, r.Losses[1]!.Value - r.Losses[0]!.Value, Rounding);
                Assert.Equal(-0.03, r.Losses[2]!.Value - r.Losses[0]!.Value, Rounding);
            }
        );
        Assert.Equal(2, experts.AtMostTokens[0].Count);
        Assert.Equal(-0.02, experts.AtMostTokens[0].Mean, Rounding);
        Assert.Null(answer.Scatter);
    }

    /// <summary>Standard deviation of two losses that are 0.002 apart: 0.002/√2, the same for each pair.</summary>
    [Fact]
    public void Seeds_OfOneModel_AreAveragedAndGiveTheScatter()
    {
        StudyAnswer answer = Answer(
            "{ d_model: [16, 32], experts: [1, 4], seed: [0, 1] }",
            (c, t) => Base(c, t) - (c.Model.Experts > 1 ? 0.05 : 0) + (0.002 * c.Seed)
        );
        ContrastRow row = Assert.Single(answer.Contrasts).Rows[0];
        Assert.Equal([2, 2], row.Seeds);
        Assert.Equal(-0.05, row.Losses[1]!.Value - row.Losses[0]!.Value, Rounding);
        Assert.Equal(0.002 / Math.Sqrt(2), answer.Scatter!.Deviation, Rounding);
        // Four trunks of two branches were repeated; branches of one trunk are no repeats of their own.
        Assert.Equal(4, answer.Scatter.Degrees);
    }

    /// <summary>
    /// A dense model has no granularity, no capacity factor and no routing: it is the partner of each mixture, and mixtures are never
    /// averaged.
    /// </summary>
    [Fact]
    public void DenseModel_OfManyGrids_IsComparedWithEachMixture()
    {
        static double Loss(Cell c, long t) =>
            Base(c, t)
            - (
                c.Model.IsDense
                    ? 0
                    : 0.05
                        + (0.01 * c.Model.Granularity)
                        + (c.Model.Routing.CapacityFactor is null ? 0.003 : 0)
                        - (c.Name.Contains("expert-choice", StringComparison.Ordinal) ? 0.02 : 0)
            );
        StudyAnswer answer = Answer(
            """
            [ { d_model: [16, 32] },
                    { d_model: [16, 32], experts: 4, granularity: [1, 2], capacity_factor: [none, 1] },
                    { d_model: [16, 32], experts: 4, granularity: [1, 2], routing: expert_choice, routing_group: 16 } ]
            """,
            Loss,
            "branches: [40k, 80k]"
        );
        ContrastAnswer experts = answer.Contrasts.Single(c => c.Setting == "experts");
        // Two widths, two granularities, three routings; two lengths of each, though experts that choose train on whole groups, and so a
        // little less.
        Assert.Equal(24, experts.Rows.Count);
        Assert.All(experts.Rows, r => Assert.Equal([1, 1], r.Seeds));
        foreach (ContrastRow row in experts.Rows.Where(r => r.Others["routing"] == "token_choice"))
        {
            double expected =
                0.05 + (0.01 * int.Parse(row.Others["granularity"], null)) + (row.Others["capacity_factor"] == "none" ? 0.003 : 0);
            Assert.Equal(-expected, row.Losses[1]!.Value - row.Losses[0]!.Value, Rounding);
        }
        ContrastAnswer capacity = answer.Contrasts.Single(c => c.Setting == "capacity_factor");
        Assert.Equal("none,1", string.Join(',', capacity.Values));
        Assert.All(capacity.Rows, r => Assert.Equal(0.003, r.Losses[1]!.Value - r.Losses[0]!.Value, Rounding));
        ContrastAnswer routing = answer.Contrasts.Single(c => c.Setting == "routing");
        // Experts that choose have no capacity factor: they meet each of the two.
        Assert.Equal(16, routing.Rows.Count);
        Assert.DoesNotContain(answer.Contrasts, c => c.Setting == "routing_group");
        Assert.Contains("capacity_factor", File.ReadAllText(_folder.In("tiny", "report.md")));
    }

    /// <summary>A seed that moves all losses and that one of two models alone was repeated with is no difference between them.</summary>
    [Fact]
    public void Seeds_ThatOnlyOneModelHas_AreNoDifference()
    {
        StudyAnswer answer = Answer(
            "[ { d_model: [16, 32], experts: [1, 4] }, { d_model: [16, 32], seed: 1 } ]",
            (c, t) => Base(c, t) - (c.Model.Experts > 1 ? 0.05 : 0) + (0.5 * c.Seed)
        );
        ContrastAnswer experts = Assert.Single(answer.Contrasts);
        Assert.All(
            experts.Rows,
            r =>
            {
                Assert.Equal([2, 1], r.Seeds);
                Assert.Equal(-0.05, r.Differences[1]!.Value, Rounding);
            }
        );
    }

    /// <summary>Experts that are cut differently are no partners: each meets the dense model, and no row has three.</summary>
    [Fact]
    public void Mixtures_ThatDifferInAnotherSetting_MeetTheDenseModelApart()
    {
        StudyAnswer answer = Answer(
            "[ { d_model: [16, 32] }, { d_model: [16, 32], experts: 4 }, { d_model: [16, 32], experts: 8, granularity: 2 } ]",
            (c, t) => Base(c, t) - (0.01 * c.Model.Experts * c.Model.Granularity)
        );
        ContrastAnswer experts = answer.Contrasts.Single(c => c.Setting == "experts");
        Assert.Equal(8, experts.Rows.Count);
        Assert.All(experts.Rows, r => Assert.Equal(2, r.Losses.Count(l => l is not null)));
        Assert.Equal([2, 2], experts.AtMostTokens.Select(s => s.Count));
        Assert.Equal(-0.15, experts.AtMostTokens[1].Mean, Rounding);
        // Cut once or twice are never the same experts otherwise.
        Assert.DoesNotContain(answer.Contrasts, c => c.Setting == "granularity");
    }

    /// <summary>
    /// One expert cut in two is a mixture, and whole it is the dense model, which has no granularity: it takes no part, and the others are
    /// compared with experts that are not cut.
    /// </summary>
    [Fact]
    public void Granularity_IsComparedAmongMixturesAlone()
    {
        StudyAnswer answer = Answer(
            "{ d_model: [16, 32], experts: [1, 4], granularity: [1, 2] }",
            (c, t) => Base(c, t) - (c.Model.IsDense ? 0 : 0.05 + (0.01 * c.Model.Granularity))
        );
        ContrastAnswer granularity = answer.Contrasts.Single(c => c.Setting == "granularity");
        Assert.Equal(["1", "2"], granularity.Values);
        ContrastSummary summary = Assert.Single(granularity.AtMostTokens);
        Assert.Equal(("2", 2), (summary.Value, summary.Count));
        Assert.Equal(-0.01, summary.Mean, Rounding);
        Assert.All(answer.Contrasts.SelectMany(c => c.Values), v => Assert.NotEmpty(v));
        Assert.DoesNotContain("against -", File.ReadAllText(_folder.In("tiny", "report.md")));
    }

    /// <summary>A formula is one value of a setting, whatever it gives for each model.</summary>
    [Fact]
    public void Formula_OfASetting_IsOneValue()
    {
        StudyAnswer answer = Answer(
            "{ d_model: [16, 32, 48], d_ff: [2*d_model, 4*d_model] }",
            (c, t) => Base(c, t) - (c.Model.FeedForwardWidth == 4 * c.Model.ModelWidth ? 0.03 : 0)
        );
        ContrastAnswer width = Assert.Single(answer.Contrasts);
        Assert.Equal(("d_ff", "2*d_model,4*d_model", 6), (width.Setting, string.Join(',', width.Values), width.Rows.Count));
        Assert.All(width.Rows, r => Assert.Equal(-0.03, r.Differences[1]!.Value, Rounding));
    }

    /// <summary>
    /// Mixtures at the usual loss of balance and at others are three models: the dense one meets each, and none stands for another.
    /// </summary>
    [Fact]
    public void Setting_ThatSomeCellsLeaveAsItIs_IsAValueOfItsOwn()
    {
        static double Loss(Cell c, long t) =>
            Base(c, t)
            - (c.Model.IsDense ? 0 : 0.05)
            + (c.Settings.ContainsKey("weight_decay") ? 0.2 * double.Parse(c.Settings["weight_decay"], null) : 0);
        StudyAnswer answer = Answer(
            "[ { d_model: [16, 32], experts: [1, 8] }, { d_model: [16, 32], experts: 8, weight_decay: [0.05, 0.5] } ]",
            Loss
        );
        // Weight decay is the dense model's too: it meets the mixture of the usual one alone.
        ContrastAnswer experts = answer.Contrasts.Single(c => c.Setting == "experts");
        Assert.Equal(4, experts.Rows.Count);
        Assert.All(experts.Rows, r => Assert.Equal(("usual", -0.05), (r.Others["weight_decay"], Math.Round(r.Differences[1]!.Value, 12))));
        Assert.Equal("usual,0.05,0.5", string.Join(',', answer.Contrasts.Single(c => c.Setting == "weight_decay").Values));
    }

    /// <summary>Where the longest runs lack a value, its longest pair tells.</summary>
    [Fact]
    public void Summary_OfAValueWithShorterRuns_IsOfItsLongest()
    {
        StudyAnswer answer = Answer(
            "[ { d_model: [16, 32], experts: [1, 4], tokens: [4k, 8k] }, { d_model: [16, 32], experts: 8, tokens: 4k } ]",
            (c, t) => Base(c, t) - (0.01 * c.Model.Experts),
            ""
        );
        ContrastAnswer experts = Assert.Single(answer.Contrasts);
        Assert.Equal(["4", "8"], experts.AtMostTokens.Select(s => s.Value));
        Assert.Equal(-0.07, experts.AtMostTokens[1].Mean, Rounding);
    }
}
