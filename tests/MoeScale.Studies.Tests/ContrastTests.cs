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
        Study study = TinyStudy.Read(_folder, $$"""
            id: tiny
            text: synthetic
            family: joint-2025
            model: { context: 16, n_blocks: 1, n_heads: 2 }
            grid: {{grid}}
            train: { {{train}}, batch_tokens: 256 }
            fit: { compare: [chinchilla-2024], bootstrap: 0 }
            """);
        StudyFolder folder = MadeUpRuns.Write(_folder, study, loss);
        Command.Run("study", "report", _folder.In("tiny.yaml"));
        return StudyAnswer.Read(folder.AnswerPath);
    }

    private static double Base(Cell cell, long tokens) => 2 + (8 / cell.Model.ModelWidth) + (400.0 / tokens);

    [Fact]
    public void Setting_OfAGrid_IsComparedWhereAllElseIsEqual()
    {
        StudyAnswer answer = Answer("{ d_model: [16, 32], experts: [8, 1, 4] }", (c, t) => Base(c, t) - (0.01 * Math.Log2(c.Model.Expansion)));
        ContrastAnswer experts = Assert.Single(answer.Contrasts);
        // Against the dense model, wherever it stands in the grid; two widths of two lengths.
        Assert.Equal(("experts", "1,4,8", 4), (experts.Setting, string.Join(',', experts.Values), experts.Rows.Count));
        Assert.All(experts.Rows, r =>
        {
            Assert.Equal(-0.02, r.Losses[1]!.Value - r.Losses[0]!.Value, Rounding);
            Assert.Equal(-0.03, r.Losses[2]!.Value - r.Losses[0]!.Value, Rounding);
        });
        Assert.Equal(2, experts.AtMostTokens[0].Count);
        Assert.Equal(-0.02, experts.AtMostTokens[0].Mean, Rounding);
        Assert.Null(answer.Scatter);
    }

    /// <summary>Standard deviation of two losses that are 0.002 apart: 0.002/√2, the same for each pair.</summary>
    [Fact]
    public void Seeds_OfOneModel_AreAveragedAndGiveTheScatter()
    {
        StudyAnswer answer = Answer("{ d_model: [16, 32], experts: [1, 4], seed: [0, 1] }", (c, t) => Base(c, t) - (c.Model.Expansion > 1 ? 0.05 : 0) + (0.002 * c.Seed));
        ContrastRow row = Assert.Single(answer.Contrasts).Rows[0];
        Assert.Equal([2, 2], row.Runs);
        Assert.Equal(-0.05, row.Losses[1]!.Value - row.Losses[0]!.Value, Rounding);
        Assert.Equal(0.002 / Math.Sqrt(2), answer.Scatter!.Deviation, Rounding);
        Assert.Equal(8, answer.Scatter.Degrees);
    }

    /// <summary>A dense model has no granularity, no capacity factor and no routing: it is the partner of each mixture, and mixtures are never averaged.</summary>
    [Fact]
    public void DenseModel_OfManyGrids_IsComparedWithEachMixture()
    {
        static double Loss(Cell c, long t) => Base(c, t) - (c.Model.IsDense ? 0 : 0.05 + (0.01 * c.Model.Granularity) + (c.Model.Routing.CapacityFactor is null ? 0.003 : 0) - (c.Name.Contains("expert-choice", StringComparison.Ordinal) ? 0.02 : 0));
        StudyAnswer answer = Answer("""
            [ { d_model: [16, 32] },
                    { d_model: [16, 32], experts: 4, granularity: [1, 2], capacity_factor: [none, 1] },
                    { d_model: [16, 32], experts: 4, granularity: [1, 2], routing: expert_choice, routing_group: 16 } ]
            """, Loss, "branches: [40k, 80k]");
        ContrastAnswer experts = answer.Contrasts.Single(c => c.Setting == "experts");
        // Two widths, two granularities, three routings; two lengths of each, though experts that choose train on whole groups, and so a little less.
        Assert.Equal(24, experts.Rows.Count);
        Assert.All(experts.Rows, r => Assert.Equal([1, 1], r.Runs));
        foreach (ContrastRow row in experts.Rows.Where(r => r.Others["routing"] == "token_choice"))
        {
            double expected = 0.05 + (0.01 * int.Parse(row.Others["granularity"], null)) + (row.Others["capacity_factor"] == "none" ? 0.003 : 0);
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
}
