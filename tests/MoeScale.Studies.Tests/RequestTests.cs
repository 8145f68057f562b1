using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Tests;

/// <summary>What a study wants of its runs is checked when it is read, not after they were trained.</summary>
public sealed class RequestTests : IDisposable
{
    private const string Trainer = "trainer: { command: \"mine {config} {out}\" }\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Read(string rest, string grid = "{ d_model: [16, 24] }") =>
        TinyStudy.Read(_folder, $"{TinyStudy.Text.Replace("{ d_model: [16, 24] }", grid, StringComparison.Ordinal)}\n{rest}");

    [Theory]
    [InlineData("fit: { law: joint-2026 }", "'joint-2026' is not in the catalog of laws (did you mean 'joint-2025'?)")]
    [InlineData("fit: { law: mine.yaml }", "mine.yaml cannot be read: there is no such file")]
    [InlineData(
        "fit: { law: step-2025-lr }",
        "'step-2025-lr' predicts learning_rate; 'fit.law' needs laws of losses, such as joint-2025. A law of rates belongs under 'rate_law'"
    )]
    [InlineData("fit: { compare: [chinchilla-2024, joint] }", "'joint' is not in the catalog of laws")]
    [InlineData("fit: { compare: [] }", "'fit.compare' has an empty list; give at least one law")]
    [InlineData("rate_law: step", "'step' is not in the catalog of laws")]
    [InlineData("rate_law: joint-2025", "'rate_law' is 'joint-2025', which predicts loss; it needs a law of learning rates")]
    [InlineData("fit: { law: chinchilla-2024, fix: { E_start: 1 } }", "'chinchilla-2024' has no coefficient 'E_start'; there are")]
    [InlineData("fit: { fix: { nonsense: 1 } }", "none of the laws that are compared has a coefficient 'nonsense'; there are")]
    [InlineData("fit: { law: joint-2025, fix: { E_start: joint-2026 } }", "'joint-2026' is not in the catalog of laws")]
    [InlineData(
        "fit: { law: joint-2025, fix: { E_start: chinchilla-2024 } }",
        "'chinchilla-2024' has no coefficient 'E_start' whose value could be taken; give a number, or another law"
    )]
    [InlineData("fit: { law: joint-2025, fix: { E_start: 1e400 } }", "'fit.fix.E_start' '1e400' is too large for a number")]
    [InlineData(
        "fit: { law: joint-2025, fix: { E_start: -1 } }",
        "'E_start' cannot be held at -1: the law declares it positive. Give a value of that sign"
    )]
    [InlineData("fit: { where: \"tokens >\" }", "'fit.where'")]
    [InlineData("fit: { where: \"tokns > 3\" }", "'fit.where': the table of runs has no column 'tokns' (did you mean 'tokens'?)")]
    [InlineData("fit: { where: \"routing = 3\" }", "'routing' holds texts")]
    [InlineData("fit: { where: \"capacity_factor > 1\" }", "the table of runs has no column 'capacity_factor'")]
    [InlineData("fit: { hold_out: 0 }", "'fit.hold_out'")]
    [InlineData(
        "fit: { hold_out: \"lowest-loss:200%\" }",
        "'200%' after lowest-loss: is neither a share nor a number of rows. Write for example lowest-loss:20%"
    )]
    [InlineData("fit: { hold_out: \"flops > 3\" }", "the table of runs has no column 'flops'")]
    [InlineData("fit: { hold_out: \"rolling:flops\" }", "'fit.hold_out'")]
    [InlineData("fit: { bootstrap: 1e9 }", "'bootstrap' is 1000000000; it needs a whole number from 0 to 30000")]
    [InlineData("fit: { bootstrap: 1 }", "'fit.bootstrap' is 1, one refit, of which nothing can be told; 500 are usual")]
    [InlineData("fit: { bootstrap: nan }", "fit.bootstrap 'nan' is not a number")]
    [InlineData("fit: { delta: 0 }", "'delta' is 0; it needs a number above zero")]
    [InlineData("fit: { delta: inf }", "fit.delta 'inf' is not a number")]
    [InlineData(
        "fit: { objective: log-squares, delta: 1e-3 }",
        "'fit.delta' belongs to log-huber and huber; objective log-squares has none. Leave one of them out"
    )]
    [InlineData("retries: -1", "'retries' is -1; it needs a whole number from 0 to 1000")]
    [InlineData("retries: 1e9", "'retries' is 1000000000; it needs a whole number from 0 to 1000")]
    [InlineData("retries: 1e400", "retries '1e400' is too large for a number")]
    [InlineData("plan: {}", "a plan has no 'flops', the budget that it is for; give for example 'plan: [ { flops: 1e14 } ]'")]
    [InlineData("plan: [ { flops: 1e13 }, { memory: 1GB } ]", "a plan has no 'flops'")]
    [InlineData("plan: { flops: 0 }", "'flops' is 0; it needs a number above zero")]
    [InlineData("plan: { flops: 1e400 }", "plan.flops '1e400' is too large for a number")]
    [InlineData("plan: { flops: 1e13, memory: -1GB }", "'plan.memory' '-1GB' must be above zero")]
    [InlineData("plan: { flops: 1e13, inference_tokens: -1 }", "'plan.inference_tokens' is -1; it needs a number from 0 up")]
    [InlineData("plan: { flops: 1e13, max_tokens: 0 }", "'max_tokens' is 0; it needs a number above zero")]
    [InlineData("plan: { flops: 1e13, multiple_of: 0.5 }", "'multiple_of' is 0.5; it needs a whole number from 1 to")]
    [InlineData("plan: { flops: 1e13, experts: [0] }", "'plan.experts' has 0; it needs whole numbers from 1 to 1000000")]
    [InlineData("plan: { flops: 1e13, granularity: 0.5 }", "'plan.granularity' has 0.5; it needs whole numbers from 1")]
    [InlineData("plan: { flops: 1e13, experts: [] }", "'plan.experts' has an empty list")]
    [InlineData("plan: { flops: 1e13, experts: [1, 8] }", "'plan.experts' has 8, and all cells have 1: their law will speak of no other")]
    public void Wish_ThatCannotBe_IsRefusedOnReading(string rest, string expected)
    {
        UserException e = Assert.Throws<UserException>(() => Read(rest));
        Assert.Contains("tiny.yaml:7:", e.Message);
        Assert.Contains(expected, e.Message);
    }

    /// <summary>Experts vary, and the law that is to be fitted knows nothing of them: no plan can follow.</summary>
    [Fact]
    public void Plan_ThatTheLawCannotGive_IsRefusedOnReading()
    {
        UserException e = Assert.Throws<UserException>(() =>
            Read("fit: { law: chinchilla-2024 }\nplan: { flops: 1e13, experts: [1, 4] }", "{ d_model: [16, 24], experts: [1, 4] }")
        );
        Assert.Contains("tiny.yaml:8:", e.Message);
        Assert.Contains("no plan can follow from these runs: 'chinchilla-2024' holds for experts 1 only, not for 4", e.Message);
    }

    [Fact]
    public void Plan_OfAModelFile_IsRefused()
    {
        _folder.Write(
            "model.yaml",
            "id: m\nd_model: 16\nn_blocks: 1\nn_heads: 2\nd_ff: 64\nvocab_size: 256\ncontext: 16\nactivation: swiglu\nnorm: "
                + "rmsnorm\npositions: rope\n"
        );
        UserException e = Assert.Throws<UserException>(() =>
            TinyStudy.Read(
                _folder,
                "id: m\ntext: synthetic\nmodel_file: model.yaml\ngrid: { seed: [0, 1] }\ntrain: { tokens: 4k }\nplan: { flops: 1e13 }"
            )
        );
        Assert.Contains(
            "a plan chooses among models of a shape family, and 'model_file' names one model; give 'family' instead of it",
            e.Message
        );
    }

    [Theory]
    [InlineData(
        "fit: { law: joint-2025, fix: { E_start: joint-2025, E_max: 512 }, where: \"tokens > 4000 and trunk != 'd16' and training_loss < "
            + "4\", hold_out: \"rolling:train_flops:3\" }\nplan: { flops: 1e13, experts: [1, 4] }",
        "{ d_model: [16, 24], experts: [1, 4] }"
    )]
    [InlineData(
        "fit: { where: \"capacity_factor > 1 or router_weights = 'softmax'\" }",
        "{ d_model: 16, experts: 4, capacity_factor: [2, none] }"
    )]
    [InlineData("rate_law: step-2025-lr", "{ d_model: 16, learning_rate: [1e-3, 2e-3, 4e-3] }")]
    [InlineData("fit: { where: \"weight_decay < 0.05 and schedule = 'wsd'\" }", "{ d_model: [16, 24], weight_decay: [0.01, 0.1] }")]
    [InlineData("fit: { law: chinchilla-2024 }\nplan: { flops: 1e13 }", "{ d_model: [16, 24], experts: [1, 4] }")]
    [InlineData("fit: { compare: [chinchilla-2024], bootstrap: 0, hold_out: \"lowest-loss:2\" }", "{ d_model: [16, 24] }")]
    // What a trainer of the user's writes, only it knows.
    [InlineData(Trainer + "fit: { where: \"optimizer = 'muon'\", hold_out: \"my_cost > 3\" }", "{ d_model: [16, 24] }")]
    public void Wish_ThatCanBe_IsRead(string rest, string grid) => Assert.NotEmpty(Read(rest, grid).Cells);

    /// <summary>A law of one's own stands beside the study, also that of rates.</summary>
    [Fact]
    public void RateLaw_OfOnesOwn_IsFoundBesideTheStudy()
    {
        _folder.Write(
            "rates.yaml",
            "id: mine\npredicts: learning_rate\nformula: A * N^a\nvariables: { N: { column: active_params } }\ncoefficients: { A: 1, a: "
                + "-0.3 }\n"
        );
        Assert.Equal(_folder.In("rates.yaml"), Read("rate_law: rates.yaml").RateLaw);
    }
}
