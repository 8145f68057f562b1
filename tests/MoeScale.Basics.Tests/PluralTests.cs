namespace MoeScale.Basics.Tests;

public class PluralTests
{
    [Theory]
    [InlineData("1", "1 block")]
    [InlineData("0", "0 blocks")]
    [InlineData("39", "39 blocks")]
    [InlineData("1.5", "1.5 blocks")]
    [InlineData("1.00K", "1.00K blocks")]
    public void Of_ACount_HasItsNoun(string number, string expected) => Assert.Equal(expected, Plural.Of(number, "block"));
}
