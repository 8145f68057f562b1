using System.Text;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Diagnostics;

namespace MoeScale.Training.Tests.Diagnostics;

public class SpecialisationTests
{
    private const double Rounding = 1e-12;

    private static ProbeHistory Probe(int sequence, params int[] tokens) => new(sequence, tokens, [0], []);

    private static ExpertChoices Choices(int experts, params int[] chosen)
    {
        ExpertChoices choices = new(chosen.Length, experts);
        for (int token = 0; token < chosen.Length; token++)
        {
            choices[token, chosen[token]] = true;
        }
        return choices;
    }

    [Fact]
    public void Explained_WhereTheKindDecides_IsOne()
    {
        Specialisation s = Specialisation.OfTokens(Choices(2, 0, 1, 0, 1), Probe(4, 'a', '7', 'b', '8'), new ByteTokenizer());
        Assert.Equal(1, s.Explained(), Rounding);
        int lower = s.Names.ToList().IndexOf("lower case"),
            digit = s.Names.ToList().IndexOf("digit"),
            space = s.Names.ToList().IndexOf("space");
        double[,] shares = s.Shares();
        Assert.Equal((1.0, 0.0, 0.0, 1.0), (shares[lower, 0], shares[lower, 1], shares[digit, 0], shares[digit, 1]));
        Assert.True(double.IsNaN(shares[space, 0]));
        Assert.Equal((2, 0.5), (s.Tokens[lower], s.ShareOf(0)));
    }

    [Fact]
    public void Explained_WhereExpertsTakeAllKindsAlike_IsNothing()
    {
        Assert.Equal(
            0,
            Specialisation.OfTokens(Choices(2, 0, 1, 0, 1), Probe(4, 'a', 'b', '7', '8'), new ByteTokenizer()).Explained(),
            Rounding
        );
        Assert.Equal(0, Specialisation.OfTokens(Choices(2, 0, 0, 0, 0), Probe(4, 'a', 'b', '7', '8'), new ByteTokenizer()).Explained());
    }

    /// <summary>Experts (0, 0, 1) of kind a and 1 of kind b: H = ln 2, H(expert | kind) = ¾·H(⅓).</summary>
    [Fact]
    public void Explained_InBetween_IsTheClosedForm()
    {
        double third = -((Math.Log(1 / 3.0) / 3) + (2 * Math.Log(2 / 3.0) / 3));
        double explained = Specialisation.OfTokens(Choices(2, 0, 0, 1, 1), Probe(4, 'a', 'b', 'c', '8'), new ByteTokenizer()).Explained();
        Assert.Equal(1 - (0.75 * third / Math.Log(2)), explained, Rounding);
    }

    [Fact]
    public void Positions_OfEachSequence_AreCountedTogether()
    {
        Specialisation s = Specialisation.OfPositions(Choices(2, 0, 0, 1, 1, 0, 0, 1, 1), Probe(4, new int[8]));
        Assert.Equal(["0", "1", "2", "3"], s.Names);
        Assert.Equal([2, 2, 2, 2], s.Tokens);
        Assert.Equal(1, s.Explained(), Rounding);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(13)]
    [InlineData(8)]
    [InlineData(5)]
    public void PositionOf_AnyPosition_LiesInTheRangeThatItsNameTells(int sequence)
    {
        IReadOnlyList<string> names = TokenClasses.PositionNames(sequence);
        for (int position = 0; position < sequence; position++)
        {
            int[] ends = [.. names[TokenClasses.PositionOf(position, sequence)].Split('-').Select(int.Parse)];
            Assert.InRange(position, ends[0], ends[^1]);
        }
    }

    [Theory]
    [InlineData("a", "lower case")]
    [InlineData("Z", "upper case")]
    [InlineData("5", "digit")]
    [InlineData(" ", "space")]
    [InlineData("\n", "line end")]
    [InlineData("{", "ASCII sign")]
    [InlineData("ä", "beyond ASCII")]
    public void Classes_OfBytes_AreWhatTheyStandFor(string text, string kind)
    {
        TokenClasses classes = TokenClasses.OfText(new ByteTokenizer());
        Assert.All(Encoding.UTF8.GetBytes(text), b => Assert.Equal(kind, classes.Names[classes.Of(b)]));
        Assert.Equal("separator", classes.Names[classes.Of(new ByteTokenizer().Separator)]);
    }

    [Fact]
    public void Classes_OfTokensWithoutText_AreTheMostFrequentAndTheOthers()
    {
        TokenClasses classes = TokenClasses.OfFrequent([.. Enumerable.Range(0, 12).SelectMany(t => Enumerable.Repeat(t, 1 + t))]);
        Assert.Equal(["token 11", "token 10", "token 9", "token 8", "token 7", "token 6", "token 5", "token 4", "others"], classes.Names);
        Assert.Equal((0, 8, 8), (classes.Of(11), classes.Of(3), classes.Of(99)));
    }
}
