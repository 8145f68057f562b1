using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Tests;

public sealed class StudyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Read(string grid, string train = "tokens: 4k", string rest = "") =>
        TinyStudy.Read(
            _folder,
            $$"""
            id: s
            text: synthetic
            family: joint-2025
            model: { context: 16, n_blocks: 1, n_heads: 2 }
            grid: {{grid}}
            train: { {{train}} }
            {{rest}}
            """
        );

    [Fact]
    public void Grid_OfTwoLists_IsEveryPair() =>
        Assert.Equal(["d16", "d16-s1", "d32", "d32-s1"], Read("{ d_model: [16, 32], seed: [0, 1] }").Cells.Select(c => c.Name));

    [Fact]
    public void Grids_ThatMeetInACell_HaveItOnce() =>
        Assert.Equal(
            ["d16", "d32", "d32-lr0.002"],
            Read("[ { d_model: [16, 32] }, { d_model: 32 }, { d_model: 32, learning_rate: 2e-3 } ]").Cells.Select(c => c.Name)
        );

    [Fact]
    public void Recipe_OfFormulas_FollowsTheModel()
    {
        Study study = Read(
            "{ d_model: [16, 32] }",
            "branches: [2*active_params, 4*active_params], batch_tokens: 16*d_model, learning_rate: 0.032/d_model"
        );
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

    /// <summary>
    /// Where experts choose, runs, steps and micro-batches are whole groups of sequences, as train makes them; the family's keys for tokens
    /// that choose are gone.
    /// </summary>
    [Fact]
    public void ExpertChoice_OfACell_IsMadeOfWholeGroups()
    {
        Cell cell = Read(
            "{ d_model: 32, experts: 8, routing: expert_choice, routing_group: 24 }",
            "branches: [4k, 9k], batch_tokens: 1k, micro_batch: 24"
        ).Cells[0];
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

    /// <summary>
    /// What all cells share is a plan's too, be it said under model or in the grids; what they differ in, beyond what a plan chooses, is
    /// not, and is told.
    /// </summary>
    [Fact]
    public void Family_OfAPlan_HasWhatAllCellsShare()
    {
        Study study = Read("[ { d_model: [16, 32], n_blocks: 3, experts: [1, 4] }, { d_model: 48, n_blocks: 3, d_ff: 2*d_model } ]");
        ShapeFamily family = ShapeFamily.Parse(YamlMap.Parse(study.Family!, "family"));
        Assert.Equal((3, 2), (family.Model(16, 1, 1).Blocks, family.Model(16, 1, 1).Heads));
        Assert.Equal(["d_ff"], study.FamilyVaries);
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
        Assert.All(
            Read("{ d_model: 32 }", "tokens: 4k, learning_rate: step-2025-lr").Cells,
            c => Assert.Equal(1.79 * Math.Pow(c.Census.TotalParamsNonEmbedding, -0.713) * Math.Pow(4000, 0.307), c.LearningRate, 1e-9)
        );

    [Theory]
    [InlineData(
        "{ d_model: [16, 32], experts: 3, granularity: 5 }",
        "tokens: 4k",
        "",
        ":5:",
        "cell 'd16-e3-g5' cannot be trained: d_expert 9.6 is not a whole number. Change the sizes that meet here"
    )]
    [InlineData("{ d_model: 16, experts: 2, top_k: 3 }", "tokens: 4k", "", ":5:", "top_k 3 is above the 2 experts")]
    [InlineData(
        "{ d_model: 32, experts: 8, routing: expert_choice, routing_group: 4 }",
        "tokens: 4k",
        "",
        ":5:",
        "routing_group must be at least expert_count/top_k = 8"
    )]
    [InlineData("{ d_model: 16, experts: 2, balance_loss: -1 }", "tokens: 4k", "", ":5:48: 'balance_loss' is -1;", "below zero.")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "field: body", ":7:8:", "and synthetic has no such lines. Leave it out.")]
    [InlineData("{ d_model: 16, d_ff: none }", "tokens: 4k", "", ":5:28: 'd_ff' needs", "needs a value.")]
    [InlineData("{ d_model: 16, d_ff: 3 * }", "tokens: 4k", "", ":5:28: at character 4, expected", "found the end.")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, schedule: cosine, decay: 0.1", "", ":6:", "and has no effect on cosine. Leave one out.")]
    [InlineData("{ d_model: 16, balance_loss: 0.1 }", "tokens: 4k", "", ":5:", "is dense and has nothing to route. Take a model with")]
    [InlineData(
        "[ { d_model: 16, balance_loss: 0 }, { d_model: 16, experts: 2 } ]",
        "tokens: 4k",
        "",
        ":5:",
        "'balance_loss: 0': 'd16-balance_loss=0' is dense"
    )]
    [InlineData("{ d_model: 16 }", "tokens: 4k, batch_tokens: 8k", "", ":6:", "a step has 8000 tokens, and the run 4000. Lower")]
    [InlineData("{ d_modle: 16 }", "tokens: 4k", "", ":5:", "'d_modle' is not known here (did you mean 'd_model'?)")]
    [InlineData("{ n_layers: 2 }", "tokens: 4k", "", ":5:", "'n_layers' is not known here")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, lr: 1", "", ":6:", "'train.lr' is not known here")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "grids: 1", ":7:", "'grids' is not known here (did you mean 'grid'?)")]
    [InlineData("{ d_model: [] }", "tokens: 4k", "", ":5:", "'d_model' has an empty list")]
    [InlineData("{ d_model: [16, 16] }", "tokens: 4k", "", ":5:", "'d_model' has 16 twice")]
    [InlineData(
        "{ d_model: 16 }",
        "seed: 1",
        "",
        ":5:",
        "cell 'd16': nothing says how long to train. Give 'tokens: 2M', for example, or 'branches'"
    )]
    [InlineData("{ d_model: 16 }", "tokens: 4k, branches: [4k]", "", ":6:", "Leave one out.")]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 8",
        "",
        ":6:",
        "cell 'd16': 'tokens' '8' is less than one sequence of 16 tokens. Raise it, or lower 'context'."
    )]
    [InlineData("{ d_model: 16 }", "tokens: 20*params", "", ":6:", "'20*params' reads 'params', which is no column of a model")]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k, learning_rate: joint-2025",
        "",
        ":6:",
        "'joint-2025' predicts loss; 'learning_rate' needs a law of learning rates"
    )]
    [InlineData("{ d_model: 16 }", "branches: [4k, 8k], schedule: cosine", "", ":6:", "'branches' share a run at constant rate")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "trainer: { command: python train.py }", ":7:", "the command has no {config}")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "fit: { objective: mean }", ":7:", "'fit.objective' is 'mean'")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "plan: [ { flop: 1e20 } ]", ":7:", "'plan.flop' is not known here")]
    [InlineData(
        "{ experts: 2 }",
        "tokens: 4k",
        "",
        ":5:",
        "'joint-2025' is a family of models, and nothing gives its size. Give 'd_model' in 'grid'"
    )]
    // Names of cells.
    [InlineData(
        "{ d_model: 16, learning_rate: [1e-3, 0.001] }",
        "tokens: 4k",
        "",
        ":5:",
        "'learning_rate' has 1e-3 and 0.001, which are one value; give each value once"
    )]
    [InlineData(
        "{ d_model: 16, learning_rate: [0.1/d_model, 0.1*d_model] }",
        "tokens: 4k",
        "",
        ":5:",
        "'learning_rate' has 0.1/d_model and 0.1*d_model, and cells of both would be called 'lr0.1~d-model'; write one of them otherwise"
    )]
    [InlineData("{ d_model: 16, learning_rate: [Law.yaml, law.yaml] }", "tokens: 4k", "", ":5:", "cells of both would be called")]
    [InlineData("{ d_model: [16, \"\"] }", "tokens: 4k", "", ":5:", "'d_model' has an empty value")]
    [InlineData("{ d_model: 16, d_model: 24 }", "tokens: 4k", "", ":5:", "'d_model' stands twice")]
    [InlineData("{}", "tokens: 4k", "", ":5:", "'grid' is empty; give for example")]
    [InlineData("[]", "tokens: 4k", "", ":5:", "the study has no 'grid'; give for example")]
    [InlineData("[ { d_model: 16 }, {} ]", "tokens: 4k", "", ":5:", "'grid' is empty; give for example")]
    // Numbers that are none, or too large.
    [InlineData("{ d_model: 1e400 }", "tokens: 4k", "", ":5:", "'d_model' '1e400' is too large for a number")]
    [InlineData("{ d_model: nan }", "tokens: 4k", "", ":5:", "'d_model' 'nan' is not a number")]
    [InlineData("{ d_model: 16, d_ff: 1e400 }", "tokens: 4k", "", ":5:", "1e400")]
    [InlineData("{ d_model: 16 }", "tokens: 1e400", "", ":6:", "'tokens' '1e400' is too large for a number")]
    [InlineData("{ d_model: 16 }", "tokens: inf", "", ":6:", "'inf' reads 'inf', which is no column of a model")]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 1e300*d_model^300",
        "",
        ":6:",
        "'tokens' is '1e300*d_model^300' (Infinity); it needs a number above 0 up to 1e15"
    )]
    [InlineData("{ d_model: 16 }", "tokens: 1e16", "", ":6:", "'tokens' is '1e16'; it needs a number above 0 up to 1e15")]
    [InlineData("{ d_model: 16 }", "branches: [4k, 1e400]", "", ":6:", "'branches' '1e400' is too large for a number")]
    [InlineData("{ d_model: 16 }", "branches: []", "", ":6:", "'train.branches' has an empty list")]
    // What train refuses.
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k, learning_rate: 30",
        "",
        ":6:",
        "cell 'd16': 'learning_rate' is '30'; it needs a number above 0 up to 1."
    )]
    [InlineData("{ d_model: 16 }", "tokens: 4k, learning_rate: nan", "", ":6:", "'nan' reads 'nan', which is no column")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, learning_rate: 1e400", "", ":6:", "'learning_rate' '1e400' is too large for a number")]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k, warmup: 4k",
        "",
        ":6:",
        "'warmup' '4k' is as long as the run of 4000 tokens. Give a share below 1, or fewer tokens."
    )]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k, eval_tokens: 1e13",
        "",
        ":6:",
        "'eval_tokens' is '1e13'; it needs a whole number from 1 to 1e12"
    )]
    [InlineData("{ d_model: 16 }", "tokens: 4k, eval_tokens: 0", "", ":6:", "'eval_tokens' is '0'; it needs a whole number from 1")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, epochs: 0.5", "", ":6:", "'epochs' is '0.5'; it needs a whole number from 1 to")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, epochs: 1e7", "", ":6:", "'epochs' is '1e7'; it needs a whole number from 1 to 1e6")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, clip: 0", "", ":6:", "'clip' is '0'; it needs a number above 0")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, weight_decay: -0.1", "", ":6:", "'weight_decay' is '-0.1'; it needs a number from 0")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, init_scale: 0", "", ":6:", "'init_scale' is '0'; it needs a number above 0.")]
    [InlineData("{ d_model: 16 }", "tokens: 4k, micro_batch: 1e9", "", ":6:", "'micro_batch' is '1e9'; it needs a whole number from 1 to")]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 1e12, batch_tokens: 1e12",
        "",
        ":6:",
        "'batch_tokens' '1e12' is 6.25e10 sequences of 16 tokens, and 16777216 are the most. Lower it."
    )]
    [InlineData("{ d_model: 16 }", "tokens: 4k, seed: 1e17", "", ":6:", "'seed' is '1e17'; it needs a whole number from 0")]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k, checkpoint_seconds: -1",
        "",
        ":6:",
        "'checkpoint_seconds' is '-1'; it needs a number from 0"
    )]
    [InlineData(
        "{ d_model: 16, context: 2M }",
        "tokens: 4M",
        "",
        ":5:",
        "a sequence of 2e6 tokens is more than 1048576, the most that can be. Lower 'context'"
    )]
    [InlineData(
        "{ d_model: 32, experts: 8, routing: expert_choice, routing_group: 24 }",
        "tokens: 9k, eval_tokens: 300",
        "",
        ":6:",
        "cell 'd32-e8-expert-choice-group24': 'eval_tokens' '300' is less than one routing group: the experts of "
            + "'d32-e8-expert-choice-group24' choose among 24 sequences of 16 tokens, together 384."
    )]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k",
        "trainer: { command: \"mine {config} {out}\", flops_per_second: 0 }",
        ":7:",
        "'flops_per_second' is 0; it needs a number above zero"
    )]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k",
        "trainer: { command: \"mine {config} {out}\", flops_per_second: 1e400 }",
        ":7:",
        "'1e400' is too large for a number"
    )]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k",
        "trainer: { command: \"sh '' {config} {out}\" }\nretries: x",
        ":8:",
        "'x' is not a number"
    )]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k",
        "trainer: { command: \"'' {config} {out}\" }",
        ":7:",
        "the command's first word, the program to start, is empty"
    )]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k",
        "trainer: { command: \"mine '{config} {out}\" }",
        ":7:",
        "the command begins a quote and does not end it"
    )]
    [InlineData(
        "{ d_model: 16 }",
        "tokens: 4k",
        "trainer: { command: \"mine\\0 {config} {out}\" }",
        ":7:",
        "'command' has a NUL character, which no path, word or name can have; take it out"
    )]
    [InlineData("{ d_model: 16 }", "tokens: 4k, learning_rate: \"a\\0.yaml\"", "", ":6:", "'learning_rate' has a NUL character")]
    [InlineData("[ { d_model: 16, d_ff: [32, \"3\\0\"] } ]", "tokens: 4k", "", ":5:", "'d_ff' has a NUL character")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "fit: { law: \"./a\\0.yaml\" }", ":7:", "'law' has a NUL character")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "held_out: [\"a\\0\"]", ":7:", "'held_out' has a NUL character")]
    [InlineData("{ d_model: 16 }", "tokens: 4k", "fit: { fix: { \"α\\0\": 1 } }", ":7:", "'α?' has a NUL character")]
    public void StudyFile_ThatCannotBe_SaysLineAndCure(string grid, string train, string rest, string line, string expected)
    {
        UserException e = Assert.Throws<UserException>(() => Read(grid, train, rest));
        Assert.Contains($"tiny.yaml{line}", e.Message);
        Assert.Contains(expected, e.Message);
    }

    /// <summary>Counted, and not made: a hundred to the sixth power of them would fill any memory.</summary>
    [Fact]
    public void Grid_OfMoreCellsThanCanBe_IsRefusedByCounting()
    {
        string values = string.Join(", ", Enumerable.Range(1, 100));
        string grid =
            $"{{ d_model: [{values}], n_blocks: [{values}], n_heads: [{values}], d_ff: [{values}], seed: [{values}], tokens: [{values}] }}";
        long before = GC.GetTotalAllocatedBytes();
        UserException e = Assert.Throws<UserException>(() => Read(grid, "seed: 1"));
        // The file, as the YAML reader keeps it.
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 20_000_000);
        Assert.Contains(":5:", e.Message);
        Assert.Contains(
            "the values of 'grid' have 1,000,000,000,000 combinations, each of them a cell, and 100,000 are the most; take fewer values",
            e.Message
        );
        string half = $"{{ seed: [{string.Join(", ", Enumerable.Range(0, 600))}], d_model: [{values}] }}";
        Assert.Contains("have 120,000 combinations", Assert.Throws<UserException>(() => Read($"[ {half}, {half} ]")).Message);
    }

    /// <summary>Laws, jobs and files are named by it.</summary>
    [Theory]
    [InlineData(
        "my study",
        "'id' is 'my study', and has more than letters, digits, '-', '_' and '.'; its law and its jobs are named by it. Write for "
            + "example 'my-study'"
    )]
    [InlineData("a/b", "Write for example 'a-b'")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "has more than 60 characters")]
    public void Id_ThatNamesNoLaw_IsRefused(string id, string expected)
    {
        UserException e = Assert.Throws<UserException>(() =>
            TinyStudy.Read(_folder, TinyStudy.Text.Replace("id: tiny", $"id: {id}", StringComparison.Ordinal))
        );
        Assert.Contains("tiny.yaml:1:", e.Message);
        Assert.Contains(expected, e.Message);
    }

    /// <summary>What cells share, some of them may leave out: not all of them have experts, or a rate that falls in the end.</summary>
    [Theory]
    [InlineData("{ d_model: 16, experts: [1, 2], balance_loss: 0.1 }", "tokens: 4k")]
    [InlineData("{ d_model: 16, schedule: [wsd, cosine] }", "tokens: 4k, decay: 0.1")]
    public void Key_ThatSomeCellsUse_IsTaken(string grid, string train) => Assert.Equal(2, Read(grid, train).Cells.Count);

    /// <summary>Results of a file of an earlier version can still be looked at.</summary>
    [Fact]
    public void Key_ThatNoCellUses_OfWhatWasTrained_IsTaken()
    {
        string path = TinyStudy.Write(
            _folder,
            TinyStudy.Text.Replace("n_heads: 2 }", "n_heads: 2, balance_loss: 0.1 }", StringComparison.Ordinal)
        );
        Assert.NotEmpty(StudyFile.Read(path, isTrained: false).Cells);
        Assert.Throws<UserException>(() => StudyFile.Read(path));
    }

    /// <summary>A name that no catalog has is told where it stands.</summary>
    [Fact]
    public void Family_ThatThereIsNot_IsToldWithItsLine()
    {
        UserException e = Assert.Throws<UserException>(() =>
            TinyStudy.Read(_folder, TinyStudy.Text.Replace("family: joint-2025", "family: jont-2025", StringComparison.Ordinal))
        );
        Assert.Matches(@"tiny\.yaml:\d+:9: 'jont-2025' is not in the catalog of families \(did you mean 'joint-2025'\?\)", e.Message);
    }

    /// <summary>A formula of branches may hold a comma.</summary>
    [Fact]
    public void Branches_WithACommaInAFormula_AreTwo() =>
        Assert.Equal([4000, 8000], Read("{ d_model: 16 }", "branches: [\"max(4000, d_model)\", 8k]").Cells[0].Lengths);

    /// <summary>Values with commas, spaces and signs are values, and their cells have names of their own.</summary>
    [Fact]
    public void Values_ThatAreQuoted_AreCells()
    {
        Study study = Read("{ d_model: 16, d_ff: [\"max(64, 2*d_model)\", '4 * d_model + 8', 96] }");
        Assert.Equal(["d16-d_ff=max~64~~2~d-model~", "d16-d_ff=4~~~d-model~~~8", "d16-d_ff=96"], study.Cells.Select(c => c.Name));
        Assert.Equal([64, 72, 96], study.Cells.Select(c => c.Model.FeedForwardWidth));
    }

    /// <summary>What a trainer of the user's takes for a rate, nobody knows.</summary>
    [Fact]
    public void LearningRate_OfATrainerOfTheUsers_MayBeAbove1() =>
        Assert.Equal(
            30,
            Read("{ d_model: 16 }", "tokens: 4k, learning_rate: 30", "trainer: { command: \"mine {config} {out}\" }").Cells[0].LearningRate
        );

    /// <summary>As train takes it.</summary>
    [Fact]
    public void Recipe_AtTheLimitsOfTrain_IsRead()
    {
        Cell cell = Read(
            "{ d_model: 16 }",
            "tokens: 4k, learning_rate: 1, warmup: 0, weight_decay: 0, checkpoint_seconds: 0, micro_batch: 1000000"
        ).Cells[0];
        Assert.Equal((1, 0, cell.Batch), (cell.LearningRate, cell.Recipe.Run.WarmupTokens, cell.MicroBatch));
    }

    /// <summary>Of a model file too it is asked whether train can train it.</summary>
    [Fact]
    public void ModelFile_ThatTrainCannotTrain_IsRefused()
    {
        string text = "id: s\ntext: synthetic\nmodel_file: gpt-oss-20b\ngrid: { seed: [0, 1] }\ntrain: { tokens: 1M }\n";
        Assert.Contains(
            "attention sinks are not built. Change the model, or train it by a 'trainer' of your own",
            Assert.Throws<UserException>(() => TinyStudy.Read(_folder, text)).Message
        );
        Assert.NotEmpty(TinyStudy.Read(_folder, text + "trainer: { command: \"mine {config} {out}\" }").Cells);
    }

    public static TheoryData<string> Shipped() =>
        [.. Directory.EnumerateFiles(Repository.Studies, "*.yaml").Select(f => Path.GetFileName(f))];

    /// <summary>Every study that ships can be read: catalog names, buildable cells, laws that exist.</summary>
    [Theory]
    [MemberData(nameof(Shipped))]
    public void Study_ThatShips_CanBeTrained(string name) => Assert.NotEmpty(StudyFile.Read(Path.Combine(Repository.Studies, name)).Cells);
}
