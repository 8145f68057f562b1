namespace MoeScale.Basics.Tests;

public class PhraseTests
{
    private static readonly Setting Starts = new("fit", "starts");
    private static readonly Setting Memory = new("plan", "memory");

    [Fact]
    public void Say_OtherTerms_NamesTheSameSettingsInThem()
    {
        Phrase cure = $"raise {Starts.To($"{2.5}")}, not {Memory}";
        Assert.Equal("raise 'starts: 2.5', not 'memory'", cure.ToString());
        Assert.Equal("raise --starts 2.5, not 'memory'", cure.Say(new Command()));
        Assert.Equal("3 starts: raise --starts 2.5, not 'memory'!", new UserException($"{3} starts: {cure}!").Phrase.Say(new Command()));
    }

    [Fact]
    public void If_SettingThatCannotBeGiven_SaysTheOtherWords()
    {
        Phrase advice = Phrase.Join(
            "; ",
            [Phrase.If(Starts, $"{Starts} tries more"), Phrase.If(Memory, $"lift {Memory}", "nothing helps")]
        );
        Assert.Equal("--starts tries more; nothing helps", advice.Say(new Command()));
    }

    [Fact]
    public void At_PlaceOfAFile_KeepsWhatSettingsAreSaid()
    {
        UserException told = new UserException($"give {Starts}.").At("a.yaml:3:1");
        Assert.Equal("a.yaml:3:1: give --starts.", told.Phrase.Say(new Command()));
        Assert.Equal("a.yaml:3:1: give 'starts'.", told.Message);
    }

    [Fact]
    public void List_OnLinesOrOnOne_KeepsItsItemsApart()
    {
        Phrase list = $"a lacks columns:{Phrase.List([$"N reads 'x'", $"give {Starts}"])}It has y.";
        Assert.Equal("a lacks columns:\n  N reads 'x'\n  give --starts\nIt has y.", list.Say(new Command()));
        Assert.Equal("a lacks columns: N reads 'x'; give --starts. It has y.", list.SayOnOneLine(new Command()));
    }

    [Theory]
    [InlineData(1e300, "1e300", "1e300")]
    [InlineData(2.5e-7, "2.5e-7", "2.5e-7")]
    [InlineData(123456789, "123456789", "1.23457e8")]
    [InlineData(4096.5, "4096.5", "4096.5")]
    [InlineData(double.NaN, "NaN", "NaN")]
    public void Numbers_InAMessage_AreWrittenAsTheyAreRead(double value, string whole, string brief)
    {
        Phrase told = $"{value}, {value:G6}";
        Assert.Equal($"{whole}, {brief}", told.ToString());
    }

    private sealed class Command : Terms
    {
        public override string? Say(Setting setting) =>
            setting.Section != "fit" ? null
            : setting.Value is null ? $"--{setting.Name}"
            : $"--{setting.Name} {setting.Value}";
    }
}
