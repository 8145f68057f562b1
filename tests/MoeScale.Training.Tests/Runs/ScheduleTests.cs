using MoeScale.Training.Recipes;

namespace MoeScale.Training.Tests.Runs;

public class ScheduleTests
{
    // Doubles through two or three operations: a few units in the last place.
    private const double Rounding = 1e-15;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0.5)]
    [InlineData(10, 1)]
    [InlineData(800, 1)]
    [InlineData(900, 0.5)]
    [InlineData(1000, 0)]
    public void Wsd_AtATokenCount_IsWarmConstantOrFalling(double tokens, double share) =>
        Assert.Equal(0.02 * share, new LearningRateSchedule(RateShape.Wsd, 0.02, 1000, 10, 200).Rate(tokens), Rounding);

    [Theory]
    [InlineData(5, 0.5)]
    [InlineData(10, 1)]
    [InlineData(505, 0.55)]
    [InlineData(1000, 0.1)]
    public void Cosine_AtATokenCount_FallsToATenth(double tokens, double share) =>
        Assert.Equal(0.02 * share, new LearningRateSchedule(RateShape.Cosine, 0.02, 1000, 10, 0).Rate(tokens), Rounding);

    [Fact]
    public void Constant_BehindItsWarmUp_StaysAsItIs()
    {
        LearningRateSchedule schedule = new(RateShape.Constant, 0.02, 1000, 10, 200);
        Assert.Equal([0.01, 0.02, 0.02], new double[] { 5, 10, 1000 }.Select(schedule.Rate));
    }

    /// <summary>With the rate of its middle no step is wasted: neither the first, at 0, nor the last.</summary>
    [Fact]
    public void RateOfStep_OfTheFirstAndTheLast_IsAboveZero()
    {
        LearningRateSchedule schedule = new(RateShape.Wsd, 0.02, 1000, 100, 200);
        Assert.Equal(0.02 * 0.05, schedule.RateOfStep(0, 10), Rounding);
        Assert.Equal(0.02 * 5 / 200, schedule.RateOfStep(990, 10), Rounding);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(499, 4)]
    [InlineData(500, 8)]
    [InlineData(999, 8)]
    [InlineData(1000, 16)]
    public void BatchRamp_AtATokenCount_IsAQuarterAHalfOrAll(long tokens, int sequences) =>
        Assert.Equal(sequences, new BatchRamp(16, 1000).At(tokens));

    [Fact]
    public void BatchRamp_HalfThatIsNoWholeToken_BeginsBehindIt() =>
        Assert.Equal([(0, 4), (501, 8), (1001, 16)], new BatchRamp(16, 1000.5).Sizes);

    [Fact]
    public void BatchRamp_OfTwoSequences_HasOneAtLeast() =>
        Assert.Equal([1, 1, 2], new long[] { 0, 60, 100 }.Select(new BatchRamp(2, 100).At));
}
