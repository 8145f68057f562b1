using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Tests;

public sealed class StudyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Read(string grid, string train = "tokens: 4k", string rest = "") => TinyStudy.Read(_folder, $$"""
        id: s
        text: synthetic
        family: joint-2025
        model: { context: 16, n_blocks: 1, n_heads: 2 }
        grid: {{grid}}
        train: { {{train}} }
        {{rest}}
        """);

    [Fact]
    public void Grid_OfTwoLists_IsEveryPair() =>
        Assert.Equal(["d16", "d16-s1", "d32", "d32-s1"], Read("{ d_model: [16, 32], seed: [0, 1] }").Cells.Select(c => c.Name));

    [Fact]
    public void Grids_ThatMeetInACell_HaveItOnce() =>
        Assert.Equal(["d16", "d32", "d32-lr0.002"], Read("[ { d_model: [16, 32] }, { d_model: 32 }, { d_model: 32, learning_rate: 2e-3 } ]").Cells.Select(c => c.Name));

    [Fact]
    public void Recipe_OfFormulas_FollowsTheModel()
    {
        Study study = Read("{ d_model: [16, 32] }", "branches: [2*active_params, 4*active_params], batch_tokens: 16*d_model, learning_rate: 0.032/d_model");
        foreach (Cell cell in study.Cells)
        {
            double n = cell.Census.ActiveParams;
            Assert.Equal([Math.Floor(2 * n / 16) * 16, Math.Floor(4 * n / 16) * 16], cell.Lengths.Select(l => (double)l));
            Assert.Equal(cell.Model.ModelWidth, cell.Batch);
            Assert.Equal(0.032 / cell.Model.ModelWidth, cell.LearningRate, 1e-12);
        }
    }

    [Fact]
    public void Mixture_OfAGrid_HasItsRouting()
    {
        Cell cell = Read("{ d_model: 32, experts: 4, granularity: 2, capacity_factor: 1.5 }").Cells[0];
        Assert.Equal("d32-e4-g2-c1.5", cell.Name);
        Assert.Equal((8, 2, 1.5), (cell.Model.ExpertCount, cell.Model.TopK, cell.Model.Routing.CapacityFactor));
    }

    /// <summary>Where experts choose, runs, steps and micro-batches are whole groups of sequences, as train makes them; the family's keys for tokens that choose are gone.</summary>
    [Fact]
    public void ExpertChoice_OfACell_IsMadeOfWholeGroups()
    {
        Cell cell = Read("{ d_model: 32, experts: 8, routing: expert_choice, routing_group: 24 }", "branches: [4k, 9k], batch_tokens: 1k, micro_batch: 24").Cells[0];
        Assert.Equal("d32-e8-expert-choice-group24", cell.Name);
        Assert.Equal([3840, 8832], cell.Lengths);
        Assert.Equal((72, 24), (cell.Batch, cell.MicroBatch));
        Assert.Null(cell.Model.Routing.CapacityFactor);
    }

    [Fact]
    public void None_AsAValue_TakesOutWhatTheFamilyHas()
    {
        Study study = Read("{ d_model: 32, experts: 8, capacity_factor: [1, none] }");
        Assert.Equal([1.0, null], study.Cells.Select(c => c.Model.Routing.CapacityFactor));
    }

    /// <summary>A trunk up to where its longest branch leaves it, and the decay of each branch.</summary>
    [Fact]
    public void TrainedTokens_OfBranches_CountTheTrunkOnce()
    {
        Cell cell = Read("{ d_model: 16 }", "branches: [16k, 32k]").Cells[0];
        Assert.Equal((0.8 * 32000) + (0.2 * (16000 + 32000)), cell.TrainedTokens);
        Assert.Equal(16000, cell.TokensFor([16000]));
    }

    [Fact]
    public void LearningRate_OfALaw_IsWhatTheLawSays() =>
        // Step Law: 1.79 · N^-0.713 · D^0.307, N without embeddings.
        Assert.All(Read("{ d_model: 32 }", "tokens: 4k, learning_rate: step-2025-lr").Cells, c => Assert.Equal(1.79 * Math.Pow(c.Census.TotalParamsNonEmbedding, -0.713) * Math.Pow(4000, 0.307), c.LearningRate, 1e-9));

    [Theory]
    [InlineData("{ d_model: [16, 32], experts: 3, granularity: 5 }", "tokens: 4k", "", ":5:", "cell 'd16-e3-g5' cannot be trained: d_expert 9.6 is not a whole number. Change the sizes that meet here")]
    [InlineData("{ d_model: 16, experts: 2, top_k: 3 }", "tokens: 4k", "", ":5:", "top_k 3 is above the 2 experts")]
    [InlineData("{ d_model: 32, experts: 8, routing: expert_choice, routing_group: 4 }", "tokens: 4k", "", ":5:", "routing_group must be at least expert_count/top_k = 8")]
    [InlineData("{ d_modle: 16 }", "tokens: 4k", "", ":5:", "'d_modle' is not known here (did you mean 'd_model'?)")]
    [InlineData("{ n_layers: 2 }", "tokens: 4k", "", ":5:", "'n_layers' is not known here")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, lr: 1", "", ":6:", "'train.lr' is not known here")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "grids: 1", ":7:", "'grids' is not known here (did you mean 'grid'?)")]
    [InlineData("{ d_model: [] }", "tokens: 4k", "", ":5:", "'d_model' has an empty list")]
    [InlineData("{ d_model: [16, 16] }", "tokens: 4k", "", ":5:", "'d_model' has 16 twice")]
    [InlineData("{ d_model: 16 }", "seed: 1", "", ":5:", "nothing says how long cell 'd16' is trained; give 'tokens: 2M'")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, branches: [4k]", "", ":6:", "leave one out")]
    [InlineData("{ d_model: 16 }", "tokens: 8", "", ":6:", "'tokens' of cell 'd16' is 8 tokens, and a sequence has 16")]
    [InlineData("{ d_model: 16 }", "tokens: 20*params", "", ":6:", "'20*params' reads 'params', which is no column of a model")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, learning_rate: joint-2025", "", ":6:", "'joint-2025' predicts loss; 'learning_rate' needs a law of learning rates")]
    [InlineData("{ d_model: 16 }", "branches: [4k, 8k], schedule: cosine", "", ":6:", "'branches' share a run at constant rate")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "trainer: { command: python train.py }", ":7:", "the command has no {config}")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "fit: { objective: mean }", ":7:", "'fit.objective' is 'mean'")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "plan: [ { flop: 1e20 } ]", ":7:", "'plan.flop' is not known here")]
    [InlineData("{ experts: 2 }", "tokens: 4k", "", ":5:", "'joint-2025' is a family of models, and nothing gives its size. Give 'd_model' in 'grid'")]
    public void StudyFile_ThatCannotBe_SaysLineAndCure(string grid, string train, string rest, string line, string expected)
    {
        UserException e = Assert.Throws<UserException>(() => Read(grid, train, rest));
        Assert.Contains($"tiny.yaml{line}", e.Message);
        Assert.Contains(expected, e.Message);
    }

    public static TheoryData<string> Shipped() => [.. Directory.EnumerateFiles(Command.Studies, "*.yaml").Select(f => Path.GetFileName(f))];

    /// <summary>Every study that ships can be read: catalog names, buildable cells, laws that exist.</summary>
    [Theory]
    [MemberData(nameof(Shipped))]
    public void Study_ThatShips_CanBeTrained(string name) => Assert.NotEmpty(StudyFile.Read(Path.Combine(Command.Studies, name)).Cells);
}
