using System.Text.Json;

namespace MoeScale.Basics.Tests;

public class JsonTextTests
{
    /// <summary>Own words are kept whole, with the points in them; the parser's are replaced by the place.</summary>
    [Theory]
    [InlineData("{\"a\": 1.5e999}", "1.5e999 is beyond all numbers")]
    [InlineData("[\"\\ud800\"]", "A text in it holds half of a character")]
    [InlineData("", "it cannot be read at byte 1 of line 1")]
    [InlineData("{\n\"a\": tru}", "it cannot be read at byte 9 of line 2")]
    public void Reason_OfAText_IsWordsOrAPlace(string text, string reason) =>
        Assert.Equal(reason, JsonText.Reason(Assert.ThrowsAny<JsonException>(() => JsonText.Parse(text))));

    /// <summary>No names of types.</summary>
    [Theory]
    [InlineData("{}", "it lacks something, or is of another kind")]
    [InlineData("3", "it lacks something, or is of another kind")]
    [InlineData("{\"Best\": {}}", "'Best' lacks something, or is of another kind")]
    [InlineData("{\"Best\": {\"Tokens\": \"many\"}}", "'Best.Tokens' lacks something, or is of another kind")]
    [InlineData("{\"Best\": ", "it cannot be read at byte 10 of line 1")]
    public void Reason_OfAnObject_NamesWhatIsWrong(string text, string reason) =>
        Assert.Equal(reason, JsonText.Reason(Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize<Outer>(text))));

    private sealed class Outer
    {
        public required Inner Best { get; init; }
    }

    private sealed class Inner
    {
        public required double Tokens { get; init; }
    }
}
