namespace MoeScale.Basics.Tests;

public class GuessTests
{
    private static readonly string[] Known = ["experts", "granularity", "plan", "chinchilla-2022", "chinchilla-2024"];

    [Theory]
    [InlineData("granulraity", " (did you mean 'granularity'?)")]
    [InlineData("expert", " (did you mean 'experts'?)")]
    [InlineData("PLAN", " (did you mean 'plan'?)")]
    [InlineData("paln", " (did you mean 'plan'?)")]
    [InlineData("chinchila", " (did you mean 'chinchilla-2022' or 'chinchilla-2024'?)")]
    [InlineData("gran", " (did you mean 'granularity'?)")]
    [InlineData("frobnicate", "")]
    [InlineData("M", "")]
    [InlineData("", "")]
    public void Hint_NearOrFar_GuessesOnlyWhatIsNear(string word, string expected) => Assert.Equal(expected, Guess.Hint(word, Known));
}
