using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;

namespace MoeScale.Reporting.Tests;

public class PlanJsonTests
{
    private static readonly Accelerator Device = Accelerator.Open("h100");
    private static readonly Deployment Deployment = new(new Cluster(1, Device), 0.4, Device, null);

    private static PlanJson Json(Budget budget) =>
        PlanJson.Of(Planner.Solve(PlanRequest.For(LawCatalog.Open("joint-2025"), budget)), Deployment, Terms.Plain);

    /// <summary>What is written is read back to the same: with every limit, with none, and where nothing fits.</summary>
    [Fact]
    public void Parse_WhatWasWritten_GivesTheSameBack()
    {
        PlansJson plans = new(
            [
                Json(new Budget { Flops = 1e21 }),
                Json(
                    new Budget
                    {
                        Flops = 1e21,
                        MemoryBytes = 8e9,
                        Sequences = 8,
                        KvTokens = 8 * 32e3,
                        MaxTokens = 1e12,
                        TrainingMemoryBytes = 80e9,
                        TrainingSetup = new TrainingSetup { DataParallel = 8, ExpertParallel = 8 },
                    }
                ),
                Json(new Budget { Flops = 1e21, MemoryBytes = 1e3 }),
            ],
            [WarningJson.NotComparable, WarningJson.Of("no_plan", "no plan", "flops", 1e21)]
        );
        string text = plans.ToText();
        PlansJson read = PlansJson.Parse(text);
        Assert.Equal(text, read.ToText());
        Assert.Equal(plans.Plans[1].Best!.Loss, read.Plans[1].Best!.Loss);
        Assert.Contains(read.Plans[1].Warnings, w => w.Kind == "large_cache" && w.Details!["share"].GetDouble() > 0.1);
        Assert.Contains(
            read.Plans[1].NotFitting,
            m =>
                m.Broken is ["training_setup"]
                && m.Smallest!.SetupProblem! is { Kind: "not_divided" } why
                && why.Text.Contains("expert_count")
        );
        Assert.Null(read.Plans[2].Best);
        Assert.Equal(1e21, read.Warnings[1].Details!["flops"].GetDouble());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{ \"plans\": [{}], \"warnings\": [] }")]
    [InlineData("{ \"plans\": [], \"warnings\": [\"a sentence\"] }")]
    public void Parse_OtherJson_Fails(string text) => Assert.Throws<JsonException>(() => PlansJson.Parse(text));

    /// <summary>Programs compare these, so they stay as they are.</summary>
    [Fact]
    public void Kinds_OfWarnings_AreStable() =>
        Assert.Equal(
            [
                "outside_experiments",
                "other_shapes",
                "simplest_preferred",
                "data_repeat",
                "most_experts_win",
                "lost_to_layout",
                "lost_to_coarse_sizes",
                "flops_unspent",
                "no_range",
                "no_cache",
                "too_few_positions",
                "large_cache",
                "no_error",
                "draws_failed",
                "few_draws",
                "below_entropy",
                "wide_interval",
                "family_varied",
                "fit_interrupted",
                "fit_warned",
            ],
            PlanWordsTests.Warnings.Select(row => WarningJson.Of(row.Data.Item1, Terms.Plain).Kind).Distinct()
        );

    [Fact]
    public void Limits_InJson_HaveTheNamesOfTheirOptions() =>
        Assert.Equal(
            ["flops", "memory", "max_params", "training_memory", "training_setup", "max_tokens", "range", "buildable", "loss"],
            Limit.All.Select(l => l.Name)
        );
}
