using MoeScale.Basics;

namespace MoeScale.Planning.Tests;

public class HeadroomTests
{
    [Theory]
    [InlineData("10%", 0.1, 0)]
    [InlineData(" 12.5 %", 0.125, 0)]
    [InlineData("0.1", 0.1, 0)]
    [InlineData("0", 0, 0)]
    [InlineData("0%", 0, 0)]
    [InlineData("4GB", 0, 4e9)]
    [InlineData("2GiB", 0, 2147483648)]
    [InlineData("4e9", 0, 4e9)]
    public void Parse_SharesAndBytes_AreRead(string text, double share, double bytes) =>
        Assert.Equal(new Headroom(share, bytes), Headroom.Parse(text, "--headroom"));

    [Theory]
    [InlineData("10", "has no unit. Write 10% of the memory, or 10GB")]
    [InlineData("100%", "a share is from 0 to below 100%")]
    [InlineData("-5%", "a share is from 0 to below 100%")]
    [InlineData("-1", "a share is from 0 to below 100%")]
    [InlineData("much", "is no headroom. Write a share of the memory, such as 10%, or bytes, such as 4GB")]
    [InlineData("GB%", "is no headroom")]
    [InlineData("4G", "is no headroom")]
    [InlineData("nan", "is no headroom")]
    public void Parse_AnythingElse_IsRefused(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<UserException>(() => Headroom.Parse(text, "--headroom")).Message);

    /// <summary>A quarter and 5 GB of 80 GB are 25 GB, which leaves 55; and 55 need 80.</summary>
    [Fact]
    public void Around_WhatMayBeUsed_IsTheLimit()
    {
        Headroom headroom = new(0.25, 5e9);
        Assert.Equal((25e9, 55e9, 80e9), (headroom.Of(80e9), headroom.Within(80e9), headroom.Around(55e9)));
        Assert.Equal((0, 80e9, 80e9), (Headroom.None.Of(80e9), Headroom.None.Within(80e9), Headroom.None.Around(80e9)));
    }

    /// <summary>With a tenth free, 80 GB are 72, of inference and of training; and a plan without limits knows of none.</summary>
    [Fact]
    public void Solve_WithHeadroom_IsThePlanOfTheMemoryThatIsLeft()
    {
        Budget all = new()
        {
            Flops = 1e22,
            KvTokens = 16e3,
            MemoryBytes = 80e9,
            MemoryHeadroom = new(0.1, 0),
            TrainingMemoryBytes = 50e9,
        };
        Budget left = all with { MemoryBytes = 72e9, MemoryHeadroom = Headroom.None };
        left = left with { TrainingMemoryBytes = 45e9, TrainingHeadroom = Headroom.None };
        Configuration[] a = [.. Planner.Solve(Plans.Request(left)).Candidates];
        Configuration[] b = [.. Planner.Solve(Plans.Request(all)).Candidates];
        Assert.Equal(6, a.Length);
        Assert.Equal(a.Select(c => (c.Model.ModelWidth, c.Tokens, c.Loss)), b.Select(c => (c.Model.ModelWidth, c.Tokens, c.Loss)));
    }
}
