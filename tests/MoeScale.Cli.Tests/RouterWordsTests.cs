using MoeScale.Cli.Input;
using MoeScale.Models;
using MoeScale.Reporting;
using MoeScale.Training.Diagnostics;

namespace MoeScale.Cli.Tests;

/// <summary>The words themselves; what is found is tested with the routers.</summary>
public class RouterWordsTests
{
    private static readonly Routing Switch = new() { CapacityFactor = 1 };

    [Theory]
    [InlineData(RouterFault.Overloaded, 2.0, "Block 2: expert 5 is overloaded, with 2.0 times the mean load.", 5)]
    [InlineData(RouterFault.Idle, 0.0, "Block 2: experts 2 and 5 are idle, with as little as no token.", 2, 5)]
    [InlineData(RouterFault.Idle, 0.05, "Block 2: expert 2 is idle, with 5.0 % of the mean load.", 2)]
    [InlineData(
        RouterFault.Undecided,
        0.9125,
        "Block 2: the router cannot tell its experts apart; its probabilities are as even as a choice among 7.3 of 8 at random."
    )]
    public void Of_AFinding_SaysWhichExpertsAndHowMuch(RouterFault fault, double value, string words, params int[] experts) =>
        Assert.Equal(words, RouterWords.Of(new RouterFinding(2, fault, experts, value, 8)).Say(CommandTerms.All));

    [Theory]
    [InlineData(RouterFault.Overloaded, 2.0, "block 2: expert 5 overloaded, 2.0x", 5)]
    [InlineData(RouterFault.Idle, 0.0, "block 2: 2 experts idle", 2, 5)]
    [InlineData(RouterFault.Undecided, 0.9, "block 2: router undecided")]
    public void Brief_OfAFinding_FitsALine(RouterFault fault, double value, string words, params int[] experts) =>
        Assert.Equal(words, RouterWords.Brief(new RouterFinding(2, fault, experts, value, 8)).Say(CommandTerms.All));

    [Fact]
    public void Cure_OfAFault_NamesSettingsOfTheRoutingAndOfTheRun()
    {
        Assert.Equal(
            "Raise --balance-loss (now 0.01; 0.01 is usual), or give --balance-bias 0.001. "
                + "What is too much is dropped: a larger --capacity-factor (now 1) drops less, but does not balance.",
            Cure(RouterFault.Overloaded, Switch)
        );
        Assert.Equal(
            "Raise --balance-bias (now 0.001), or give --balance-loss beside it (0.01 is usual); "
                + "if they were idle from the start, lower --init-scale or raise --warmup; or take fewer experts.",
            Cure(RouterFault.Idle, new Routing { BalanceBias = 0.001 })
        );
        Assert.Contains("lower --balance-loss (now 0.01) or --router-z-loss (now 0.001)", Cure(RouterFault.Undecided, Switch));
        Assert.Contains("--routing-group", Cure(RouterFault.Undecided, Routing.ExpertChoice));

        static string Cure(RouterFault fault, Routing routing) => RouterWords.Cure(fault, routing).Say(CommandTerms.All);
    }
}
