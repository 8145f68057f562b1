using MoeScale.Basics;
using MoeScale.Training.Sampling;

namespace MoeScale.Training.Tests.Sampling;

public class TokenDrawTests
{
    // Probabilities 0.5, 0.3 and 0.2, in an order that is not theirs.
    private static readonly float[] Logits = [MathF.Log(0.3f), MathF.Log(0.5f), MathF.Log(0.2f)];

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.49, 1)]
    [InlineData(0.51, 0)]
    [InlineData(0.79, 0)]
    [InlineData(0.81, 2)]
    [InlineData(0.999, 2)]
    public void Next_AtAPlace_IsTheTokenOfTheCumulatedProbabilities(double unit, int expected) =>
        Assert.Equal(expected, new TokenDraw(new(), 3).Next(Logits, unit));

    [Theory]
    [InlineData(0.62, 1)]
    [InlineData(0.63, 0)]
    public void Next_OfTheTopTwo_SharesTheirProbabilities(double unit, int expected) =>
        Assert.Equal(expected, new TokenDraw(new() { TopK = 2 }, 3).Next(Logits, unit)); // 0.5/0.8 = 0.625

    [Theory]
    [InlineData(0.45, 0.999, 1)]
    [InlineData(0.7, 0.62, 1)]
    [InlineData(0.7, 0.63, 0)]
    [InlineData(0.9, 0.999, 2)]
    public void Next_OfTopP_KeepsTheTokenThatReachesIt(double topP, double unit, int expected) =>
        Assert.Equal(expected, new TokenDraw(new() { TopP = topP }, 3).Next(Logits, unit));

    /// <summary>At temperature 1/2 probabilities are squared: 0.25, 0.09 and 0.04 of 0.38.</summary>
    [Theory]
    [InlineData(0.65, 1)]
    [InlineData(0.67, 0)]
    [InlineData(0.90, 2)]
    public void Next_AtHalfTheTemperature_SquaresProbabilities(double unit, int expected) =>
        Assert.Equal(expected, new TokenDraw(new() { Temperature = 0.5 }, 3).Next(Logits, unit));

    [Fact]
    public void Next_OfEqualLogits_PrefersTheLowerId()
    {
        float[] equal = [1, 2, 2, 2];
        Assert.Equal(1, new TokenDraw(new() { Temperature = 0 }, 4).Next(equal, 0.9));
        Assert.Equal(2, new TokenDraw(new() { TopK = 2 }, 4).Next(equal, 0.9));
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(-1e30f)]
    public void Next_OfHugeLogits_StaysANumber(float size) =>
        Assert.Equal(size > 0 ? 1 : 0, new TokenDraw(new(), 2).Next([0, size], 0.999));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Next_OfNoNumbers_SaysSo(float logit) =>
        Assert.Contains(
            "no number",
            Assert.Throws<UserException>(() => new TokenDraw(new() { Temperature = 0 }, 2).Next([0, logit], 0)).Message
        );
}
